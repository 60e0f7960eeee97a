-- One row per variant; the first one where several share a stock keeping unit.
WITH variants AS (
    SELECT p, unnest(CAST(p -> 'variants' AS JSON[])) AS v
    FROM (
        SELECT with_id(unnest(objects(json, 'products')), filename) AS p
        FROM read_json_objects('products*.json*', maximum_object_size = 67108864, filename = true)
    )
),
named AS (
    -- Options by their names in lower case: {size: M, colour: ...} in whatever language the shop wrote them.
    SELECT
        *,
        map_from_entries(list_transform(
            [1, 2, 3], lambda i: (coalesce(lower(p ->> ('$.options[' || (i - 1) || '].name')), 'none ' || i),
                                  v ->> ('option' || i))
        )) AS options
    FROM variants
)
SELECT
    variant_sku(v ->> 'sku', v ->> 'id') AS sku,
    p ->> 'id' AS style,
    p ->> 'vendor' AS brand,
    nullif(p ->> 'product_type', '') AS category,
    coalesce(options['size'], options['größe'], options['taille'], options['maat'], options['rozmiar']) AS size,
    coalesce(options['color'], options['colour'], options['farbe'], options['couleur'], options['kleur'],
        options['kolor']) AS colour,
    offset_time(coalesce(p ->> 'published_at', p ->> 'created_at')) AS launched_at,
    greatest(
        TRY_CAST(v ->> 'price' AS DECIMAL(18, 2)), TRY_CAST(v ->> 'compare_at_price' AS DECIMAL(18, 2))
    ) AS list_price,
    p ->> '$.image.src' AS photo_uri
FROM named
QUALIFY row_number() OVER (PARTITION BY sku ORDER BY CAST(v ->> 'id' AS BIGINT)) = 1
ORDER BY CAST(v ->> 'id' AS BIGINT)
