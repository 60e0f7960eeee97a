-- One row per article of an order. Magento stores UTC, whatever the admin shows, and no delivery times.
WITH cancelled AS (
    SELECT item_id, max(refunded_at) AS refunded_at, sum(TRY_CAST(qty AS DOUBLE)) AS qty
    FROM refunds
    WHERE is_cancellation
    GROUP BY item_id
),
remaining AS (
    SELECT lines.*, refunded_at,
        TRY_CAST(qty_ordered AS DOUBLE) - TRY_CAST(qty_canceled AS DOUBLE) - coalesce(qty, 0) AS qty_remaining
    FROM lines
    LEFT JOIN cancelled USING (item_id)
)
SELECT
    increment_id AS order_id,
    item_id AS line_id,
    local_time(orders.created_at, 'UTC') AS ordered_at,
    customer_or_guest(customer_id, increment_id) AS customer_id,
    simple_sku AS sku,
    -- Without the units that were cancelled, unless all were.
    CASE WHEN qty_remaining > 0 THEN qty_remaining::VARCHAR ELSE qty_ordered::VARCHAR END AS quantity,
    -- What was paid, with tax: Magento's row total is without tax and before discounts.
    (TRY_CAST(row_total AS DECIMAL(20, 4)) - TRY_CAST(discount_amount AS DECIMAL(20, 4))
        + TRY_CAST(lines.tax_amount AS DECIMAL(20, 4))
        + TRY_CAST(discount_tax_compensation_amount AS DECIMAL(20, 4)))
        / nullif(TRY_CAST(qty_ordered AS DOUBLE), 0) AS unit_price,
    price_incl_tax AS list_price,
    order_currency_code AS currency,
    country_id AS market,
    CASE WHEN coupon_code IS NOT NULL THEN 'coupon' END AS voucher,
    shipped_at,
    -- Magento has no time of cancellation: the item's last change stands for it.
    CASE
        WHEN shipped_at IS NULL AND qty_remaining <= 0 THEN coalesce(refunded_at, local_time(lines.updated_at, 'UTC'))
    END AS cancelled_at,
    CASE
        WHEN lines.is_virtual = '1' OR product_type IN ('virtual', 'downloadable', 'giftcard')
            THEN 'not goods: virtual item, download or gift card'
        WHEN orders.state = 'pending_payment' THEN 'not paid yet'
        WHEN TRY_CAST(price AS DOUBLE) = 0 THEN 'no price: a gift or sample'
    END AS reject_reason
FROM remaining AS lines
LEFT JOIN sales_order AS orders ON orders.entity_id = lines.order_id
LEFT JOIN sales_order_address AS address ON address.entity_id = orders.shipping_address_id
ORDER BY TRY_CAST(item_id AS BIGINT)
