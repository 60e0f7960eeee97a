-- Lines of cancellation invoices (C...), each matched to the latest earlier purchases of the same customer and
-- stock code that have units left. Units are a stack: a purchase puts its units on top, a return takes the top
-- ones off. So unit number n that a return takes was put there by the last earlier purchase that reached n.
-- One row per return line and purchase; units without an earlier purchase are turned away.
WITH movements AS (
    SELECT *,
        -- At the same minute the return stands first: only an earlier purchase can come back.
        row_number() OVER (PARTITION BY customer_id, sku ORDER BY happened_at, is_return DESC, position) AS step
    FROM invoice_lines
    WHERE reject_reason IS NULL
    QUALIFY bool_or(is_return) OVER (PARTITION BY customer_id, sku)
),
sums AS (
    SELECT *, sum(CASE WHEN is_return THEN -quantity ELSE quantity END) OVER stack AS net
    FROM movements
    WINDOW stack AS (PARTITION BY customer_id, sku ORDER BY step)
),
heights AS (
    SELECT *, (net - least(0, min(net) OVER stack))::BIGINT AS height_after
    FROM sums
    WINDOW stack AS (PARTITION BY customer_id, sku ORDER BY step)
),
steps AS (
    SELECT *, lag(height_after, 1, 0) OVER (PARTITION BY customer_id, sku ORDER BY step) AS height_before
    FROM heights
),
bought AS (
    SELECT customer_id, sku, step, line_id, unnest(generate_series(height_before + 1, height_after)) AS unit
    FROM steps
    WHERE NOT is_return
),
taken AS (
    SELECT customer_id, sku, step, position, happened_at, unnest(generate_series(height_after + 1, height_before)) AS unit
    FROM steps
    WHERE is_return
),
matched AS (
    SELECT taken.position, taken.happened_at, bought.line_id, count(*) AS quantity
    FROM taken
    ASOF JOIN bought
        ON taken.customer_id = bought.customer_id
        AND taken.sku = bought.sku
        AND taken.unit = bought.unit
        AND taken.step > bought.step
    GROUP BY ALL
),
every_return AS (
    SELECT position, line_id, happened_at, quantity, NULL AS reject_reason
    FROM matched
    UNION ALL
    SELECT position, line_id, happened_at, quantity - (height_before - height_after),
        'no earlier purchase of this customer and stock code with units left'
    FROM steps
    WHERE is_return AND quantity > height_before - height_after
    UNION ALL
    SELECT position, line_id, happened_at, quantity, reject_reason
    FROM invoice_lines
    WHERE is_return AND reject_reason IS NOT NULL
)
SELECT line_id, happened_at AS returned_at, quantity, reject_reason
FROM every_return
ORDER BY position, line_id
