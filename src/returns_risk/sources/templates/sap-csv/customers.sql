-- Without one-time accounts. KNA1 has no consent to profiling: select yours as opted_out.
SELECT
    KUNNR AS customer_id,
    sap_time(ERDAT, '000000') AS registered_at,
    LAND1 AS market,
    CASE SPRAS WHEN 'D' THEN 'de' WHEN 'E' THEN 'en' WHEN 'F' THEN 'fr' WHEN 'N' THEN 'nl' WHEN 'L' THEN 'pl' ELSE lower(SPRAS)
    END AS language
FROM KNA1
WHERE XCPDK IS DISTINCT FROM 'X'
ORDER BY KUNNR
