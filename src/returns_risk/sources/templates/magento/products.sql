-- The product export of the admin. Its configurable products list their variations:
-- sku=WS01-S-Blue,size=S,color=Blue|sku=WS01-M-Blue,... Rows with a store_view_code only translate.
-- Your attributes may have other names than size, color and manufacturer.
WITH variations AS (
    SELECT
        sku AS style,
        regexp_extract(unnest(string_split(configurable_variations, '|')), '(?:^|,)sku=([^,]*)', 1) AS sku
    FROM catalog_product
    WHERE configurable_variations IS NOT NULL AND store_view_code IS NULL
)
SELECT
    product.sku,
    min(variations.style) AS style,
    regexp_extract(additional_attributes, '(?:^|,)manufacturer=([^,]*)', 1) AS brand,
    -- The first path without its root category.
    regexp_replace(string_split(categories, ',')[1], '^[^/]*/', '') AS category,
    regexp_extract(additional_attributes, '(?:^|,)size=([^,]*)', 1) AS size,
    regexp_extract(additional_attributes, '(?:^|,)color=([^,]*)', 1) AS colour,
    price AS list_price,
    base_image AS photo_uri
FROM catalog_product AS product
LEFT JOIN variations USING (sku)
WHERE product.store_view_code IS NULL AND product_type <> 'configurable'
GROUP BY ALL
ORDER BY product.sku
