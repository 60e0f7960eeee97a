"""Seasons, and changes of the shop from a date on."""

from datetime import date

import numpy as np

from shop_simulator import Definition, simulate
from shop_simulator.catalogue import BRAND_NAMES, NEW_BRAND
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.seasons import gift_share, sale_depth
from shop_simulator.world import CATEGORIES, MARKETS

NAMES = [intervention.name for intervention in INTERVENTIONS]


def day(text: str) -> int:
    return int(np.datetime64(text, "D").astype(int))


def test_seasons_have_their_days_in_each_market() -> None:
    codes = [market.code for market in MARKETS]
    assert dict(zip(codes, sale_depth(day("2026-01-05")), strict=True))["FR"] == 0
    assert dict(zip(codes, sale_depth(day("2026-01-15")), strict=True))["FR"] == 0.4
    assert dict(zip(codes, gift_share(day("2025-11-14")), strict=True)) == {
        "DE": 0,
        "AT": 0,
        "NL": 0.32,
        "FR": 0,
        "PL": 0,
    }
    assert gift_share(day("2025-06-20")).max() == 0


def test_a_new_brand_comes_on_its_day_and_disappoints() -> None:
    definition = Definition(seed=2, start=date(2025, 9, 1), lines_per_day=200, drifts=(("new_brand", "2025-11-03"),))
    shop = simulate(definition, date(2026, 1, 5))
    new = shop.catalogue.styles["brand"][shop.lines["style"]] == BRAND_NAMES.index(NEW_BRAND)
    ordered = shop.orders["ordered"][shop.lines["order"]]
    assert ordered[new].min() >= np.datetime64("2025-11-03")
    apparel = np.array([group.department == "apparel" for group in CATEGORIES])[
        shop.catalogue.styles["category"][shop.lines["style"]]
    ]
    assert new.sum() > 200
    assert shop.lines["probability"][new].mean() > 1.2 * shop.lines["probability"][apparel & ~new].mean()


def test_a_new_season_and_a_new_fee_change_the_shop_from_their_day_on() -> None:
    start, until = date(2025, 9, 1), date(2026, 1, 5)
    plain = simulate(Definition(2, start, 100), until)
    for kind in ("new_season", "policy_change"):
        changed = simulate(Definition(2, start, 100, drifts=((kind, "2025-11-03"),)), until)
        before = int((plain.orders["ordered"][plain.lines["order"]] < np.datetime64("2025-11-03")).sum())
        assert np.array_equal(plain.lines["sku"][:before], changed.lines["sku"][:before])
        assert not np.array_equal(plain.lines["probability"][before:], changed.lines["probability"][before:])
        if kind == "new_season":
            news = changed.catalogue.styles["launched"] == day("2025-11-03")
            assert news.sum() > 5 * (plain.catalogue.styles["launched"] == day("2025-11-03")).sum()
        else:
            german = changed.orders["market"][changed.lines["order"][before:]] == 0
            previous = plain.orders["market"][plain.lines["order"][before:]] == 0
            assert (
                changed.lines["probability"][before:][german].mean()
                < plain.lines["probability"][before:][previous].mean()
            )
