-- SATNR, the generic article, is what sizes and colours share.
SELECT
    MATNR AS sku,
    SATNR AS style,
    BRAND_ID AS brand,
    MATKL AS category,
    SIZE1 AS size,
    COLOR AS colour,
    sap_time(ERSDA, '000000') AS launched_at
FROM MARA
ORDER BY MATNR
