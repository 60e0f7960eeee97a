-- A file with a byte order mark that holds an array is one value.
CREATE TEMP MACRO objects(answer, name) AS CASE 'ARRAY'
    WHEN json_type(answer, name) THEN CAST(json_extract(answer, name) AS JSON[])
    WHEN json_type(answer) THEN CAST(answer AS JSON[])
    ELSE [answer]
END;

-- Whatever has no id is an error that the API answered, and would be missing without a word: the run ends. Of all
-- messages of a function only those on malformed JSON are shown.
CREATE TEMP MACRO with_id(object, file) AS CASE
    WHEN object ->> 'id' IS NOT NULL THEN object
    ELSE error(
        'Malformed JSON in file "' || parse_filename(file)
        || ': an object has no id, so it may be an error that the API answered", at byte 0 in line 1'
    )
END;

-- The files hold orders as pages ({"orders": [...]}), as arrays or as JSON lines. Of an order
-- that was exported several times the latest version counts.
CREATE TEMP VIEW orders AS
SELECT o
FROM (
    SELECT with_id(unnest(objects(json, 'orders')), filename) AS o
    FROM read_json_objects('orders*.json*', maximum_object_size = 67108864, filename = true)
)
QUALIFY row_number() OVER (PARTITION BY o ->> 'id' ORDER BY offset_time(o ->> 'updated_at') DESC) = 1;

-- The stock keeping unit; the variant where the shop gave it none. What an employee typed in has neither.
CREATE TEMP MACRO variant_sku(sku, variant) AS coalesce(nullif(trim(sku), ''), variant, 'custom item');

CREATE TEMP VIEW line_items AS
SELECT
    o,
    l,
    l ->> 'id' AS line_id,
    CASE
        WHEN o ->> 'test' = 'true' THEN 'test order'
        WHEN l ->> 'gift_card' = 'true' THEN 'gift card'
        WHEN l ->> 'requires_shipping' = 'false' THEN 'nothing to ship: service, digital item or tip'
    END AS reject_reason
FROM (SELECT o, unnest(CAST(o -> 'line_items' AS JSON[])) AS l FROM orders);

-- A line that left in several parcels has shipped with the first one. Cancelled and failed fulfillments never left.
CREATE TEMP VIEW shipments AS
SELECT
    l ->> 'id' AS line_id,
    min(offset_time(f ->> 'created_at')) AS shipped_at,
    -- The format has no time of delivery: the parcel was last changed when it arrived.
    max(CASE WHEN f ->> 'shipment_status' = 'delivered' THEN offset_time(f ->> 'updated_at') END) AS delivered_at
FROM (
    SELECT f, unnest(CAST(f -> 'line_items' AS JSON[])) AS l
    FROM (SELECT unnest(CAST(o -> 'fulfillments' AS JSON[])) AS f FROM orders)
    WHERE f ->> 'status' = 'success'
)
GROUP BY ALL;

-- restock_type: return (back in stock), no_restock (not to be sold again), cancel (never shipped). Whatever was
-- refunded before it shipped is a cancellation, too. One at a time that cannot be read is none, so that its row is
-- rejected.
CREATE TEMP VIEW refunded AS
SELECT
    line_id,
    refunded_at,
    CAST(rl ->> 'quantity' AS DECIMAL(18, 3)) AS quantity,
    coalesce(rl ->> 'restock_type' = 'cancel', false) OR shipped_at IS NULL
        OR coalesce(utc_timestamp(shipped_at) > utc_timestamp(refunded_at), false) AS is_cancellation
FROM (
    SELECT offset_time(r ->> 'created_at') AS refunded_at, rl, rl ->> 'line_item_id' AS line_id
    FROM (
        SELECT r, unnest(CAST(r -> 'refund_line_items' AS JSON[])) AS rl
        FROM (SELECT unnest(CAST(o -> 'refunds' AS JSON[])) AS r FROM orders)
    )
)
LEFT JOIN shipments USING (line_id);
