"""The shop behaves like one: rates, pairs of sizes, delays, and a risk that can be learnt."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from returns_risk.simulate import Shop, simulate_shop
from returns_risk.simulate.catalogue import Catalogue, draw_catalogue
from returns_risk.simulate.seasons import gift_season, sale_depth
from returns_risk.simulate.world import Flags, Floats
from returns_risk.sources import Source

APPAREL_AND_SHOES = ["dresses", "jeans", "shirts", "knitwear", "jackets", "shoes", "sneakers"]


def rate(lines: pd.DataFrame) -> float:
    return float(lines["returned"].mean())


def test_a_third_of_apparel_and_shoes_and_a_tenth_of_the_rest_comes_back(settled: pd.DataFrame) -> None:
    rates = settled.groupby("category")["returned"].mean()
    assert rates[APPAREL_AND_SHOES].between(0.22, 0.42).all()
    assert rates[["bags", "accessories"]].between(0.04, 0.15).all()
    assert rate(settled[settled["category"].isin(APPAREL_AND_SHOES)]) == pytest.approx(0.31, abs=0.04)


def test_of_two_sizes_of_one_item_mostly_exactly_one_comes_back(settled: pd.DataFrame) -> None:
    pairs = settled.groupby(["order_id", "style", "colour"]).agg(
        lines=("line_id", "size"), sizes=("size", "nunique"), returned=("returned", "sum")
    )
    pairs = pairs[(pairs["lines"] == 2) & (pairs["sizes"] == 2)]
    assert len(pairs) / len(settled) == pytest.approx(0.06, abs=0.02)
    assert (pairs["returned"] == 1).mean() > 0.7


def test_half_of_the_returns_are_back_within_seven_to_thirteen_days(source: Source) -> None:
    back = source.tables["returns"].merge(source.tables["order_lines"], on="line_id", validate="one_to_one")
    delay = (back["returned_at"] - back["delivered_at"]).dt.days
    assert 7 <= delay.median() <= 13


def test_invoices_full_prices_and_full_baskets_come_back_more(settled: pd.DataFrame) -> None:
    lines = settled.assign(basket=settled.groupby("order_id")["line_id"].transform("size"))
    reduced = lines["unit_price"] < 0.75 * lines["list_price"]
    assert rate(lines[lines["payment_method"] == "invoice"]) > rate(lines[lines["payment_method"] != "invoice"])
    assert rate(lines[~reduced]) > rate(lines[reduced])
    assert rate(lines[lines["basket"] >= 4]) > rate(lines[lines["basket"] == 1])


def test_all_reasons_and_conditions_occur_and_many_give_no_reason(source: Source) -> None:
    returns = source.tables["returns"]
    reasons = returns["reason"].value_counts(normalize=True)
    assert len(reasons) == 8
    assert reasons["other"] > 0.15
    assert sorted(returns["condition"].unique()) == ["damaged", "new", "worn"]


def test_about_two_in_a_hundred_lines_are_cancelled_and_customers_opted_out(source: Source) -> None:
    assert source.tables["order_lines"]["cancelled_at"].notna().mean() == pytest.approx(0.02, abs=0.007)
    assert source.tables["customers"]["opted_out"].mean() == pytest.approx(0.02, abs=0.01)


def test_who_knew_the_truth_would_rank_well_but_not_perfectly(shop: Shop) -> None:
    assert 0.75 <= _auc(shop.risk.probability, shop.returned) <= 0.80


def _auc(score: Floats, truth: Flags) -> float:
    """Return the share of pairs of a returned and a kept line that the score orders rightly."""
    ranks = np.argsort(np.argsort(score, kind="stable"), kind="stable") + 1
    returned = truth.sum()
    return float((ranks[truth].sum() - returned * (returned + 1) / 2) / (returned * (len(truth) - returned)))


def test_the_true_risk_is_calibrated(shop: Shop) -> None:
    middle = (shop.risk.probability > 0.3) & (shop.risk.probability < 0.4)
    assert shop.returned[middle].mean() == pytest.approx(shop.risk.probability[middle].mean(), abs=0.03)


def test_a_pair_of_sizes_is_one_item_in_two_sizes(shop: Shop) -> None:
    lines = shop.orders.lines
    second = np.flatnonzero(lines.second_size)
    assert len(second) > 0
    for same in (lines.order, lines.style, lines.colour):
        assert (same[second] == same[second - 1]).all()
    assert (np.abs(lines.size[second] - lines.size[second - 1]) == 1).all()


def test_a_cancelled_line_has_no_return(shop: Shop) -> None:
    cancelled = ~np.isnat(shop.fulfilment.cancelled)
    assert cancelled.any()
    assert not cancelled[shop.returns.line].any()


def test_a_further_draw_in_one_room_changes_nothing_in_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw_one_more(rng: np.random.Generator, styles: int, start: np.datetime64, days: int) -> Catalogue:
        catalogue = draw_catalogue(rng, styles, start, days)
        rng.random()
        return catalogue

    before = simulate_shop(1, date(2026, 3, 2), days=60, lines=1_000)
    monkeypatch.setattr("returns_risk.simulate.shop.draw_catalogue", draw_one_more)
    after = simulate_shop(1, date(2026, 3, 2), days=60, lines=1_000)
    assert [name for name in before if not before[name].equals(after[name])] == []


def test_seasons_have_their_days() -> None:
    days = np.array(["2025-01-01", "2025-01-15", "2025-11-20", "2025-12-23", "2025-12-24"], dtype="datetime64[s]")
    assert sale_depth(days).tolist() == [0.0, 0.3, 0.25, 0.0, 0.0]
    assert gift_season(days).tolist() == [False, False, True, True, False]
