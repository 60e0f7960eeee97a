-- One row per variant. Only the first row of a product has its values; rows with a picture alone have no variant.
WITH filled AS (
    SELECT
        *,
        row_number() OVER () AS row_no,
        max("Title") OVER p AS title,
        max("Vendor") OVER p AS brand,
        max("Type") OVER p AS category,
        lower(max("Option1 Name") OVER p) AS name_1,
        lower(max("Option2 Name") OVER p) AS name_2,
        lower(max("Option3 Name") OVER p) AS name_3,
        first("Image Src") OVER p AS photo
    FROM read_csv('products_export*.csv', all_varchar = true, union_by_name = true)
    WINDOW p AS (PARTITION BY "Handle")
),
variants AS (
    SELECT
        *,
        concat_ws(' / ', "Option1 Value", "Option2 Value", "Option3 Value") AS variant,
        MAP {
            coalesce(name_1, '1'): "Option1 Value",
            coalesce(name_2, '2'): "Option2 Value",
            coalesce(name_3, '3'): "Option3 Value"
        } AS options
    FROM filled
    WHERE "Variant Price" IS NOT NULL
)
SELECT
    -- As in the orders: the name of the item where there is no stock keeping unit.
    coalesce(
        text_id("Variant SKU"), CASE WHEN variant = 'Default Title' THEN title ELSE title || ' - ' || variant END
    ) AS sku,
    "Handle" AS style,
    brand,
    category,
    coalesce(options['size'], options['größe'], options['taille'], options['maat'], options['rozmiar']) AS size,
    coalesce(options['color'], options['colour'], options['farbe'], options['couleur'], options['kleur'],
        options['kolor']) AS colour,
    greatest(
        TRY_CAST("Variant Price" AS DECIMAL(18, 2)), TRY_CAST("Variant Compare At Price" AS DECIMAL(18, 2))
    ) AS list_price,
    photo AS photo_uri
FROM variants
QUALIFY row_number() OVER (PARTITION BY sku ORDER BY row_no) = 1
ORDER BY row_no
