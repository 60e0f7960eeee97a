-- The article master: one row per colour and size of a style.
SELECT
    article_no AS sku,
    style_no AS style,
    brand,
    product_group AS category,
    size,
    colour,
    first_sale_on AS launched_at,
    list_price,
    photo AS photo_uri
FROM read_csv('articles.csv', all_varchar = true)
ORDER BY article_no
