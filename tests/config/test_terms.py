"""Return windows by day of order and time zones of markets are read strictly."""

from datetime import date

import pytest
import yaml
from pydantic import ValidationError

from returns_risk.config.policy import MarketPolicy, Policy, load_policy
from returns_risk.errors import ParamsError

HOLIDAYS = "{from: 11-01, to: 12-31, until: 01-31}"


def terms(*windows: str, zone: str | None = None) -> MarketPolicy:
    base = {"return_window_days": 14, "delivery_days": 2, "grace_days": 1}
    zones = {} if zone is None else {"time_zone": zone}
    return MarketPolicy.model_validate(base | {"windows": [yaml.safe_load(text) for text in windows]} | zones)


@pytest.mark.parametrize(
    ("window", "periods"),
    [
        (HOLIDAYS, [(date(2025, 11, 1), date(2025, 12, 31), date(2026, 1, 31))]),
        ("{from: 12-20, to: 01-06, until: 01-31}", [(date(2025, 12, 20), date(2026, 1, 6), date(2026, 1, 31))]),
        ("{from: 2024-11-01, to: 2024-12-24, until: 2025-01-15}",
         [(date(2024, 11, 1), date(2024, 12, 24), date(2025, 1, 15))]),
        ("{from: 11-01, to: 02-28, until: 02-28}", [(date(2023, 11, 1), date(2024, 2, 29), date(2024, 2, 29))]),
        ("{from: 11-01, to: 12-31, until: 07-01}", [(date(2023, 11, 1), date(2023, 12, 31), date(2024, 7, 1))]),
        ("{from: 2023-01-01, to: 2024-06-30, return_window_days: 30}", [(date(2023, 1, 1), date(2024, 6, 30), None)]),
    ],
)  # fmt: skip
def test_a_window_holds_every_year_or_once(window, periods):
    year = periods[0][0].year
    assert terms(window).windows[0].periods(year, year) == periods


@pytest.mark.parametrize(
    ("windows", "finding"),
    [
        (["{from: 11-01, to: 12-31}"], "say until which day or for how many return_window_days"),
        (["{from: 11-01, to: 2025-12-31, until: 01-31}"], "all a day of every year"),
        (["{from: 2025-12-31, to: 2025-11-01, until: 2026-01-31}"], "not in this order"),
        (["{from: 2025-11-01, to: 2025-12-31, until: 2025-12-30}"], "not in this order"),
        (["{from: 1.11., to: 31.12., until: 31.01.}"], "write a day of every year as 11-01, or a date as 2025-11-01"),
        (["{from: 02-29, to: 03-01, until: 04-01}"], "write 02-28 for the end of February"),
        (["{from: 11-01, to: 12-31, until: 11-15}"], "until is more than 183 days after to"),
        (["{from: 11-01, to: 12-31, return_window_days: 2147483648}"], "less than or equal to 3650"),
        (["{from: 11-01, to: 12-31, return_window_days: '30'}"], "valid integer"),
        (["{from: 11-01, to: 12-31, return_window_days: true}"], "a number is expected"),
        (["{from: 0025-11-01, to: 2025-12-31, until: 2026-01-31}"], "the year is not between 2000 and 2199"),
        (["{from: 11-01, to: 12-31, till: 01-31}"], "Extra inputs are not permitted"),
        ([HOLIDAYS, "{from: 12-24, to: 12-26, until: 02-15}"], "two windows with until hold for orders of 2000-12-24"),
        ([HOLIDAYS, "{from: 2025-12-24, to: 2026-03-01, until: 2026-04-01}"], "hold for orders of 2025-12-24"),
        (["{from: 12-01, to: 01-10, until: 02-01}", "{from: 01-10, to: 01-20, until: 02-20}"], "hold for orders of"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(windows, finding):
    with pytest.raises(ValidationError, match=finding):
        terms(*windows)


@pytest.mark.parametrize("days", [3651, "30", 30.0])
@pytest.mark.parametrize("name", ["return_window_days", "delivery_days", "grace_days"])
def test_days_are_whole_numbers_of_at_most_ten_years(name, days):
    good = {"return_window_days": 3650, "delivery_days": 0, "grace_days": 3650}
    assert MarketPolicy.model_validate(good)
    with pytest.raises(ValidationError, match=name):
        MarketPolicy.model_validate(good | {name: days})


def test_two_windows_until_and_after_february_hold_for_all_days_of_a_leap_year():
    early, late = terms(
        "{from: 01-01, to: 02-28, return_window_days: 20}", "{from: 03-01, to: 12-31, return_window_days: 30}"
    ).windows
    assert early.periods(2024, 2024)[0][1] == date(2024, 2, 29)
    assert late.periods(2024, 2024)[0][0] == date(2024, 3, 1)


def test_another_length_and_a_holiday_may_hold_for_the_same_orders():
    both = terms(HOLIDAYS, "{from: 2020-01-01, to: 2024-06-30, return_window_days: 30}")
    assert [window.is_yearly for window in both.windows] == [True, False]


def test_a_refusal_names_file_and_key(spoil):
    file = spoil("policy.yaml", "grace_days: 5}", "grace_days: 5, windows: [{from: 11-31, to: 12-31, until: 01-31}]}")
    expected = r"policy\.yaml: markets\.FR\.windows\.0\.from: write a day of every year as 11-01.*, found '11-31'\."
    with pytest.raises(ParamsError, match=expected):
        load_policy(file)


def test_windows_and_zones_are_terms_and_without_them_the_hash_of_the_terms_stays():
    plain = Policy(default=terms(), markets={"PT": terms()})
    assert plain.terms_sha256[:16] == "3d75732f87f15b32"
    others = [
        Policy(default=terms(HOLIDAYS), markets={"PT": terms()}),
        Policy(default=terms(), markets={"PT": terms(zone="Europe/Lisbon")}),
    ]
    assert len({policy.terms_sha256 for policy in [plain, *others]}) == 3
    assert [Policy.model_validate_json(policy.model_dump_json()) for policy in others] == others


def test_a_market_may_have_a_time_zone_and_the_default_is_the_shops():
    assert Policy(default=terms(), markets={"PT": terms(zone="Europe/Lisbon"), "ES": terms()}).time_zones == {
        "PT": "Europe/Lisbon"
    }
    with pytest.raises(ValidationError, match="no time zone; use an IANA name such as Europe/Lisbon"):
        terms(zone="Europe/Lissabon")
    with pytest.raises(ValidationError, match=r"source\.time_zone in params\.yaml"):
        Policy(default=terms(zone="Europe/Lisbon"), markets={})
