-- The tables as CSV with semicolons. If they are cp1252, add their encoding to each.
CREATE TEMP VIEW VBAK AS FROM read_csv('VBAK.csv', delim = ';', all_varchar = true);
CREATE TEMP VIEW VBAP AS FROM read_csv('VBAP.csv', delim = ';', all_varchar = true);
CREATE TEMP VIEW LIKP AS FROM read_csv('LIKP.csv', delim = ';', all_varchar = true);
CREATE TEMP VIEW LIPS AS FROM read_csv('LIPS.csv', delim = ';', all_varchar = true);
CREATE TEMP VIEW KNA1 AS FROM read_csv('KNA1.csv', delim = ';', all_varchar = true);
CREATE TEMP VIEW MARA AS FROM read_csv('MARA.csv', delim = ';', all_varchar = true);

-- Dates 20251007 and times 095026 are local times of the server: write its time zone here. A date without a time stands
-- for the end of the day, since nothing may happen before the order.
CREATE TEMP MACRO sap_time(day, time) AS
    local_time(nullif(day, '00000000') || lpad(time, 6, '0'), 'Europe/Berlin', '%Y%m%d%H%M%S');
CREATE TEMP MACRO day_end(day) AS sap_time(day, '235959');

-- Goods issues and, for return deliveries, goods receipts by item of the sales document.
CREATE TEMP VIEW movements AS
SELECT
    VGBEL,
    VGPOS,
    day_end(WADAT_IST) AS moved_at,
    coalesce(CAST(sum(abs(TRY_CAST(comma_number(LFIMG) AS DOUBLE))) AS VARCHAR), unreadable) AS quantity
FROM (
    -- A quantity that cannot be read has a row of its own, which is rejected among the returns.
    SELECT *, CASE WHEN TRY_CAST(comma_number(LFIMG) AS DOUBLE) IS NULL THEN coalesce(LFIMG, '') END AS unreadable
    FROM LIPS
)
JOIN LIKP USING (VBELN)
WHERE WADAT_IST <> '00000000'
GROUP BY VGBEL, VGPOS, moved_at, unreadable;
