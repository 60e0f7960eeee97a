-- Purchases: lines of invoices that are not cancellations. The shop records no shipping, so a line is open
-- for the one day that featurize.open_days gives it.
SELECT
    order_id,
    line_id,
    happened_at AS ordered_at,
    customer_id,
    sku,
    coalesce(quantity::VARCHAR, quantity_text) AS quantity,
    unit_price,
    'GBP' AS currency,
    country AS market,
    reject_reason
FROM invoice_lines
WHERE NOT is_return
ORDER BY position
