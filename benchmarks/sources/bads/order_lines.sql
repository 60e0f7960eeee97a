-- An order is what one customer orders on one day; times of the day, shipping and delivery are not known.
SELECT order_id, line_id, ordered_at, customer_id, sku, 1 AS quantity, unit_price, 'EUR' AS currency
FROM lines
ORDER BY line_id::BIGINT
