-- Units count as returned when they are received: what was only announced may never come. The sign of the quantity
-- does not matter.
SELECT
    order_item_id AS line_id,
    mart_time(received_at) AS returned_at,
    coalesce(abs(TRY_CAST(quantity AS DOUBLE))::VARCHAR, quantity::VARCHAR) AS quantity,
    return_reason AS reason,
    item_condition AS condition,
    CASE WHEN received_at IS NULL THEN 'announced, not received yet' END AS reject_reason
FROM fct_returns
ORDER BY received_at, return_id
