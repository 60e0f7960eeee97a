-- What was ordered, with brand and category of the product. Size and colour are the attributes of the variation in the
-- latest order of it, so that variations that were deleted since are there, too.
WITH products AS (
    SELECT
        json ->> 'id' AS id,
        coalesce(json ->> '$.brands[0].name', list_filter(
            CAST(json -> 'attributes' AS JSON[]), lambda a: lower(a ->> 'name') IN ('brand', 'marke', 'marque', 'merk')
        )[1] ->> '$.options[0]') AS brand,
        json ->> '$.categories[0].name' AS category,
        local_time(json ->> 'date_created_gmt', 'UTC') AS launched_at,
        json ->> '$.images[0].src' AS photo
    FROM (
        SELECT with_id(unnest(objects(json)), filename) AS json
        FROM read_json_objects('products*.json*', maximum_object_size = 67108864, filename = true)
    )
),
latest AS (
    SELECT
        sku,
        l ->> 'product_id' AS id,
        CAST(l -> 'meta_data' AS JSON[]) AS attributes
    FROM line_items
    QUALIFY row_number() OVER (PARTITION BY sku ORDER BY CAST(line_id AS BIGINT) DESC) = 1
)
SELECT
    sku,
    id AS style,
    brand,
    category,
    list_filter(
        attributes, lambda a: lower(a ->> 'display_key') IN ('size', 'größe', 'taille', 'maat', 'rozmiar')
    )[1] ->> 'display_value' AS size,
    list_filter(
        attributes, lambda a: lower(a ->> 'display_key') IN ('color', 'colour', 'farbe', 'couleur', 'kleur', 'kolor')
    )[1] ->> 'display_value' AS colour,
    launched_at,
    photo AS photo_uri
FROM latest
LEFT JOIN products USING (id)
ORDER BY sku
