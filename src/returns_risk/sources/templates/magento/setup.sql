-- Where the tables are: CSV files in the raw folder. To read a database instead, attach a replica and name its tables:
--   ATTACH 'host=replica user=reader database=magento' AS shop (TYPE mysql, READ_ONLY);
--   CREATE TEMP VIEW sales_order AS FROM shop.sales_order;
CREATE TEMP VIEW sales_order AS FROM read_csv('sales_order.csv', all_varchar = true, nullstr = ['', 'NULL', '\N']);
CREATE TEMP VIEW sales_order_item AS FROM read_csv('sales_order_item.csv', all_varchar = true, nullstr = ['', 'NULL', '\N']);
CREATE TEMP VIEW sales_order_address AS FROM read_csv('sales_order_address.csv', all_varchar = true, nullstr = ['', 'NULL', '\N']);
CREATE TEMP VIEW sales_shipment AS FROM read_csv('sales_shipment.csv', all_varchar = true, nullstr = ['', 'NULL', '\N']);
CREATE TEMP VIEW sales_shipment_item AS FROM read_csv('sales_shipment_item.csv', all_varchar = true, nullstr = ['', 'NULL', '\N']);
CREATE TEMP VIEW sales_creditmemo AS FROM read_csv('sales_creditmemo.csv', all_varchar = true, nullstr = ['', 'NULL', '\N']);
CREATE TEMP VIEW sales_creditmemo_item AS FROM read_csv('sales_creditmemo_item.csv', all_varchar = true, nullstr = ['', 'NULL', '\N']);
CREATE TEMP VIEW customer_entity AS FROM read_csv('customer_entity.csv', all_varchar = true, nullstr = ['', 'NULL', '\N']);
CREATE TEMP VIEW catalog_product AS FROM read_csv('catalog_product.csv', all_varchar = true, nullstr = ['', 'NULL', '\N']);

-- One line per article sold. A configurable parent has the price, its child the SKU of size and colour. A bundle is one
-- line where it has a fixed price; where its children have prices, they are the lines.
CREATE TEMP TABLE lines AS
WITH items AS (
    SELECT *, product_type = 'bundle' AND EXISTS (
        FROM sales_order_item AS child WHERE child.parent_item_id = item.item_id AND TRY_CAST(child.price AS DOUBLE) > 0
    ) AS is_priced_by_children
    FROM sales_order_item AS item
),
-- A bundle that ships together is in the shipment, its children are not.
shipped AS (
    SELECT order_item_id, min(local_time(created_at, 'UTC')) AS shipped_at
    FROM sales_shipment_item
    JOIN sales_shipment ON sales_shipment.entity_id = sales_shipment_item.parent_id
    GROUP BY order_item_id
)
SELECT
    items.*,
    coalesce(child.sku, items.sku) AS simple_sku,
    coalesce(shipped.shipped_at, parent_shipped.shipped_at) AS shipped_at
FROM items
LEFT JOIN items AS parent ON parent.item_id = items.parent_item_id
LEFT JOIN sales_order_item AS child ON child.parent_item_id = items.item_id AND items.product_type = 'configurable'
LEFT JOIN shipped ON shipped.order_item_id = items.item_id
LEFT JOIN shipped AS parent_shipped ON parent_shipped.order_item_id = items.parent_item_id
WHERE NOT items.is_priced_by_children AND (parent.item_id IS NULL OR parent.is_priced_by_children);

-- Refunded units by line. State 3 is a cancelled credit memo; quantity 0 is money without goods. A refund before the
-- shipment is a cancellation; one at a time that cannot be read is none, so that its row is rejected. Rows of items
-- that are no lines repeat those of their parents or children. Rows of unknown items stay, so that they are counted.
CREATE TEMP VIEW refunds AS
SELECT
    sales_creditmemo_item.order_item_id AS item_id,
    local_time(sales_creditmemo.created_at, 'UTC') AS refunded_at,
    sales_creditmemo_item.qty,
    lines.item_id IS NOT NULL AND (
        lines.shipped_at IS NULL OR coalesce(utc_timestamp(refunded_at) < utc_timestamp(lines.shipped_at), false)
    ) AS is_cancellation
FROM sales_creditmemo_item
LEFT JOIN sales_creditmemo ON sales_creditmemo.entity_id = sales_creditmemo_item.parent_id
LEFT JOIN lines ON lines.item_id = sales_creditmemo_item.order_item_id
LEFT JOIN (SELECT item_id AS known_id FROM sales_order_item) ON known_id = sales_creditmemo_item.order_item_id
WHERE (lines.item_id IS NOT NULL OR known_id IS NULL)
    AND sales_creditmemo.state IS DISTINCT FROM '3' AND TRY_CAST(sales_creditmemo_item.qty AS DOUBLE) IS DISTINCT FROM 0;
