-- Where the marts are: Parquet files in the raw folder.
CREATE TEMP VIEW fct_order_items AS FROM read_parquet('fct_order_items*.parquet');
CREATE TEMP VIEW fct_returns AS FROM read_parquet('fct_returns*.parquet');
CREATE TEMP VIEW dim_products AS FROM read_parquet('dim_products*.parquet');
CREATE TEMP VIEW dim_customers AS FROM read_parquet('dim_customers*.parquet');

-- Or in a database. PostgreSQL: ATTACH 'postgresql://reader@replica/warehouse' AS warehouse (TYPE postgres);
--   ATTACH 'warehouse.duckdb' AS warehouse (READ_ONLY);
--   CREATE TEMP VIEW fct_order_items AS FROM warehouse.marts.fct_order_items;
--   CREATE TEMP VIEW fct_returns AS FROM warehouse.marts.fct_returns;
--   CREATE TEMP VIEW dim_products AS FROM warehouse.marts.dim_products;
--   CREATE TEMP VIEW dim_customers AS FROM warehouse.marts.dim_customers;

-- Columns with a time zone are instants. For those without (TIMESTAMP_NTZ, DATETIME, timestamp) write the zone they are
-- in here: many marts convert to the time of the head office.
CREATE TEMP MACRO mart_time(time) AS local_time(time, 'UTC');
