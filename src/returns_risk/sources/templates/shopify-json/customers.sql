-- Consent to marketing (email_marketing_consent) is about mail and is no answer to profiling: it is not used.
-- The format has no field for profiling; shops note a refusal as a tag. Write your tag for 'no-profiling'.
WITH customers AS (
    SELECT with_id(unnest(objects(json, 'customers')), filename) AS c
    FROM read_json_objects('customers*.json*', maximum_object_size = 67108864, filename = true)
),
locales AS (
    SELECT o ->> '$.customer.id' AS id, arg_max(o ->> 'customer_locale', offset_time(o ->> 'created_at')) AS locale
    FROM orders
    GROUP BY ALL
)
SELECT
    c ->> 'id' AS customer_id,
    offset_time(c ->> 'created_at') AS registered_at,
    c ->> '$.default_address.country_code' AS market,
    left(locale, 2) AS language,
    list_contains(string_split(lower(c ->> 'tags'), ', '), 'no-profiling') AS opted_out
FROM customers
LEFT JOIN locales ON id = c ->> 'id'
ORDER BY CAST(c ->> 'id' AS BIGINT)
