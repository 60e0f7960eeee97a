-- Refunded units of lines that had shipped, at the time of the refund. The note of a refund is free text, no reason.
SELECT line_id, refunded_at AS returned_at, quantity, reject_reason
FROM refunded
LEFT JOIN (SELECT line_id, reject_reason FROM line_items) USING (line_id)
WHERE NOT is_cancellation
ORDER BY refunded_at, line_id
