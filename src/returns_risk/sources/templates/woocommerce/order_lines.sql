-- One row per line item. Fees, shipping and coupons are lists of their own and no lines.
WITH cancelled AS (
    SELECT line_id, sum(quantity) AS units, max(refunded_at) AS cancelled_at
    FROM refunded
    WHERE is_cancellation AND line_id IS NOT NULL
    GROUP BY line_id
)
SELECT
    order_id,
    line_id,
    local_time(o ->> 'date_created_gmt', 'UTC') AS ordered_at,
    -- Guests have the number 0.
    customer_or_guest(o ->> 'customer_id', order_id) AS customer_id,
    sku,
    -- Without the units that were cancelled, unless all were.
    CASE WHEN ordered > coalesce(units, 0) THEN ordered - coalesce(units, 0) ELSE ordered END AS quantity,
    -- total is what was paid for all units after coupons, subtotal before; both without tax.
    round((TRY_CAST(l ->> 'total' AS DOUBLE) + TRY_CAST(l ->> 'total_tax' AS DOUBLE)) / ordered, 4) AS unit_price,
    round((TRY_CAST(l ->> 'subtotal' AS DOUBLE) + TRY_CAST(l ->> 'subtotal_tax' AS DOUBLE)) / ordered, 4) AS list_price,
    o ->> 'currency' AS currency,
    coalesce(nullif(o ->> '$.shipping.country', ''), nullif(o ->> '$.billing.country', '')) AS market,
    o ->> 'created_via' AS channel,
    o ->> 'payment_method' AS payment_method,
    CASE
        WHEN json_array_length(o -> 'coupon_lines') > 0 THEN coalesce(o ->> '$.coupon_lines[0].discount_type', 'code')
    END AS voucher,
    -- WooCommerce knows no parcels: an order is completed when it has been sent.
    CASE WHEN units >= ordered THEN NULL ELSE completed_at END AS shipped_at,
    CASE
        WHEN units >= ordered THEN cancelled_at
        -- The time of a cancellation is not stored: at the latest when the order was last changed.
        WHEN completed_at IS NULL AND o ->> 'status' IN ('cancelled', 'refunded')
            THEN local_time(o ->> 'date_modified_gmt', 'UTC')
    END AS cancelled_at,
    reject_reason
FROM line_items
LEFT JOIN cancelled USING (line_id)
ORDER BY CAST(line_id AS BIGINT)
