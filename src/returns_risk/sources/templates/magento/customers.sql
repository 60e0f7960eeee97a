-- Guests have no row here. Magento has no consent to profiling: select yours as opted_out.
SELECT entity_id AS customer_id, local_time(created_at, 'UTC') AS registered_at, group_id AS segment
FROM customer_entity
ORDER BY TRY_CAST(entity_id AS BIGINT)
