-- A file with a byte order mark is one value, its array.
CREATE TEMP MACRO objects(answer) AS
    CASE json_type(answer) WHEN 'ARRAY' THEN CAST(answer AS JSON[]) ELSE [answer] END;

-- Whatever has no id is an error that the API answered, and would be missing without a word: the run ends. Of all
-- messages of a function only those on malformed JSON are shown.
CREATE TEMP MACRO with_id(object, file) AS CASE
    WHEN object ->> 'id' IS NOT NULL THEN object
    ELSE error(
        'Malformed JSON in file "' || parse_filename(file)
        || ': an object has no id, so it may be an error that the API answered", at byte 0 in line 1'
    )
END;

-- The files hold arrays of orders and refunds as the API answers them, or JSON lines. Of an
-- order that was exported several times the latest version counts.
CREATE TEMP VIEW orders AS
SELECT
    json AS o,
    json ->> 'id' AS order_id,
    -- The times ending in _gmt are UTC without saying so; the others are in the time zone of the site.
    local_time(json ->> 'date_completed_gmt', 'UTC') AS completed_at
FROM (
    SELECT with_id(unnest(objects(json)), filename) AS json
    FROM read_json_objects('orders*.json*', maximum_object_size = 67108864, filename = true)
)
QUALIFY row_number() OVER (PARTITION BY json ->> 'id' ORDER BY json ->> 'date_modified_gmt' DESC) = 1;

-- The stock keeping unit; the variation or the product where the shop gave it none.
CREATE TEMP VIEW line_items AS
SELECT
    o,
    l,
    order_id,
    l ->> 'id' AS line_id,
    completed_at,
    -- Some shops sell by the metre: a part of a unit is rejected, not rounded.
    TRY_CAST(l ->> 'quantity' AS DECIMAL(18, 3)) AS ordered,
    coalesce(nullif(trim(l ->> 'sku'), ''), nullif(l ->> 'variation_id', '0'), l ->> 'product_id') AS sku,
    CASE
        WHEN o ->> 'status' IN ('pending', 'failed', 'checkout-draft', 'trash') THEN 'never paid: ' || (o ->> 'status')
    END AS reject_reason
FROM (SELECT *, unnest(CAST(o -> 'line_items' AS JSON[])) AS l FROM orders);

-- Refunds have negative quantities and name the item in the meta data. A refund of an amount alone names none.
CREATE TEMP VIEW refunds AS
SELECT
    coalesce(json ->> 'parent_id', regexp_extract(json ->> '$._links.up[0].href', '([0-9]+)/?$', 1)) AS order_id,
    local_time(json ->> 'date_created_gmt', 'UTC') AS refunded_at,
    abs(TRY_CAST(json ->> 'amount' AS DECIMAL(18, 2))) AS amount,
    json ->> 'reason' AS reason,
    list_filter(CAST(json -> 'line_items' AS JSON[]), lambda l: l ->> 'quantity' <> '0') AS items
FROM (
    SELECT with_id(unnest(objects(json)), filename) AS json
    FROM read_json_objects('refunds*.json*', maximum_object_size = 67108864, filename = true)
)
QUALIFY row_number() OVER (PARTITION BY json ->> 'id') = 1;

-- An order that is refunded as a whole without naming items returns all of them. A refund at a time that cannot be read
-- is no cancellation, so that its row is rejected.
CREATE TEMP VIEW refunded AS
SELECT
    *,
    is_known IS NOT NULL AND (
        completed_at IS NULL OR coalesce(utc_timestamp(completed_at) > utc_timestamp(refunded_at), false)
    ) AS is_cancellation
FROM (
    SELECT
        order_id,
        refunded_at,
        reason,
        list_filter(
            CAST(i -> 'meta_data' AS JSON[]), lambda m: m ->> 'key' = '_refunded_item_id'
        )[1] ->> 'value' AS line_id,
        -TRY_CAST(i ->> 'quantity' AS DECIMAL(18, 3)) AS quantity
    FROM (SELECT *, unnest(items) AS i FROM refunds)
    UNION ALL
    SELECT
        order_id,
        refunded_at,
        reason,
        CASE WHEN amount >= TRY_CAST(o ->> 'total' AS DECIMAL(18, 2)) THEN l.line_id END,
        CASE WHEN amount >= TRY_CAST(o ->> 'total' AS DECIMAL(18, 2)) THEN l.ordered END
    FROM refunds
    LEFT JOIN line_items AS l USING (order_id)
    WHERE coalesce(len(items), 0) = 0
    GROUP BY ALL
)
LEFT JOIN (SELECT line_id, completed_at, reject_reason, true AS is_known FROM line_items) USING (line_id);
