-- One row per line of an order; what the header says holds for all its lines.
SELECT
    order_no AS order_id,
    order_no || '-' || position AS line_id,
    ordered_at,
    customer_no AS customer_id,
    article_no AS sku,
    qty AS quantity,
    price AS unit_price,
    list_price,
    currency,
    country AS market,
    warehouse,
    sales_channel AS channel,
    device,
    payment AS payment_method,
    voucher,
    promised_at,
    shipped_at,
    delivered_at,
    cancelled_at,
    booked_at AS recorded_at
FROM read_csv('order_lines.csv', all_varchar = true) AS lines
LEFT JOIN read_csv('orders.csv', all_varchar = true) AS headers USING (order_no)
ORDER BY order_no, TRY_CAST(position AS INTEGER)
