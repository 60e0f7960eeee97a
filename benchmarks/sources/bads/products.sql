-- A style is an item_id, a product one of its sizes and colours, known from its first order on.
SELECT sku, style, arg_min(brand, line_id::BIGINT) AS brand, size, colour, min(ordered_at) AS launched_at
FROM lines
GROUP BY sku, style, size, colour
ORDER BY sku
