-- One row per article of an order. thelook has a row per unit: the units of one article are one line.
SELECT
    order_items.order_id,
    order_items.order_id || '-' || product_id AS line_id,
    -- Not the items' own created_at: it can be days after the order, and after the shipment.
    offset_time(orders.created_at) AS ordered_at,
    customer_or_guest(order_items.user_id, order_items.order_id) AS customer_id,
    product_id AS sku,
    count(DISTINCT order_items.id) AS quantity,
    -- thelook does not say whether tax is included. Stored as 32-bit floats: 24.989999771118164 is 24.99.
    round(avg(TRY_CAST(sale_price AS DOUBLE)), 2) AS unit_price,
    round(TRY_CAST(products.retail_price AS DOUBLE), 2) AS list_price,
    'USD' AS currency,
    -- As thelook writes countries: Germany, Brasil. policy.yaml lists its markets under these names.
    users.country AS market,
    products.distribution_center_id AS warehouse,
    min(offset_time(order_items.shipped_at)) AS shipped_at,
    min(offset_time(order_items.delivered_at)) AS delivered_at,
    -- thelook has no time of cancellation: cancelled lines count as cancelled from the start.
    CASE WHEN bool_and(order_items.status = 'Cancelled') THEN min(offset_time(orders.created_at)) END AS cancelled_at
FROM order_items
LEFT JOIN orders USING (order_id)
LEFT JOIN products ON products.id = product_id
LEFT JOIN users ON users.id = order_items.user_id
GROUP BY ALL
ORDER BY min(TRY_CAST(order_items.id AS BIGINT))
