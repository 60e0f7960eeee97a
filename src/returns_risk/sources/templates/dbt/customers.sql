-- opted_out is the refusal of profiling, not of mail. Of a snapshot take the rows of today: WHERE dbt_valid_to IS NULL.
SELECT
    customer_id,
    mart_time(registered_at) AS registered_at,
    birth_year,
    country_code AS market,
    language,
    segment,
    opted_out
FROM dim_customers
WHERE coalesce(customer_id::VARCHAR, '') NOT IN ('-1', '0')  -- the unknown member
ORDER BY customer_id
