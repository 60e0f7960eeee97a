-- No day of return is recorded: each is taken as received 30 days after the order, on the last day of its window.
SELECT line_id, known_at AS returned_at, 1 AS quantity
FROM lines
WHERE came_back = '1'
ORDER BY line_id::BIGINT
