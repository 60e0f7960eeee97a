-- One row per order item. Select times, not days: with ordered_date alone, all orders would be placed at midnight.
-- There is no recorded_at: columns such as loaded_at change with each full refresh, and nothing would count before it.
SELECT
    order_id,
    order_item_id AS line_id,
    mart_time(ordered_at) AS ordered_at,
    -- -1 is the unknown member of a dimension.
    customer_or_guest(customer_id, order_id) AS customer_id,
    sku,
    quantity,
    -- What was paid, with tax, after discounts. Leave the tax out where your net amounts include it.
    round((net + tax) / nullif(units, 0), 4) AS unit_price,
    round(gross / nullif(units, 0), 4) AS list_price,
    currency,
    country_code AS market,
    warehouse,
    sales_channel AS channel,
    payment_method,
    mart_time(shipped_at) AS shipped_at,
    mart_time(delivered_at) AS delivered_at,
    mart_time(cancelled_at) AS cancelled_at,
    CASE
        WHEN item_type <> 'product' THEN 'not goods: ' || item_type
        WHEN units < 0 THEN 'negative quantity: the refund of another line'
    END AS reject_reason
FROM (
    SELECT
        *,
        TRY_CAST(quantity AS DOUBLE) AS units,
        TRY_CAST(net_item_sales_amount AS DOUBLE) AS net,
        TRY_CAST(item_tax_amount AS DOUBLE) AS tax,
        TRY_CAST(gross_item_sales_amount AS DOUBLE) AS gross
    FROM fct_order_items
)
ORDER BY ordered_at, line_id
