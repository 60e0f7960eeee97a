-- The customer master as of the export; the opt-out is about profiling, not about mail.
SELECT
    customer_no AS customer_id,
    registered_at,
    birth_year,
    country AS market,
    language,
    segment,
    -- Any other text is passed on: it must not turn into "not refused".
    CASE profiling_opt_out WHEN 'Y' THEN 'true' WHEN 'N' THEN 'false' ELSE profiling_opt_out END AS opted_out
FROM read_csv('customers.csv', all_varchar = true)
ORDER BY customer_no
