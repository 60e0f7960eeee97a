-- Units of a line that came back together. thelook has no reasons.
SELECT order_id || '-' || product_id AS line_id, offset_time(returned_at) AS returned_at, count(DISTINCT id) AS quantity
FROM order_items
WHERE status = 'Returned' OR returned_at IS NOT NULL
GROUP BY ALL
ORDER BY min(TRY_CAST(id AS BIGINT))
