-- Only the first row of an order has the values of the order; its other rows have the name and their own item. An order
-- that is in several files counts as in the last file by name.
CREATE TEMP VIEW order_rows AS
SELECT
    text_id("Name") AS order_id,
    row_number() OVER (PARTITION BY "Name" ORDER BY row_no) AS position,
    max("Email") OVER o AS email,
    offset_time(max("Created at") OVER o) AS ordered_at,
    offset_time(max("Fulfilled at") OVER o) AS fulfilled_at,
    offset_time(max("Cancelled at") OVER o) AS order_cancelled_at,
    max("Financial Status") OVER o AS financial_status,
    max("Currency") OVER o AS currency,
    coalesce(max("Shipping Country") OVER o, max("Billing Country") OVER o) AS country,
    max("Source") OVER o AS source,
    max("Payment Method") OVER o AS payment_method,
    max("Discount Code") OVER o AS discount_code,
    TRY_CAST(max("Subtotal") OVER o AS DECIMAL(18, 2)) AS subtotal,
    TRY_CAST(max("Total") OVER o AS DECIMAL(18, 2)) - coalesce(TRY_CAST(max("Shipping") OVER o AS DECIMAL(18, 2)), 0)
        AS goods_total,
    max("Refunded Amount") OVER o AS refunded_amount,
    coalesce(text_id("Lineitem sku"), "Lineitem name") AS sku,
    -- A part of a unit is rejected, not rounded.
    TRY_CAST("Lineitem quantity" AS DECIMAL(18, 3)) AS quantity,
    TRY_CAST("Lineitem price" AS DECIMAL(18, 2)) AS list_price,
    coalesce(TRY_CAST("Lineitem discount" AS DECIMAL(18, 2)), 0) AS discount,
    "Lineitem fulfillment status" AS line_status,
    "Lineitem requires shipping" AS requires_shipping
FROM (
    SELECT *, row_number() OVER () AS row_no
    FROM read_csv('orders_export*.csv', all_varchar = true, union_by_name = true, filename = true)
    QUALIFY filename = max(filename) OVER (PARTITION BY "Name")
)
WINDOW o AS (PARTITION BY "Name");

-- Read once: several SELECTs need it.
CREATE TEMP TABLE line_items AS
SELECT
    *,
    order_id || '-' || position AS line_id,
    -- A discount of the whole order lowers the subtotal only. It is shared out by value.
    (list_price - discount / quantity) * coalesce(least(1, subtotal / nullif(
        sum(list_price * quantity - discount) OVER (PARTITION BY order_id), 0
    )), 1) AS unit_price,
    -- Taxes that are added to the prices are in the total and in what is refunded.
    coalesce(goods_total / nullif(subtotal, 0), 1) AS tax_factor,
    -- The time is known once all items have shipped. An item that has shipped before is not open any more, and counts
    -- as shipped when it was ordered.
    CASE WHEN line_status = 'fulfilled' THEN coalesce(fulfilled_at, ordered_at) END AS shipped_at,
    CASE
        WHEN requires_shipping = 'false' THEN 'nothing to ship: gift card, service, digital item or tip'
        WHEN financial_status = 'voided' AND order_cancelled_at IS NULL THEN 'payment voided'
    END AS reject_reason
FROM order_rows;

-- The orders export has no dates of refunds; the transaction histories have them by order and amount.
CREATE TEMP TABLE refunds AS
SELECT
    *,
    row_number() OVER (PARTITION BY order_id, amount ORDER BY refunded_at) AS turn
FROM (
    SELECT DISTINCT
        text_id("Name") AS order_id,
        offset_time("Created At") AS refunded_at,
        abs(TRY_CAST("Amount" AS DECIMAL(18, 2))) AS amount
    FROM read_csv('transactions_export*.csv', all_varchar = true, union_by_name = true)
    WHERE lower("Kind") = 'refund' AND lower("Status") = 'success'
);

-- What an amount can stand for: some units of one item, or several whole items (of up to 8). Of items at one price,
-- one item is sought from the first on and several from the last on, so that two refunds seldom meet.
CREATE TEMP VIEW candidates AS
WITH paid AS (
    SELECT
        order_id,
        line_id,
        position,
        quantity,
        CAST(floor(quantity) AS BIGINT) AS whole_units,
        unit_price * tax_factor AS price,
        shipped_at IS NOT NULL AS is_shipped
    FROM line_items
    WHERE order_id IN (SELECT order_id FROM refunds) AND goods_total IS NOT NULL
),
choices AS (
    -- As often as an item has so many units: each of two refunds of one unit takes its own.
    SELECT order_id, price * units AS worth, [{'line_id': line_id, 'quantity': units}] AS items, is_shipped,
        position
    FROM (SELECT *, unnest(range(1, whole_units + 1)) AS units FROM paid)
    CROSS JOIN LATERAL (SELECT unnest(range(0, whole_units // units)))
    UNION ALL
    SELECT order_id, sum(price * quantity), list({'line_id': line_id, 'quantity': quantity} ORDER BY position),
        bool_or(is_shipped), -mask
    FROM paid
    CROSS JOIN (SELECT unnest(range(1, 256)) AS mask)
    WHERE position <= 8 AND (mask >> (position - 1)) % 2 = 1
    GROUP BY order_id, mask
    HAVING count(*) = bit_count(mask) AND count(*) > 1
)
SELECT
    order_id,
    amount,
    items,
    -- The first refunds are of what was cancelled.
    row_number() OVER (
        PARTITION BY order_id, amount ORDER BY len(items), items[1].quantity, is_shipped, choices.position
    ) AS turn
FROM choices
JOIN (SELECT DISTINCT order_id, amount FROM refunds) USING (order_id)
WHERE worth > 0 AND abs(worth - amount) < 0.011 * len(items);

-- A refund at a time that cannot be read is no cancellation, so that its row is rejected. A refund without a line is
-- rejected with the reason no_line.
CREATE TEMP VIEW refunded AS
SELECT
    *,
    shipped_at IS NULL OR coalesce(utc_timestamp(shipped_at) > utc_timestamp(refunded_at), false) AS is_cancellation
FROM (
    SELECT order_id, refunded_at, line_id, quantity, NULL AS no_line
    FROM refunds
    JOIN line_items USING (order_id)
    WHERE amount >= goods_total - 0.01
    UNION ALL
    SELECT order_id, refunded_at, item.line_id, item.quantity, no_line
    FROM (
        SELECT
            order_id,
            refunded_at,
            unnest(coalesce(items, [NULL])) AS item,
            CASE
                WHEN order_id IS NULL THEN 'the refund names no order'
                WHEN is_known IS NULL THEN 'the order of the refund is not in orders_export'
                WHEN amount IS NULL THEN 'the amount of the refund cannot be read'
                WHEN goods_total IS NULL THEN 'the total of the order cannot be read'
                ELSE 'the amount of the refund matches no items'
            END AS no_line
        FROM refunds
        LEFT JOIN (SELECT DISTINCT order_id, goods_total, true AS is_known FROM line_items) USING (order_id)
        LEFT JOIN candidates USING (order_id, amount, turn)
        WHERE (amount >= goods_total - 0.01) IS NOT TRUE
    )
)
LEFT JOIN (SELECT line_id, shipped_at, reject_reason FROM line_items) USING (line_id);
