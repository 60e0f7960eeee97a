-- One JSON object a line: orders, and below each its line items, returns and items of these returns, which name their
-- parent in __parentId. The type of an object is in its id: gid://shopify/LineItem/123. Of an object that is in several
-- files, the one in the last file by name counts.
CREATE TEMP MACRO gid(id) AS regexp_extract(id, '/([0-9]+)([?].*)?$', 1);
CREATE TEMP MACRO variant_sku(sku, variant) AS coalesce(nullif(trim(sku), ''), gid(variant), 'custom item');

-- A time that cannot be read is before none: a refund at such a time is no cancellation, so that its row is rejected.
CREATE TEMP MACRO is_before(time, other) AS coalesce(utc_timestamp(time) < utc_timestamp(other), false);

-- Whatever has no id is an error that the API answered, and would be missing without a word: the run ends. Of all
-- messages of a function only those on malformed JSON are shown.
CREATE TEMP MACRO with_id(object, file) AS CASE
    WHEN object ->> 'id' IS NOT NULL THEN object
    ELSE error(
        'Malformed JSON in file "' || parse_filename(file)
        || ': an object has no id, so it may be an error that the API answered", at byte 0 in line 1'
    )
END;

CREATE TEMP VIEW objects AS
SELECT json AS j, json ->> 'id' AS id, json ->> '__parentId' AS parent, split_part(json ->> 'id', '/', 4) AS type
FROM (
    SELECT with_id(json, filename) AS json, filename FROM read_json_objects('orders*.jsonl*', filename = true)
)
QUALIFY row_number() OVER (PARTITION BY json ->> 'id' ORDER BY filename DESC) = 1;

-- Bulk operations do not say which parcel an item was in: an order has shipped with its first parcel.
CREATE TEMP VIEW orders AS
SELECT
    j AS o,
    id,
    list_min(list_transform(parcels, lambda f: offset_time(f ->> 'createdAt'))) AS parcel_at,
    list_max(list_transform(parcels, lambda f: offset_time(f ->> 'deliveredAt'))) AS delivered_at,
    list_max(list_transform(direct_refunds, lambda r: offset_time(r ->> 'createdAt'))) AS refunded_at
FROM (
    SELECT
        *,
        list_filter(CAST(j -> 'fulfillments' AS JSON[]), lambda f: f ->> 'status' = 'SUCCESS') AS parcels,
        -- Refunds of a return are dated by the return.
        list_filter(CAST(j -> 'refunds' AS JSON[]), lambda r: r ->> '$.return.id' IS NULL) AS direct_refunds
    FROM objects
    WHERE type = 'Order'
);

-- A return counts once it is closed. Those that are requested, open, declined or cancelled have not come back.
CREATE TEMP VIEW returned_items AS
SELECT
    gid(item.j ->> '$.fulfillmentLineItem.lineItem.id') AS line_id,
    offset_time(parent.j ->> 'closedAt') AS returned_at,
    CAST(item.j ->> 'quantity' AS DECIMAL(18, 3)) AS quantity,
    -- Newer versions of the API name a definition of the reason instead.
    coalesce(item.j ->> 'returnReason', item.j ->> '$.returnReasonDefinition.handle') AS reason
FROM objects AS item
JOIN objects AS parent ON item.parent = parent.id
WHERE item.type = 'ReturnLineItem' AND parent.j ->> 'status' = 'CLOSED';

CREATE TEMP VIEW line_items AS
SELECT
    *,
    removed > 0 AND (shipped_at IS NULL OR refunded_at IS NULL OR is_before(refunded_at, shipped_at)) AS is_cancelled
FROM (
    SELECT
        *,
        CASE
            WHEN l ->> 'unfulfilledQuantity' = '0'
                AND NOT (removed = ordered AND (removed_at IS NULL OR is_before(removed_at, parcel_at))) THEN parcel_at
        END AS shipped_at,
        CASE
            WHEN o ->> 'test' = 'true' THEN 'test order'
            WHEN l ->> 'isGiftCard' = 'true' THEN 'gift card'
            WHEN l ->> 'requiresShipping' = 'false' THEN 'nothing to ship: service, digital item or tip'
        END AS reject_reason
    FROM (
        SELECT
            orders.*,
            items.j AS l,
            gid(items.id) AS line_id,
            -- A part of a unit is rejected, not rounded.
            CAST(items.j ->> 'quantity' AS DECIMAL(18, 3)) AS ordered,
            -- Units that are gone from the order without a return: cancelled, or refunded without one.
            ordered - CAST(l ->> 'currentQuantity' AS DECIMAL(18, 3)) - coalesce(returned, 0) AS removed,
            coalesce(refunded_at, offset_time(o ->> 'cancelledAt')) AS removed_at
        FROM objects AS items
        JOIN orders ON items.parent = orders.id
        LEFT JOIN (SELECT line_id, sum(quantity) AS returned FROM returned_items GROUP BY line_id) AS back
            ON back.line_id = gid(items.id)
        WHERE items.type = 'LineItem'
    )
);
