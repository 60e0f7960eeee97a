-- FBA customer returns: a row per unit, and again in each report of overlapping days. They have no order item id:
-- order and SKU name the line. customer-comments are personal data and are not read.
WITH file_returns AS (
    SELECT
        filename,
        "order-id" || '-' || sku AS line_id,
        offset_time("return-date") AS returned_at,
        reason,
        "detailed-disposition" AS condition,
        sum(TRY_CAST(quantity AS DOUBLE)) AS quantity
    FROM return_reports
    GROUP BY ALL
)
SELECT line_id, returned_at, max(quantity) AS quantity, reason, condition
FROM file_returns
GROUP BY ALL
ORDER BY returned_at, line_id, reason, condition
