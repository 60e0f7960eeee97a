"""The shop behaves like one: rates, variants, learning, presents, parcels, and a truth that is calibrated."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from shop_simulator import Definition, Shop, simulate
from shop_simulator.behaviour import OVERDUE, Hazards, draw_outcomes, truth_of
from shop_simulator.definition import random_numbers
from shop_simulator.fulfilment import Fulfilment, Parcels
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.seasons import Calendar
from shop_simulator.world import REASONS, SYSTEM

NAMES = [intervention.name for intervention in INTERVENTIONS]


def rate(lines: pd.DataFrame) -> float:
    return float(lines["returned"].mean())


def day(text: str) -> int:
    return int(np.datetime64(text, "D").astype(int))


def test_a_third_of_apparel_and_less_than_a_tenth_of_the_others_comes_back(settled: pd.DataFrame) -> None:
    fashion = settled["department"].isin(["apparel", "shoes"])
    assert rate(settled[settled["department"] == "apparel"]) == pytest.approx(0.31, abs=0.03)
    assert rate(settled[settled["department"] == "shoes"]) == pytest.approx(0.235, abs=0.03)
    assert 0.05 <= rate(settled[~fashion]) <= 0.10


def test_half_of_the_apparel_that_comes_back_does_not_fit(settled: pd.DataFrame) -> None:
    back = settled[settled["returned"] & (settled["department"] == "apparel")]
    assert back["reason"].isin(["too_small", "too_large"]).mean() == pytest.approx(0.5, abs=0.06)


def test_full_carts_come_back_far_more_often(settled: pd.DataFrame) -> None:
    carts = settled.groupby("order_no").agg(size=("basket_lines", "first"), back=("returned", "max"))
    assert carts.loc[carts["size"] > 5, "back"].mean() > 0.7
    assert carts.loc[carts["size"] == 1, "back"].mean() < 0.18
    assert rate(settled[settled["basket_lines"] > 5]) > 2 * rate(settled[settled["basket_lines"] == 1])


def test_half_of_the_returns_are_back_within_eight_to_twelve_days(settled: pd.DataFrame) -> None:
    assert 8 <= settled["delay"].median() <= 12


def test_each_reason_occurs_and_many_tick_other(settled: pd.DataFrame) -> None:
    back = settled[settled["returned"]]
    assert set(back["reason"]) == set(REASONS)
    assert (back["code"] == "other").mean() == pytest.approx(0.27, abs=0.04)
    fits = back[back["reason"] == "too_small"]
    assert (fits["code"] == "too_small").mean() == pytest.approx(0.76, abs=0.05)


def test_of_several_variants_the_customer_mostly_keeps_a_single_variant(shop: Shop) -> None:
    lines, skus = shop.lines, shop.catalogue.skus
    frame = pd.DataFrame(
        {
            "order": lines["order"],
            "style": lines["style"],
            "size": skus["size"][lines["sku"]],
            "colour": skus["colour"][lines["sku"]],
            "back": lines["returned_if"][:, 0],
        }
    )
    things = frame.groupby(["order", "style"]).agg(
        lines=("size", "size"), sizes=("size", "nunique"), colours=("colour", "nunique"), back=("back", "sum")
    )
    pairs = things[(things["lines"] == 2) & ((things["sizes"] == 2) ^ (things["colours"] == 2))]
    assert len(pairs) > 500
    assert (pairs["back"] == 1).mean() > 0.6
    assert (pairs["sizes"] == 2).mean() > (pairs["colours"] == 2).mean() > 0.1


def test_who_kept_a_size_orders_it_again(shop: Shop) -> None:
    lines = shop.lines
    buyer = shop.orders["customer"][lines["order"]]
    system = SYSTEM[shop.catalogue.styles["category"][lines["style"]]]
    size = shop.catalogue.skus["size"][lines["sku"]]
    frame = pd.DataFrame({"buyer": buyer, "system": system, "size": size, "back": lines["returned"]})
    sized = frame[frame["system"] < 3]
    before = sized.groupby(["buyer", "system"])["size"].shift()
    kept = sized.groupby(["buyer", "system"])["back"].shift() == False  # noqa: E712 - the first has none
    returned = sized.groupby(["buyer", "system"])["back"].shift() == True  # noqa: E712
    same = sized["size"] == before
    assert same[kept].mean() > 0.6
    assert same[kept].mean() > same[returned].mean() + 0.15


def test_customers_learn_their_size() -> None:
    shop = simulate(Definition(seed=3, lines_per_day=150), date(2026, 3, 2))
    lines, skus = shop.lines, shop.catalogue.skus
    buyer = shop.orders["customer"][lines["order"]]
    system = SYSTEM[shop.catalogue.styles["category"][lines["style"]]]
    frame = pd.DataFrame(
        {
            "buyer": buyer,
            "system": system,
            "order": lines["order"],
            "style": lines["style"],
            "off": np.abs(skus["size"][lines["sku"]] - shop.customers["body"][buyer, system]),
        }
    )
    plain = frame[(frame["system"] < 3) & ~lines["gift"] & ~frame.duplicated(["order", "style"], keep=False)]
    turn = plain.groupby(["buyer", "system"]).cumcount()
    regular = plain.groupby(["buyer", "system"])["off"].transform("size") >= 6
    assert plain.loc[regular & (turn >= 8), "off"].mean() < 0.92 * plain.loc[regular & (turn == 0), "off"].mean()


def test_two_orders_on_one_day_are_two(shop: Shop) -> None:
    assert (
        shop.customers["orders"].tolist()
        == np.bincount(shop.orders["customer"], minlength=len(shop.customers)).tolist()
    )


def test_reasons_have_the_very_probability_that_the_clocks_give_them() -> None:
    count = 400_000
    hazard_alone = np.array([0.3, 0.05, 0.0, 0.2, 1.2, 0.4, 0.8, 0.1])
    surplus = np.array([1.5, 0.0, 0.0, 0.0, 0.0, 0.6, 0.0, 0.0])
    pair = np.tile(np.arange(0, count, 2)[:, None], (1, 2)).ravel()
    hazards = Hazards(
        single=np.tile(hazard_alone, (count, 1)),
        surplus=np.tile(surplus, (count, 1)),
        head=pair,
        favoured=np.full(count, 0.5),
        fit=np.zeros(count),
        effect=np.zeros((count, len(NAMES), len(REASONS))),
        parcels=Parcels(np.ones((count, 1)), np.full(count, 0.4), np.full(count, 0.3)),
    )
    rng = np.random.default_rng(5)
    never = np.full(count, np.datetime64("NaT", "s"))
    way = Fulfilment(never, never, never, never, np.zeros(count, int), rng.random(count) < 0.4, rng.random(count) < 0.3)
    outcomes = draw_outcomes(rng, hazards, way)
    probability = truth_of(hazards).reasons[0] / (1 - OVERDUE)
    for number, reason in enumerate(REASONS):
        met = (outcomes.returned[:, 0] & (outcomes.reason[:, 0] == number)).mean()
        assert probability[number] == pytest.approx(met, abs=4 * (probability[number] / count) ** 0.5 + 1e-9), reason


def test_a_kept_article_is_bought_again_and_rarely_returned(shop: Shop, truth: pd.DataFrame) -> None:
    known = shop.lines["known"]
    assert 0.02 < known.mean() < 0.15
    assert truth.loc[known, "probability"].mean() < 0.5 * truth.loc[~known, "probability"].mean()


def test_customers_leave_and_others_come(shop: Shop) -> None:
    customers = shop.customers
    assert 0.1 < (customers["activity"] == 0).mean() < 0.7
    late = customers["registered"] >= np.datetime64(shop.definition.start)
    assert 0.2 < late.mean() < 0.7


def test_nothing_is_delivered_on_sundays_and_public_holidays(shop: Shop) -> None:
    lines = shop.lines
    sent = ~np.isnat(lines["shipped"])
    delivered = lines["delivered"][sent].astype("M8[D]")
    assert (delivered.astype(int) % 7 != 3).all()
    german = shop.orders["market"][lines["order"][sent]] == 0
    assert not np.isin(delivered[german], np.array(["2024-12-25", "2025-10-03"], "M8[D]")).any()
    calendar = Calendar(2025)
    assert calendar.on_or_after(np.array([day("2025-12-25")]), np.array([0])) == day("2025-12-27")
    assert calendar.on_or_before(np.array([day("2025-05-01")]), np.array([3])) == day("2025-04-30")


def test_late_and_damaged_parcels_depend_on_the_carrier(shop: Shop) -> None:
    late = pd.Series(shop.lines["late"]).groupby(shop.lines["carrier"]).mean()
    assert late[1] > 1.5 * late[0]
    damaged = (shop.lines["reason_if"][:, 0] == REASONS.index("damaged")) & shop.lines["returned_if"][:, 0]
    rates = pd.Series(damaged).groupby(shop.lines["carrier"]).mean()
    assert rates[1] > 1.5 * rates[0]


def test_christmas_presents_come_back_after_the_feast(shop: Shop) -> None:
    returns, lines = shop.returns, shop.lines
    gift = returns["reason"] == REASONS.index("gift")
    ordered = shop.orders["ordered"][lines["order"][returns["line"]]].astype("M8[D]")
    december = gift & (ordered >= np.datetime64("2025-12-05")) & (ordered < np.datetime64("2025-12-20"))
    received = returns["received"][december].astype("M8[D]")
    assert len(received) > 10
    assert (received >= np.datetime64("2025-12-27")).mean() > 0.8


def test_a_return_fee_and_a_short_window_make_returns_rarer(settled: pd.DataFrame) -> None:
    rates = settled.groupby("market", observed=True)["returned"].mean()
    assert rates["FR"] < 0.85 * rates["DE"]
    assert rates["PL"] < rates["DE"]


def test_the_old_model_comes_back_when_the_new_one_is_announced(shop: Shop, truth: pd.DataFrame) -> None:
    styles = shop.catalogue.styles
    left = styles["successor_on"][shop.lines["style"]] - (truth["ordered_on"].astype("int64") // 86_400).to_numpy()
    renewed = styles["successor_on"][shop.lines["style"]] >= 0
    regret = truth["probability_changed_mind"]
    assert regret[renewed & (left > 0) & (left <= 14)].mean() > 1.2 * regret[renewed & (left > 60)].mean()
    assert (styles["generation"] > 1).sum() > 5


def test_a_further_draw_in_one_room_changes_nothing_in_the_others() -> None:
    definition = Definition(seed=1)
    item, two = (random_numbers(definition, "orders", 20_000) for _ in range(2))
    item.random()
    assert random_numbers(definition, "baskets", 20_000).random() != two.random()
    assert (
        random_numbers(definition, "orders", 20_000).random() == random_numbers(definition, "orders", 20_000).random()
    )
    assert (
        random_numbers(definition, "orders", 20_001).random() != random_numbers(definition, "orders", 20_000).random()
    )
