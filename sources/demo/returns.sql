-- One row per line of a return slip. The comment may hold personal data: the contract drops it while reading.
SELECT
    order_no || '-' || position AS line_id,
    received_at AS returned_at,
    qty AS quantity,
    lower(reason_code) AS reason,
    comment,
    condition,
    booked_at AS recorded_at
FROM read_csv('returns.csv', all_varchar = true)
ORDER BY return_no
