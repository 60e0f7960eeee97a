-- Of a snapshot (slowly changing dimension) take the rows of today: WHERE dbt_valid_to IS NULL.
SELECT
    sku,
    style_id AS style,
    brand,
    category,
    size,
    colour,
    mart_time(launched_on) AS launched_at,
    list_price,
    image_url AS photo_uri
FROM dim_products
ORDER BY sku
