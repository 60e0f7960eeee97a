"""Names in the policy are checked against those in the shop's tables."""

from pathlib import Path

import pytest

from returns_risk.decision import (
    TableNames,
    UnknownName,
    find_unknown_names,
    find_unlisted_markets,
    missing_kinds,
    read_names,
    require_rates,
)
from returns_risk.errors import ParamsError, SourceError
from tests.decision.conftest import make_policy
from tests.small_tables import write_small_tables

TERMS = {"return_window_days": 30, "delivery_days": 4, "grace_days": 4}
COSTS = {"handling": 10.0, "markdown": 0.1, "margin": 0.5}
EFFECT = {"expected": 0.5, "low": 0.25, "high": 0.75}
ACTION = {"level": "sku", "reasons": ["quality"], "effect": 0.5, "cost": 6.0, "min_lines": 4, "min_excess": 1.2}


@pytest.fixture
def known(tmp_path):
    return read_names(write_small_tables(tmp_path))


def make_misspelt():
    """A policy with one wrong name in each place where it names something."""
    return make_policy(
        markets={"DE": TERMS, "FRR": TERMS},
        money={"currency": "EUR", "rates": {"GBP": 1.15}, "markets": {"D": "EUR"}},
        costs={
            "default": COSTS,
            "markets": {"DD": COSTS},
            "lanes": {"LEJ1": {"FX": {"shipping": 1.0}}, "LEI1": {"DE": {"shipping": 1.0}}},
        },
        interventions={
            "check": {
                "cost": 0.5, "capacity": 1,
                "effect": {"qualty": EFFECT, "too_small": EFFECT, "any": EFFECT},
                "capacity_by": {"warehouse": {"lej1": 1}, "market": {"AT": 1}},
                "markets": ["DE", "de"], "categories": ["head phones"],
                "roll_out_by": {"market": {"F": 0.5}, "category": {"pet_feeders": "shadow"}},
            }
        },
        sku_actions={"mend": ACTION | {"reasons": ["quality", "toosmall"]}},
        languages={"markets": {"AUT": "de"}},
    )  # fmt: skip


def test_every_place_that_names_something_is_compared(known):
    unknown = [(name.key, name.kind, name.name, name.nearest) for name in find_unknown_names(make_misspelt(), known)]
    assert unknown == [
        ("markets", "market", "FRR", "FR"),
        ("money.markets", "market", "D", "DE"),
        ("costs.markets", "market", "DD", None),
        ("costs.lanes", "warehouse", "LEI1", "LEJ1"),
        ("costs.lanes.LEJ1", "market", "FX", None),
        ("interventions.check.effect", "reason", "qualty", "quality"),
        ("interventions.check.capacity_by.warehouse", "warehouse", "lej1", "LEJ1"),
        ("interventions.check.capacity_by.market", "market", "AT", None),
        ("interventions.check.markets", "market", "de", "DE"),
        ("interventions.check.categories", "category", "head phones", "headphones"),
        ("interventions.check.roll_out_by.market", "market", "F", "FR"),
        ("interventions.check.roll_out_by.category", "category", "pet_feeders", "pet feeders"),
        ("sku_actions.mend.reasons", "reason", "toosmall", "too_small"),
        ("languages.markets", "market", "AUT", None),
    ]


def test_names_are_counted_by_kind_and_rows_that_name_nothing_are_no_name(known):
    assert known["market"] == TableNames("order_lines", 4, {"DE": 2, "FR": 1})
    assert known["reason"] == TableNames("returns", 3, {"too_small": 1, "quality": 1})
    assert known["category"].names == {"headphones": 1, "pet feeders": 1}


def test_a_right_policy_has_no_unknown_name(known):
    assert find_unknown_names(make_policy(), known) == []
    assert missing_kinds(make_policy(), known) == []


def test_markets_of_the_tables_without_terms_are_found(known):
    policy = make_policy(markets={"de": TERMS, "FR": TERMS})
    assert find_unlisted_markets(policy, known) == [UnknownName("markets", "market", "DE", "de")]
    assert find_unlisted_markets(make_policy(markets={}), known) == []


def test_a_kind_without_a_column_is_reported_once(tmp_path):
    known = read_names(write_small_tables(tmp_path, market=None, warehouse=None))
    assert {name.kind for name in find_unknown_names(make_misspelt(), known)} == {"category", "reason"}
    assert missing_kinds(make_misspelt(), known) == ["market", "warehouse"]
    assert missing_kinds(make_policy(), known) == []


def test_a_currency_that_lines_are_in_needs_a_rate(known, tmp_path):
    require_rates(make_policy(), known, Path("policy.yaml"))
    without = make_policy(money={"currency": "EUR"})
    with pytest.raises(ParamsError, match=r"^policy\.yaml: money\.rates: GBP is missing, 1 of 4 lines are in it\. Say"):
        require_rates(without, known, Path("policy.yaml"))
    others = read_names(write_small_tables(tmp_path, currency=["CHF", "CHF", "PLN", "EUR"]))
    with pytest.raises(ParamsError, match=r"CHF is missing \(and 1 more\), 2 of 4 lines"):
        require_rates(without, others, Path("policy.yaml"))
    require_rates(without, read_names(write_small_tables(tmp_path, currency=None)), Path("policy.yaml"))


def test_a_table_that_is_missing_or_none_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"order_lines\.parquet: cannot be read as Parquet"):
        read_names(tmp_path)
    write_small_tables(tmp_path)
    (tmp_path / "returns.parquet").write_text("none")
    with pytest.raises(SourceError, match=r"returns\.parquet: cannot be read as Parquet"):
        read_names(tmp_path)


def test_an_unknown_name_has_its_key_in_the_policy(known):
    policy = make_policy(markets={"FRR": TERMS})
    assert find_unknown_names(policy, known) == [UnknownName("markets", "market", "FRR", "FR")]
