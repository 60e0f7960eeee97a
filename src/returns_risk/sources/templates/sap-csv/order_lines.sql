-- One row per item of sales orders (VBTYP C). Leading zeros of ids stay.
WITH shipped AS (
    SELECT VGBEL AS VBELN, VGPOS AS POSNR, min(moved_at) AS shipped_at
    FROM movements
    GROUP BY ALL
)
SELECT
    VBELN AS order_id,
    VBELN || '-' || POSNR AS line_id,
    sap_time(VBAK.ERDAT, VBAK.ERZET) AS ordered_at,
    -- A one-time account stands for many customers.
    customer_or_guest(CASE WHEN XCPDK IS DISTINCT FROM 'X' THEN KUNNR END, VBELN) AS customer_id,
    MATNR AS sku,
    comma_number(KWMENG) AS quantity,
    -- What was paid, with tax, after discounts: NETWR and MWSBP are those of all units.
    (TRY_CAST(comma_number(NETWR) AS DECIMAL(18, 2)) + TRY_CAST(comma_number(MWSBP) AS DECIMAL(18, 2)))
        / nullif(TRY_CAST(comma_number(KWMENG) AS DOUBLE), 0) AS unit_price,
    WAERK AS currency,
    -- Of the sold-to party; the ship-to party would be in VBPA.
    LAND1 AS market,
    WERKS AS warehouse,
    VTWEG AS channel,
    shipped_at,
    -- An item with a rejection reason is cancelled; the day of its last change stands for that of the rejection.
    CASE WHEN ABGRU IS NOT NULL AND shipped_at IS NULL THEN day_end(AEDAT) END AS cancelled_at,
    CASE PSTYV
        WHEN 'TATX' THEN 'not goods: text'
        WHEN 'TAD' THEN 'not goods: service'
        WHEN 'TANN' THEN 'free of charge: a gift or sample'
        WHEN 'TAP' THEN 'set whose components are the lines'
        WHEN 'TAE' THEN 'component of a set that is the line'
    END AS reject_reason
FROM VBAP
LEFT JOIN VBAK USING (VBELN)
LEFT JOIN KNA1 USING (KUNNR)
LEFT JOIN shipped USING (VBELN, POSNR)
-- An item without its header must be rejected, not dropped.
WHERE VBTYP = 'C' OR VBTYP IS NULL
ORDER BY VBELN, POSNR
