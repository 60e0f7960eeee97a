"""The macros of every SELECT: what can be read becomes UTC, plain numbers and ids; the rest stays as it is."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from returns_risk.config.params import SourceParams
from returns_risk.sources.connection import connect

local = datetime.fromisoformat
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "UTC"]


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    """Call a macro with texts."""
    folder = tmp_path_factory.mktemp("raw")
    with connect(SourceParams(name="shop", raw=folder, time_zone="UTC"), folder) as session:
        session.connection.execute("CREATE TEMP MACRO contract_time(text) AS utc_text(utc_timestamp(text))")

        def call(name, *values):
            signs = ", ".join("?" * len(values))
            return session.connection.execute(f"SELECT {name}({signs})", values).fetchall()[0][0]

        yield call


def utc(moment):
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")


@given(
    at=st.datetimes(local("2000-01-01 00:00"), local("2030-01-01 00:00")),
    zone=st.sampled_from(ZONES),
    sign=st.sampled_from("T "),
)
@example(local("2026-03-29 02:30"), "Europe/Berlin", " ")
@example(local("2026-10-25 02:30"), "Europe/Berlin", " ")
@example(local("2026-10-04 02:10"), "Australia/Lord_Howe", "T")
@example(local("2026-04-05 01:45"), "Australia/Lord_Howe", "T")
def test_a_local_time_is_utc_and_the_later_of_two_where_clocks_change(call, at, zone, sign):
    moments = [at.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1)]
    expected = max(moment.astimezone(UTC) for moment in moments)
    assert call("local_time", at.isoformat(sign), zone) == utc(expected)
    if at.microsecond == 0:
        assert call("local_time", at.strftime(f"%d.%m.%Y{sign}%H:%M:%S"), zone, f"%d.%m.%Y{sign}%H:%M:%S") == utc(
            expected
        )


@given(
    at=st.datetimes(local("1971-01-01 00:00"), local("2100-01-01 00:00")),
    minutes=st.integers(-15 * 60, 15 * 60),
    form=st.sampled_from(["{:+03d}:{:02d}", "{:+03d}{:02d}", " {:+03d}:{:02d}", " {:+03d}{:02d}"]),
    sign=st.sampled_from("T "),
)
def test_an_offset_is_kept_in_each_of_its_forms(call, at, minutes, form, sign):
    hours, rest = divmod(abs(minutes), 60)
    offset = form.format(hours, rest)
    if minutes < 0:
        offset = offset.replace("+", "-")
    text = at.isoformat(sign) + offset
    expected = utc(at.replace(tzinfo=timezone(timedelta(minutes=minutes))))
    assert call("offset_time", text) == call("local_time", text, "Asia/Tokyo") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-10-07 09:50:26+02", "2025-10-07 07:50:26.000000+00"),
        ("2025-10-07 09:50:26 -05", "2025-10-07 14:50:26.000000+00"),
        ("2025-10-07T09:50Z", "2025-10-07 09:50:00.000000+00"),
        ("2025-10-07T09:50:26.5 UTC", "2025-10-07 09:50:26.500000+00"),
        ("2025-10-07 09:50:26 GMT", "2025-10-07 09:50:26.000000+00"),
        (" 2025/10/07 9:50+0200\t", "2025-10-07 07:50:00.000000+00"),
    ],
)
def test_offsets_are_read_as_systems_write_them(call, text, expected):
    assert call("offset_time", text) == call("local_time", text, "Asia/Tokyo") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-10-07", "2025-10-06 22:00:00.000000+00"),
        ("2025-1-7 9:05", "2025-01-07 08:05:00.000000+00"),
        (local("2025-10-07 09:50"), "2025-10-07 07:50:00.000000+00"),
        (datetime(2025, 10, 7, 9, 50, tzinfo=UTC), "2025-10-07 09:50:00.000000+00"),
    ],
)
def test_dates_and_typed_values_are_local_times_too(call, text, expected):
    assert call("local_time", text, "Europe/Berlin") == expected


@given(
    st.text(st.characters(exclude_categories=["Nd", "Cs"]), min_size=1).filter(lambda t: t.strip(" \t\r\n\xa0-./:T"))
)
@example("epoch")
@example("infinity")
@example("2025-02-30")
@example("25-10-07 09:50")
@example("2025-10-07 09:50:26 BST")
@example("2025-10-07 09:50:26 unknown")
@example("2025-10-07 09:50:26-99:00")
@example("2025-10-07 10:00 2025-10-08")
def test_what_is_no_time_stays_as_it_is(call, text):
    assert call("local_time", text, "Europe/Berlin") == call("offset_time", text) == text.strip(" \t\r\n\xa0")


def test_a_time_without_the_offset_or_zone_it_needs_is_marked(call):
    assert call("offset_time", "2025-10-07 09:50") == "2025-10-07 09:50 (no offset)"
    assert call("local_time", "2025-10-07 09:50", None) == "2025-10-07 09:50 (no zone)"


NUMBERS = st.sampled_from(["7", "07", "007", "+7", " 7"])
SIGNS = st.sampled_from(["-", "/", ":", ".", " "])


@given(
    date=st.tuples(st.just("2026"), SIGNS, NUMBERS, SIGNS, NUMBERS).map("".join),
    gap=st.sampled_from([" ", "  ", "\t", "T"]),
    time=st.tuples(NUMBERS, SIGNS, NUMBERS, st.sampled_from(["", ":7", ":07"])).map("".join),
    offset=st.sampled_from(["", "Z", "+00", " +00"]),
)
@example("2026-07-09", " ", "10:5", "")
@example("2026-07-09", " ", "10:05:7", "")
@example("2026-07-09", "  ", "1:05:07", "")
@example("2026-07-09", "\t", "10:05:07", "")
def test_a_time_that_a_macro_does_not_read_is_not_taken_for_utc(call, date, gap, time, offset):
    text = date + gap + time + offset
    for result in (call("local_time", text, "Asia/Kolkata"), call("offset_time", text)):
        assert len(result) == len("2026-07-09 10:05:07.000000+00") or call("contract_time", result) is None


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "00000000",
        "00.00.0000",
        "0001-01-01T00:00:00",
        "1753-01-01 00:00:00.000",
        "1899-12-30",
        "1899-12-31 00:00",
        "1900-01-01T00:00:00Z",
        "1970-01-01 00:00:00+00:00",
        "1970-01-01 00:00:00 +0000",
        "1990-12-31",
        "9999-12-31 23:59:59",
    ],
)
def test_empty_texts_and_zero_dates_are_null(call, text):
    assert call("local_time", text, "Europe/Berlin") is None
    assert call("offset_time", text) is None


def test_a_time_of_a_zero_date_is_a_time(call):
    assert call("local_time", "1990-12-31 14:05", "UTC") == "1990-12-31 14:05:00.000000+00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u202f234\u202f567,5", "1234567.5"),
        ("1'234,50", "1234.50"),
        ("12,5", "12.5"),
        ("1.234", "1234"),
        ("-0,99", "-0.99"),
        ("12,50-", "-12.50"),
        ("7", "7"),
        ("12.50", "12.50 (decimal point)"),
        ("0.125", "0.125 (decimal point)"),
        ("-0.500", "-0.500 (decimal point)"),
        ("012.345", "012.345 (decimal point)"),
        ("0 125", "0 125"),
        ("1,234.56", "1,234.56"),
        ("12,50 EUR", "12,50 EUR"),
        ("1.23,4", "1.23,4"),
        ("-", "-"),
        ("", None),
        (None, None),
    ],
)
def test_numbers_with_a_decimal_comma(call, text, expected):
    assert call("comma_number", text) == expected


@given(st.decimals(-(10**9), 10**9, places=2))
def test_a_number_written_the_german_way_is_read_back(call, number):
    german = f"{number:,.2f}".translate(str.maketrans(",.", ".,"))
    assert call("comma_number", german) == f"{number:.2f}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#1001", "1001"),
        ("'00123", "00123"),
        ("123.0", "123"),
        ("X1.0", "X1.0"),
        (" 7 ", "7"),
        ("1.23E+11", "1.23E+11"),
        (123.0, "123"),
        ("#", None),
        (None, None),
    ],
)
def test_ids_lose_what_a_spreadsheet_added(call, text, expected):
    assert call("text_id", text) == expected


@pytest.mark.parametrize(
    "customer", [None, "", " ", "0", "-1", "Guest", "UNKNOWN ", "null", "None", "n/a", "NaN", "Anonymous", 0]
)
def test_each_order_of_a_guest_is_a_customer_of_its_own(call, customer):
    assert call("customer_or_guest", customer, 7) == "guest-7"


def test_a_customer_stays(call):
    assert call("customer_or_guest", " anna ", 7) == "anna"
