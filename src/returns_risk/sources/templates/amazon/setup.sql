-- Reports are tab separated and have no quotes: a product name may contain ". Reports that are not UTF-8, as some are
-- from European and Japanese accounts, need encoding = 'latin-1' or 'shift_jis' here.
CREATE TEMP MACRO report(file) AS TABLE
    FROM read_csv(file, delim = '\t', quote = '', all_varchar = true, filename = true, union_by_name = true);

-- Reports of overlapping days repeat orders: those of the file with an order's latest state count.
CREATE TEMP VIEW order_rows AS
SELECT *
FROM (
    SELECT *, max(offset_time("last-updated-date")) OVER (PARTITION BY "amazon-order-id", filename) AS updated_at
    FROM report('orders*.txt')
)
QUALIFY dense_rank() OVER (PARTITION BY "amazon-order-id" ORDER BY updated_at DESC, filename DESC) = 1;
