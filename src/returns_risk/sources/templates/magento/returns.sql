-- Credit memos after shipment: Magento Open Source knows of returns by their refunds alone, and no reasons.
SELECT item_id AS line_id, refunded_at AS returned_at, qty AS quantity
FROM refunds
WHERE NOT is_cancellation
ORDER BY refunded_at, TRY_CAST(item_id AS BIGINT)
