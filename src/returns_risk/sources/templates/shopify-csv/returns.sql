-- Refunds after shipment, matched to items by their amount. What matches none, such as a part of a price, is rejected
-- and counted.
SELECT
    coalesce(line_id, order_id) AS line_id,
    refunded_at AS returned_at,
    quantity,
    CASE WHEN line_id IS NULL THEN no_line ELSE reject_reason END AS reject_reason
FROM refunded
WHERE line_id IS NULL OR NOT is_cancellation
UNION ALL
SELECT DISTINCT order_id, NULL, NULL, 'refunded, but without a refund in transactions_export'
FROM line_items
-- An amount that cannot be read is a refund, too.
WHERE refunded_amount IS NOT NULL AND coalesce(TRY_CAST(refunded_amount AS DECIMAL(18, 2)), 1) > 0
    AND NOT EXISTS (FROM refunds WHERE refunds.order_id = line_items.order_id)
ORDER BY returned_at NULLS LAST, line_id
