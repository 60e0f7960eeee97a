-- Where the tables are: CSV exports in the raw folder. For Parquet: FROM read_parquet('orders*.parquet').
CREATE TEMP VIEW orders AS FROM read_csv('orders*.csv*', all_varchar = true);
CREATE TEMP VIEW order_items AS FROM read_csv('order_items*.csv*', all_varchar = true);
CREATE TEMP VIEW products AS FROM read_csv('products*.csv*', all_varchar = true);
CREATE TEMP VIEW users AS FROM read_csv('users*.csv*', all_varchar = true);
CREATE TEMP VIEW inventory_items AS FROM read_csv('inventory_items*.csv*', all_varchar = true);
