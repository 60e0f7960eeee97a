-- Marts with the types that warehouses export: times with a zone and, from Snowflake or DATETIME columns, without one.
CREATE SCHEMA marts;
CREATE TABLE marts.fct_order_items AS
SELECT
    order_item_id, order_id, ordered_at::TIMESTAMP AS ordered_at, customer_id, sku, item_type,
    quantity::DECIMAL(18, 2) AS quantity,
    gross_item_sales_amount::DECIMAL(18, 2) AS gross_item_sales_amount,
    net_item_sales_amount::DECIMAL(18, 2) AS net_item_sales_amount,
    item_tax_amount::DECIMAL(18, 2) AS item_tax_amount,
    currency, country_code, warehouse, sales_channel, payment_method,
    shipped_at::TIMESTAMPTZ AS shipped_at,
    delivered_at::TIMESTAMPTZ AS delivered_at,
    cancelled_at::TIMESTAMPTZ AS cancelled_at
FROM (VALUES
    ('a1', 1001, '2025-10-07 07:50:26', '7', '0042', 'product', 1, 20.00, 16.81, 3.19, 'EUR', 'DE', 'LEJ1', 'web', 'card',
        '2025-10-08 16:00:00+02', '2025-10-10 11:00:00+02', NULL),
    ('a2', 1001, '2025-10-07 07:50:26', '7', '0043', 'product', 2, 100.00, 75.63, 14.37, 'EUR', 'DE', 'LEJ1', 'web', 'card',
        '2025-10-08 16:00:00+02', '2025-10-10 11:00:00+02', NULL),
    ('a3', 1001, '2025-10-07 07:50:26', '7', 'SHIP', 'shipping', 1, 3.90, 3.28, 0.62, 'EUR', 'DE', NULL, 'web', 'card',
        NULL, NULL, NULL),
    ('b1', 1002, '2025-10-07 22:30:00.5', '-1', '0042', 'product', 1, 20.00, 16.81, 3.19, 'EUR', 'AT', 'LEJ1', 'app', 'invoice',
        '2025-10-09 08:00:00+02', NULL, NULL),
    ('b2', 1002, '2025-10-20 09:00:00', '-1', '0042', 'product', -1, -20.00, -16.81, -3.19, 'EUR', 'AT', 'LEJ1', 'app', 'invoice',
        NULL, NULL, NULL),
    ('c1', 1003, '2025-10-08 10:00:00', '8', '0043', 'product', 1, 50.00, 42.02, 7.98, 'EUR', 'DE', 'FRA2', 'web', 'card',
        NULL, NULL, '2025-10-08 17:00:00+02'),
    ('d1', 1004, '2025-10-09 12:00:00', NULL, 'GIFT-50', 'gift_card', 1, 50.00, 50.00, 0, 'EUR', 'DE', NULL, 'web', 'card',
        NULL, NULL, NULL),
    ('d2', 1004, '2025-10-09 12:00:00', NULL, '0044', 'product', 1, 80.00, 67.23, 12.77, 'EUR', 'DE', 'FRA2', 'web', 'card',
        '2025-10-10 09:00:00+02', NULL, NULL),
    ('e1', 1005, '2025-10-26 00:30:00', '9', '0044', 'product', 1, 360.00, 292.68, 67.32, 'PLN', 'PL', 'LEJ1', 'app', 'card',
        '2025-10-26 02:30:00+01', NULL, NULL),
    ('f1', 1006, '2025-10-31 23:30:00', '8', '0042', 'product', 3, 60.00, 50.42, 9.58, 'EUR', 'DE', 'LEJ1', 'web', 'card',
        NULL, NULL, NULL),
    ('g1', 1007, '2025-10-12 06:00:00', '7', '0043', 'product', 1, 50.00, 42.02, 7.98, 'EUR', 'DE', 'LEJ1', 'web', 'card',
        '2025-10-13 09:00:00+02', NULL, NULL),
    ('h1', 1008, '2025-11-01 06:00:00', '9', '0042', 'product', 1, 20.00, 16.81, 3.19, 'EUR', 'PL', 'LEJ1', 'web', 'card',
        NULL, NULL, NULL)
) AS rows(
    order_item_id, order_id, ordered_at, customer_id, sku, item_type, quantity, gross_item_sales_amount,
    net_item_sales_amount, item_tax_amount, currency, country_code, warehouse, sales_channel, payment_method, shipped_at,
    delivered_at, cancelled_at
);
CREATE TABLE marts.fct_returns AS
SELECT return_id, order_item_id, requested_at, received_at::TIMESTAMPTZ AS received_at, quantity, return_reason, item_condition
FROM (VALUES
    ('r1', 'a2', DATE '2025-10-14', '2025-10-18 23:30:00-02', -1, 'Too small', 'like new'),
    ('r2', 'a2', DATE '2025-10-14', '2025-10-21 10:00:00+00', -1, 'too small', 'worn'),
    ('r3', 'b1', DATE '2025-10-19', '2025-10-20 09:00:00+00', 1, NULL, NULL),
    ('r4', 'e1', DATE '2025-10-30', NULL, 1, 'Did not like it', NULL)
) AS rows(return_id, order_item_id, requested_at, received_at, quantity, return_reason, item_condition);
CREATE TABLE marts.dim_products AS
SELECT * FROM (VALUES
    ('0042', 'BELT', 'Acme', 'accessories', NULL, 'brown', DATE '2024-03-01', 20.00, NULL),
    ('0043', 'TEE', 'Acme', 'tees', 'M', 'blue', DATE '2025-09-01', 50.00, 'https://example.com/tee.jpg'),
    ('0044', 'TEE', 'Acme', 'tees', 'L', 'blue', NULL, 80.00, NULL)
) AS rows(sku, style_id, brand, category, size, colour, launched_on, list_price, image_url);
CREATE TABLE marts.dim_customers AS
SELECT customer_id, registered_at::TIMESTAMP AS registered_at, birth_year, country_code, language, segment, opted_out
FROM (VALUES
    ('-1', NULL, NULL, NULL, NULL, 'unknown', NULL),
    ('7', '2023-05-01 10:00:00', 1980, 'DE', 'de', 'A', false),
    ('8', '1900-01-01 00:00:00', NULL, 'DE', 'de', 'B', true),
    ('9', '2025-10-26 00:29:00', 1999, 'PL', 'pl', 'A', NULL)
) AS rows(customer_id, registered_at, birth_year, country_code, language, segment, opted_out);
