-- Items of return orders (VBTYP H, e.g. type RE), at the goods receipt of their return deliveries. Credit memo requests
-- (K) are money without goods. If your returns refer to invoices (VGTYP M), join VBRP: AUBEL and AUPOS are the order.
SELECT
    VBAP.VGBEL || '-' || VBAP.VGPOS AS line_id,
    moved_at AS returned_at,
    quantity,
    AUGRU AS reason,
    CASE
        WHEN VGTYP IS DISTINCT FROM 'C' THEN 'the return order refers to no sales order'
        WHEN ABGRU IS NOT NULL THEN 'the return was rejected'
        WHEN moved_at IS NULL THEN 'announced, not received yet'
    END AS reject_reason
FROM VBAP
JOIN VBAK USING (VBELN)
LEFT JOIN movements ON movements.VGBEL = VBELN AND movements.VGPOS = POSNR
WHERE VBTYP = 'H'
ORDER BY VBELN, POSNR, moved_at
