-- One row per line item. All amounts are in the shop's currency, whatever the customer paid in (presentment_money).
WITH cancelled AS (
    SELECT line_id, sum(quantity) AS units, max(refunded_at) AS cancelled_at
    FROM refunded
    WHERE is_cancellation
    GROUP BY line_id
),
lines AS (
    SELECT
        *,
        -- A part of a unit is rejected, not rounded.
        CAST(l ->> 'quantity' AS DECIMAL(18, 3)) AS ordered,
        list_sum(list_transform(
            CAST(l -> 'discount_allocations' AS JSON[]), lambda d: TRY_CAST(d ->> 'amount' AS DECIMAL(18, 4))
        )) AS discount
    FROM line_items
    LEFT JOIN shipments USING (line_id)
    LEFT JOIN cancelled USING (line_id)
)
SELECT
    text_id(o ->> 'name') AS order_id,
    line_id,
    offset_time(o ->> 'created_at') AS ordered_at,
    customer_or_guest(o ->> '$.customer.id', o ->> 'id') AS customer_id,
    variant_sku(l ->> 'sku', l ->> 'variant_id') AS sku,
    -- Without the units that were cancelled, unless all were.
    CASE WHEN ordered > coalesce(units, 0) THEN ordered - coalesce(units, 0) ELSE ordered END AS quantity,
    round(TRY_CAST(l ->> 'price' AS DECIMAL(18, 4)) - coalesce(discount, 0) / ordered, 4) AS unit_price,
    l ->> 'price' AS list_price,
    o ->> 'currency' AS currency,
    coalesce(
        o ->> '$.shipping_address.country_code', o ->> '$.billing_address.country_code',
        o ->> '$.customer.default_address.country_code'
    ) AS market,
    o ->> 'source_name' AS channel,
    o ->> '$.payment_gateway_names[0]' AS payment_method,
    o ->> '$.discount_codes[0].type' AS voucher,
    shipped_at,
    delivered_at,
    CASE
        WHEN units >= ordered THEN lines.cancelled_at
        WHEN shipped_at IS NULL AND o ->> 'cancelled_at' IS NOT NULL THEN offset_time(o ->> 'cancelled_at')
        -- Removed from the order by an edit, of which no time is known: at the latest when the order was last changed.
        WHEN shipped_at IS NULL AND l ->> 'current_quantity' = '0' THEN offset_time(o ->> 'updated_at')
    END AS cancelled_at,
    reject_reason
FROM lines
ORDER BY CAST(line_id AS BIGINT)
