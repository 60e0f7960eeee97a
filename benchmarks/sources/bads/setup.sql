-- What the four SELECTs share: the lines with ids, the day of the order in Berlin as UTC, and gaps as nulls.
CREATE TEMP VIEW lines AS
SELECT
    order_item_id AS line_id,
    user_id AS customer_id,
    user_id || '/' || order_date AS order_id,
    -- The same size is written xl and XL.
    concat_ws('/', item_id, upper(item_size), item_color) AS sku,
    item_id AS style,
    brand_id AS brand,
    upper(item_size) AS size,
    nullif(item_color, '?') AS colour,
    item_price AS unit_price,
    local_time(order_date, 'Europe/Berlin') AS ordered_at,
    local_time(strftime(order_date::DATE + 30, '%Y-%m-%d'), 'Europe/Berlin') AS known_at,
    local_time(user_reg_date, 'Europe/Berlin') AS registered_at,
    birth_year,
    user_title,
    "return" AS came_back
FROM read_csv('orders_until_2013-01.csv.gz', all_varchar = true);
