-- The title is the shop's own segment: nothing says whether it changed since the order.
SELECT customer_id, registered_at, birth_year, user_title AS segment
FROM lines
GROUP BY ALL
ORDER BY customer_id
