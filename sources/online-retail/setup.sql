-- What the four SELECTs share: the invoice lines with clean ids, UTC times and the reason why a line does not count.
CREATE TEMP VIEW invoice_lines AS
WITH numbered AS (
    SELECT *, row_number() OVER () AS position
    FROM read_csv('online_retail.csv.gz', all_varchar = true)
)
SELECT
    position,
    InvoiceNo AS order_id,
    InvoiceNo || '-' || row_number() OVER (PARTITION BY InvoiceNo ORDER BY position) AS line_id,
    text_id(CustomerID) AS customer_id,
    upper(StockCode) AS sku,
    Description AS description,
    -- A cast alone would round 1.5 to 2.
    CASE WHEN regexp_full_match(Quantity, '-?[0-9]+') THEN abs(TRY_CAST(Quantity AS BIGINT)) END AS quantity,
    Quantity AS quantity_text,
    TRY_CAST(UnitPrice AS DOUBLE) AS unit_price,
    Country AS country,
    local_time(InvoiceDate, 'Europe/London') AS happened_at,
    InvoiceNo LIKE 'C%' AS is_return,
    CASE
        -- Goods have a five-digit code, perhaps with a variant letter, or are of the DCGS range;
        -- the rest is postage, discounts, fees, vouchers, samples and manual bookings.
        WHEN NOT regexp_matches(upper(StockCode), '^([0-9]{5}|DCGS)') THEN 'not goods: postage, discount, fee, voucher or manual booking'
        WHEN CustomerID IS NULL THEN 'no customer: a return of it could not be recognised'
        WHEN InvoiceNo LIKE 'C%' AND NOT regexp_full_match(Quantity, '-?[0-9]+') THEN 'quantity is not a whole number'
        WHEN InvoiceNo NOT LIKE 'C%' AND TRY_CAST(Quantity AS BIGINT) < 0 THEN 'stock adjustment: negative quantity on an invoice'
        WHEN InvoiceNo NOT LIKE 'C%' AND TRY_CAST(UnitPrice AS DOUBLE) <= 0 THEN 'no price: a gift, sample or adjustment'
    END AS reject_reason
FROM numbered;
