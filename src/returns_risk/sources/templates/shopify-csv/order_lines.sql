-- One row per item of an order. The export has no ids of customers: the e-mail address stands for them.
WITH cancelled AS (
    SELECT line_id, sum(quantity) AS units, max(refunded_at) AS cancelled_at
    FROM refunded
    WHERE is_cancellation AND line_id IS NOT NULL
    GROUP BY line_id
)
SELECT
    order_id,
    line_id,
    ordered_at,
    customer_or_guest(lower(email), order_id) AS customer_id,
    sku,
    -- Without the units that were cancelled, unless all were.
    CASE WHEN quantity > coalesce(units, 0) THEN quantity - coalesce(units, 0) ELSE quantity END AS quantity,
    round(unit_price, 4) AS unit_price,
    list_price,
    currency,
    country AS market,
    source AS channel,
    payment_method,
    CASE WHEN discount_code IS NOT NULL THEN 'code' END AS voucher,
    CASE WHEN units >= quantity THEN NULL ELSE shipped_at END AS shipped_at,
    CASE
        WHEN units >= quantity THEN cancelled_at
        WHEN shipped_at IS NULL THEN order_cancelled_at
    END AS cancelled_at,
    reject_reason
FROM line_items
LEFT JOIN cancelled USING (line_id)
ORDER BY TRY_CAST(order_id AS BIGINT), order_id, position
