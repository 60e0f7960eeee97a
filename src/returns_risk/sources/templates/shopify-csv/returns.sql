-- Refunds after shipment, matched to items by their amount. What matches none, such as a part of a price, is rejected
-- and counted.
SELECT
    coalesce(line_id, order_id) AS line_id,
    refunded_at AS returned_at,
    quantity,
    CASE WHEN line_id IS NULL THEN 'the amount of the refund matches no items' ELSE reject_reason END
        AS reject_reason
FROM refunded
WHERE line_id IS NULL OR NOT is_cancellation
UNION ALL
SELECT DISTINCT order_id, NULL, NULL, 'refunded, but without a refund in transactions_export'
FROM line_items
WHERE refunded_amount > 0 AND order_id NOT IN (SELECT order_id FROM refunds)
ORDER BY returned_at NULLS LAST, line_id
