-- For Adobe Commerce, in place of returns.sql: the same credit memos, with the reasons and conditions of its RMAs.
-- RMA values are options of attributes; store 0 holds the labels of the admin.
WITH labels AS (
    SELECT item.order_item_id, attribute_code, min(option.value) AS label
    FROM read_csv('magento_rma_item_entity.csv', all_varchar = true) AS item
    JOIN read_csv('magento_rma_item_entity_int.csv', all_varchar = true) AS chosen USING (entity_id)
    JOIN read_csv('eav_attribute.csv', all_varchar = true) USING (attribute_id)
    JOIN read_csv('eav_attribute_option_value.csv', all_varchar = true) AS option ON option.option_id = chosen.value AND option.store_id = '0'
    GROUP BY ALL
)
SELECT
    item_id AS line_id,
    refunded_at AS returned_at,
    qty AS quantity,
    reasons.label AS reason,
    conditions.label AS condition
FROM refunds
LEFT JOIN labels AS reasons ON reasons.order_item_id = item_id AND reasons.attribute_code = 'reason'
LEFT JOIN labels AS conditions ON conditions.order_item_id = item_id AND conditions.attribute_code = 'condition'
WHERE NOT is_cancellation
ORDER BY refunded_at, TRY_CAST(item_id AS BIGINT)
