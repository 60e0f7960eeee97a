-- Consent to marketing mail and the refusal to have data sold (dataSaleOptOut) are other questions than profiling.
-- The format has no field for profiling; shops note a refusal as a tag. Write your tag for 'no-profiling'.
SELECT
    gid(json ->> 'id') AS customer_id,
    offset_time(json ->> 'createdAt') AS registered_at,
    json ->> '$.defaultAddress.countryCodeV2' AS market,
    left(json ->> 'locale', 2) AS language,
    list_contains(
        list_transform(CAST(json -> 'tags' AS VARCHAR[]), lambda tag: lower(trim(tag))), 'no-profiling'
    ) AS opted_out
FROM (
    SELECT with_id(json, filename) AS json FROM read_json_objects('customers*.jsonl*', filename = true)
)
ORDER BY CAST(gid(json ->> 'id') AS BIGINT)
