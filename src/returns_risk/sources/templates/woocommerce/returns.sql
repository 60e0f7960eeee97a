-- Refunded units of orders that had been completed. The reason is what the shop's staff typed in: reasons.yaml maps it.
-- A text that was typed only once is no reason but a note, which may name a person.
SELECT
    coalesce(line_id, 'order ' || order_id) AS line_id,
    refunded_at AS returned_at,
    quantity,
    CASE
        WHEN trim(reason) = '' THEN NULL
        WHEN count(DISTINCT refunded_at) OVER (PARTITION BY lower(trim(reason))) > 1 THEN trim(reason)
        ELSE 'other'
    END AS reason,
    CASE WHEN line_id IS NULL THEN 'refund of an amount without items' ELSE reject_reason END AS reject_reason
FROM refunded
WHERE line_id IS NULL OR NOT is_cancellation
ORDER BY refunded_at, line_id
