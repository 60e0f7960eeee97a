-- Items of closed returns, and units that were refunded after shipment without a return (at the last such refund).
SELECT line_id, returned_at, quantity, reason, reject_reason
FROM (
    SELECT line_id, returned_at, quantity, reason FROM returned_items
    UNION ALL
    SELECT line_id, refunded_at, removed, NULL FROM line_items WHERE removed > 0 AND NOT is_cancelled
)
LEFT JOIN (SELECT line_id, reject_reason FROM line_items) USING (line_id)
ORDER BY returned_at, line_id, reason
