-- Consent to marketing (Accepts Email Marketing) is no answer to profiling: it is not used. The format has no field for
-- profiling; shops note a refusal as a tag. Write your tag for 'no-profiling'.
SELECT
    lower(trim("Email")) AS customer_id,
    "Default Address Country Code" AS market,
    list_contains(
        list_transform(string_split(coalesce(lower("Tags"), ''), ','), lambda tag: trim(tag)), 'no-profiling'
    ) AS opted_out
FROM read_csv('customers_export*.csv', all_varchar = true, union_by_name = true)
-- The address stands for the customer in the orders; without one there is nobody to match.
WHERE trim("Email") <> ''
ORDER BY "Customer ID"
