-- Macros for every SELECT of a source. They return text; a text that cannot be read comes back as it is, so that the
-- contract's cast rejects its row alone. They are temporary so that a USE in setup.sql does not hide them.

-- A column of a JSON file that holds numbers and texts is of the type JSON, whose texts have quotes.
CREATE TEMP MACRO plain_text(value) AS
    CASE typeof(value) WHEN 'JSON' THEN to_json(value) ->> '$' ELSE CAST(value AS VARCHAR) END;

CREATE TEMP MACRO clean_text(value) AS nullif(trim(plain_text(value), E' \t\r\n' || chr(160)), '');

-- What systems write for "never": only zeros, these days at midnight, and 9999-12-31 at any time. CASE spares most
-- texts the regular expressions, here and below. An IN with so many values becomes a join, which loses the order of the rows.
CREATE TEMP MACRO is_zero_date(text) AS CASE
    WHEN text >= '1991' AND text < '9999-12-31' THEN false
    WHEN contains('0001-01-01 1753-01-01 1899-12-30 1899-12-31 1900-01-01 1970-01-01 1990-12-31', left(text, 10))
    THEN regexp_full_match(text, '.{10}([T ]00:00(:00([.]0+)?)?)? ?(Z|UTC|GMT|[+-][0-9:]+)?')
    WHEN text < '1' THEN ltrim(text, '0-./: T') = ''
    ELSE text LIKE '9999-12-31%'
END;

-- Neither words such as 'epoch' nor years of two digits are times: a cast alone would take both.
CREATE TEMP MACRO local_timestamp(text) AS
    CASE WHEN regexp_full_match(
        text, '[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)?'
    ) THEN TRY_CAST(text AS TIMESTAMP) END;

-- Z, UTC, GMT and numbers are offsets. Abbreviations are not: BST may be British, Bangladesh or Bougainville time.
CREATE TEMP MACRO offset_timestamp(text) AS
    CASE WHEN regexp_full_match(
        text, '[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?'
        ' ?(Z|UTC|GMT|[+-](0[0-9]|1[0-5])(:?[0-5][0-9]){0,2})'
    ) THEN TRY_CAST(
        regexp_replace(replace(replace(text, 'UTC', 'Z'), 'GMT', 'Z'), ' (Z|[+-])', '\1') AS TIMESTAMPTZ
    ) END;

-- What the contract's columns of times accept: the first branch is the fast one, and 0001-01-04 has a date in every zone.
-- It must take no text that local_timestamp and offset_timestamp refuse: local_time returns that as it came, not as UTC.
CREATE TEMP MACRO utc_timestamp(text) AS CASE
    WHEN text < '0001-01-04' OR is_zero_date(text) THEN NULL
    WHEN regexp_full_match(
        text, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{6})?)?(Z|[+]00)?)?'
    )
    THEN TRY_CAST(text AS TIMESTAMPTZ)
    ELSE coalesce(local_timestamp(text) AT TIME ZONE 'UTC', offset_timestamp(text))
END;

CREATE TEMP MACRO utc_text(instant) AS strftime(instant AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.%f+00');

-- A local time of a zone as UTC. A text with an offset keeps its offset; empty texts and zero dates give null. A time
-- that a clock change skips or repeats counts as the later of the two it may be. Texts in another order of year, month
-- and day need their format, e.g. '%d.%m.%Y %H:%M'.
CREATE TEMP MACRO zone_time(text, zone) AS list_transform([clean_text(text)], lambda given: CASE
    WHEN given IS NULL OR is_zero_date(given) THEN NULL
    WHEN local_timestamp(given) IS NULL THEN coalesce(utc_text(offset_timestamp(given)), given)
    ELSE coalesce(utc_text(local_timestamp(given) AT TIME ZONE zone), given || ' (no zone)')
END)[1];
CREATE TEMP MACRO local_time
    (text, zone) AS zone_time(text, zone),
    (text, zone, format) AS
        zone_time(coalesce(CAST(try_strptime(clean_text(text), format) AS VARCHAR), clean_text(text)), zone);

-- The same for texts that must carry an offset.
CREATE TEMP MACRO offset_time(text) AS list_transform([clean_text(text)], lambda given: CASE
    WHEN given IS NULL OR is_zero_date(given) THEN NULL
    WHEN local_timestamp(given) IS NOT NULL THEN given || ' (no offset)'
    ELSE coalesce(utc_text(offset_timestamp(given)), given)
END)[1];

-- Numbers with a decimal comma: thousands by points, blanks or apostrophes, the minus before or (SAP) behind. Another
-- point is a decimal point: its row is rejected, since 1.125 in the same column would count as 1125.
CREATE TEMP MACRO comma_number(text) AS list_transform([clean_text(text)], lambda given: CASE
    WHEN regexp_full_match(
        given, '[-+]?([0-9]+|[1-9][0-9]{0,2}(([.][0-9]{3})+|([ ''\x{a0}\x{202f}\x{2019}][0-9]{3})+))?(,[0-9]+)?-?'
    ) AND regexp_matches(given, '[0-9]') AND NOT regexp_full_match(given, '[-+].*-')
    THEN CASE WHEN given LIKE '%-' THEN '-' ELSE '' END
        || replace(regexp_replace(given, '-$|[^-+0-9,]', '', 'g'), ',', '.')
    WHEN contains(given, '.') AND TRY_CAST(given AS DOUBLE) IS NOT NULL THEN given || ' (decimal point)'
    ELSE given
END)[1];

-- Ids that a spreadsheet or an export has decorated: '00123, #1001, 123.0. One in scientific notation stays as it is.
CREATE TEMP MACRO text_id(text) AS
    nullif(regexp_replace(regexp_replace(clean_text(text), '^[''#]', ''), '^([0-9]+)[.]0+$', '\1'), '');

-- The customer; for guests and placeholders a customer of this order alone.
CREATE TEMP MACRO customer_or_guest(customer, "order") AS
    CASE WHEN clean_text(customer) IS NULL
        OR regexp_full_match(lower(clean_text(customer)), '0|-1|guest|unknown|null|none|n/a|nan|anonymous')
    THEN 'guest-' || plain_text("order") ELSE clean_text(customer) END;
