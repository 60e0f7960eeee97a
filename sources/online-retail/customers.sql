-- The shop has no customer master: a customer is known from the first invoice on.
SELECT customer_id, min(happened_at) AS registered_at, arg_min(country, position) AS market
FROM invoice_lines
WHERE reject_reason IS NULL AND NOT is_return
GROUP BY customer_id
ORDER BY customer_id
