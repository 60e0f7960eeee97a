-- One row per variant; the first one where several share a stock keeping unit.
WITH objects AS (
    SELECT json AS j, json ->> 'id' AS id, json ->> '__parentId' AS parent
    FROM (
        SELECT with_id(json, filename) AS json FROM read_json_objects('products*.jsonl*', filename = true)
    )
),
variants AS (
    SELECT
        p.j AS p,
        v.j AS v,
        -- Options by their names in lower case: {size: M, farbe: Schwarz} in whatever language the shop wrote them.
        map_from_entries(list_transform(
            CAST(v.j -> 'selectedOptions' AS JSON[]), lambda o: (lower(o ->> 'name'), o ->> 'value')
        )) AS options
    FROM objects AS v
    JOIN objects AS p ON v.parent = p.id
    WHERE v.id LIKE '%/ProductVariant/%'
)
SELECT
    variant_sku(v ->> 'sku', v ->> 'id') AS sku,
    gid(p ->> 'id') AS style,
    p ->> 'vendor' AS brand,
    nullif(p ->> 'productType', '') AS category,
    coalesce(options['size'], options['größe'], options['taille'], options['maat'], options['rozmiar']) AS size,
    coalesce(options['color'], options['colour'], options['farbe'], options['couleur'], options['kleur'],
        options['kolor']) AS colour,
    offset_time(coalesce(p ->> 'publishedAt', p ->> 'createdAt')) AS launched_at,
    greatest(
        TRY_CAST(v ->> 'price' AS DECIMAL(18, 2)), TRY_CAST(v ->> 'compareAtPrice' AS DECIMAL(18, 2))
    ) AS list_price,
    p ->> '$.featuredMedia.preview.image.url' AS photo_uri
FROM variants
QUALIFY row_number() OVER (PARTITION BY sku ORDER BY CAST(gid(v ->> 'id') AS BIGINT)) = 1
ORDER BY CAST(gid(v ->> 'id') AS BIGINT)
