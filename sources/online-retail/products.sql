-- The shop has no product master: a stock code is known from its first sale on, under the description it had then.
-- Letters after the five digits name a variant (mostly a colour); the last word of a description names the thing.
SELECT
    sku,
    regexp_extract(sku, '^([0-9]{5}|DCGS[0-9]*)') AS style,
    nullif(regexp_extract(sku, '^[0-9]{5}(.*)$', 1), '') AS colour,
    upper(regexp_extract(trim(arg_min(description, position)), '([A-Za-z]+)[^A-Za-z]*$', 1)) AS category,
    min(happened_at) AS launched_at
FROM invoice_lines
WHERE reject_reason IS NULL AND NOT is_return
GROUP BY sku
ORDER BY sku
