-- One row per SKU of an order. Order item ids are in neither the orders nor the returns report, so rows of one SKU are
-- one line. A price is that of all units of a row: with VAT in Europe, without sales tax in the US.
WITH lines AS (
    SELECT
        "amazon-order-id" AS order_id,
        "amazon-order-id" || '-' || sku AS line_id,
        min(offset_time("purchase-date")) AS ordered_at,
        sku,
        sum(TRY_CAST(quantity AS DOUBLE)) AS quantity,
        max(CASE WHEN TRY_CAST(quantity AS DOUBLE) IS NULL THEN coalesce(quantity, '') END) AS unreadable,
        sum(TRY_CAST("item-price" AS DECIMAL(18, 2))) AS price,
        sum(coalesce(TRY_CAST("item-promotion-discount" AS DECIMAL(18, 2)), 0)) AS discount,
        max(coalesce(
            CASE WHEN TRY_CAST("item-price" AS DECIMAL(18, 2)) IS NULL THEN clean_text("item-price") END,
            CASE
                WHEN TRY_CAST("item-promotion-discount" AS DECIMAL(18, 2)) IS NULL
                THEN clean_text("item-promotion-discount")
            END
        )) AS unreadable_amount,
        min(currency) AS currency,
        min("sales-channel") AS sales_channel,
        min("order-status") AS order_status,
        bool_and("fulfillment-channel" IN ('Amazon', 'AFN')) AS is_fba,
        CASE WHEN bool_and('Cancelled' IN ("order-status", "item-status")) THEN max(updated_at) END AS cancelled_at
    FROM order_rows
    GROUP BY ALL
),
shipped AS (
    SELECT "amazon-order-id" || '-' || sku AS line_id, min(offset_time("shipment-date")) AS shipped_at
    FROM shipment_reports
    GROUP BY ALL
)
SELECT
    order_id,
    line_id,
    ordered_at,
    -- Amazon does not say who bought: each order is a customer of its own.
    customer_or_guest(NULL, order_id) AS customer_id,
    sku,
    -- A quantity or an amount that cannot be read rejects the line.
    coalesce(unreadable, CAST(quantity AS VARCHAR)) AS quantity,
    coalesce(unreadable_amount, CAST((price - discount) / nullif(quantity, 0) AS VARCHAR)) AS unit_price,
    price / nullif(quantity, 0) AS list_price,
    currency,
    CASE sales_channel
        WHEN 'Amazon.com' THEN 'US'
        WHEN 'Amazon.co.uk' THEN 'GB'
        ELSE upper(regexp_extract(sales_channel, '[^.]*$'))
    END AS market,
    CASE WHEN discount > 0 THEN 'promotion' END AS voucher,
    -- The fulfilment centre is known from the shipment on and must not be the warehouse: features would foresee it.
    shipped_at,
    cancelled_at,
    CASE
        WHEN NOT is_fba THEN 'merchant fulfilled: its returns are not in the FBA returns report'
        WHEN sales_channel LIKE 'Non-Amazon%' THEN 'multi-channel fulfilment: sold elsewhere, without a price here'
        WHEN quantity = 0 THEN 'cancelled with quantity 0'
        WHEN price IS NULL AND order_status = 'Pending' THEN 'no price yet: the payment is pending'
        WHEN price = 0 THEN 'no price: a replacement or gift'
    END AS reject_reason
FROM lines
LEFT JOIN shipped USING (line_id)
ORDER BY ordered_at, line_id
