-- FBA customer returns: a row per unit, and again in each report of overlapping days. They have no order item id:
-- order and SKU name the line. customer-comments are personal data and are not read.
WITH file_returns AS (
    SELECT
        filename,
        "order-id" || '-' || sku AS line_id,
        offset_time("return-date") AS returned_at,
        reason,
        "detailed-disposition" AS condition,
        -- A quantity that cannot be read has a row of its own, which is rejected.
        CASE WHEN TRY_CAST(quantity AS DOUBLE) IS NULL THEN coalesce(quantity, '') END AS unreadable,
        sum(TRY_CAST(quantity AS DOUBLE)) AS quantity
    FROM return_reports
    GROUP BY ALL
)
SELECT line_id, returned_at, coalesce(CAST(max(quantity) AS VARCHAR), unreadable) AS quantity, reason, condition
FROM file_returns
GROUP BY line_id, returned_at, reason, condition, unreadable
ORDER BY returned_at, line_id, reason, condition
