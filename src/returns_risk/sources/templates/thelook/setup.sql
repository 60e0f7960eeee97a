-- Where the tables are: CSV exports in the raw folder. For Parquet write read_parquet(file) here, and .parquet below.
CREATE TEMP MACRO csv(file) AS TABLE FROM read_csv(file, all_varchar = true);
CREATE TEMP VIEW orders AS FROM csv('orders*.csv*');
CREATE TEMP VIEW order_items AS FROM csv('order_items*.csv*');
CREATE TEMP VIEW products AS FROM csv('products*.csv*');
CREATE TEMP VIEW users AS FROM csv('users*.csv*');
CREATE TEMP VIEW inventory_items AS FROM csv('inventory_items*.csv*');
