-- Products have no sizes or colours; the first arrival in the inventory is the first day on sale.
SELECT
    products.id AS sku,
    products.brand,
    products.department || ': ' || products.category AS category,
    min(offset_time(inventory_items.created_at)) AS launched_at,
    round(TRY_CAST(products.retail_price AS DOUBLE), 2) AS list_price
FROM products
LEFT JOIN inventory_items ON inventory_items.product_id = products.id
GROUP BY ALL
ORDER BY min(TRY_CAST(products.id AS BIGINT))
