-- Reports are tab separated and have no quotes: a product name may contain ". Some of European accounts
-- are cp1252 and some of Japanese ones shift_jis: add their encoding here.
CREATE TEMP VIEW order_reports AS
FROM read_csv('orders*.txt', delim = '\t', quote = '', all_varchar = true, filename = true, union_by_name = true);
CREATE TEMP VIEW shipment_reports AS
FROM read_csv('shipments*.txt', delim = '\t', quote = '', all_varchar = true, filename = true, union_by_name = true);
CREATE TEMP VIEW return_reports AS
FROM read_csv('returns*.txt', delim = '\t', quote = '', all_varchar = true, filename = true, union_by_name = true);

-- Reports of overlapping days repeat orders: those of the file with an order's latest state count.
CREATE TEMP VIEW order_rows AS
SELECT *
FROM (
    SELECT *, max(offset_time("last-updated-date")) OVER (PARTITION BY "amazon-order-id", filename) AS updated_at
    FROM order_reports
)
QUALIFY dense_rank() OVER (PARTITION BY "amazon-order-id" ORDER BY updated_at DESC, filename DESC) = 1;
