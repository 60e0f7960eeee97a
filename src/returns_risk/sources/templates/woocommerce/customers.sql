-- Registered customers; guests are not in the file. The format has no field for profiling, and no consent to marketing
-- either: plugins write their own meta data. Write the key and the value of yours for 'no_profiling' and 'yes'.
SELECT
    json ->> 'id' AS customer_id,
    local_time(json ->> 'date_created_gmt', 'UTC') AS registered_at,
    coalesce(nullif(json ->> '$.shipping.country', ''), nullif(json ->> '$.billing.country', '')) AS market,
    len(list_filter(
        CAST(json -> 'meta_data' AS JSON[]),
        lambda m: m ->> 'key' = 'no_profiling' AND lower(m ->> 'value') IN ('yes', '1', 'true')
    )) > 0 AS opted_out
FROM (
    SELECT with_id(unnest(objects(json)), filename) AS json
    FROM read_json_objects('customers*.json*', maximum_object_size = 67108864, filename = true)
)
ORDER BY CAST(json ->> 'id' AS BIGINT)
