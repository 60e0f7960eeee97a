-- Ages change with each export and give no year of birth. thelook has no opt-outs.
SELECT id AS customer_id, offset_time(created_at) AS registered_at, country AS market
FROM users
ORDER BY TRY_CAST(id AS BIGINT)
