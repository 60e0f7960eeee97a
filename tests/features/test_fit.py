"""Sizes and fit: plain Python gives the same columns, nothing later touches them, and what is learnt makes sense."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.contract.days import day_number
from returns_risk.features import FeatureSet
from returns_risk.features.fit_definitions import FitDefinition
from returns_risk.features.fit_lines import starting_values
from returns_risk.features.size_systems import find_systems
from returns_risk.snapshot import Rows, Shop
from tests.features.plain_fit import expected_fit
from tests.random_shops import AS_OFS, FIRST, LAST, POLICY, ZONE, random_shops, times

PRODUCTS = pd.DataFrame(
    {
        "sku": pd.Series(["s1", "s2", "s3"], dtype="str"),
        "style": pd.Series(["x", "x", "y"], dtype="str"),
        "size": pd.Series(["M", "L", "L"], dtype="str"),
    }
)
DEFINITION = FitDefinition.model_validate(
    {
        "kind": "fit",
        "entity": "fit",
        "meaning": "size and fit",
        "offsets": [{"key": ["style"], "variance": 0.3}, {"key": ["sku", "market"], "variance": 0.1}],
        "tolerances": [{"key": ["customer_id"], "variance": 0.1}],
        "too_small": ["small"],
        "too_large": ["large"],
        "parameters": {"drift": 0.0, "low": 1.0, "high": 1.2},
    }
)
FIT = FeatureSet(definitions=(DEFINITION,))


@st.composite
def sized_shops(draw):
    """Random shops that have products with sizes, some without reasons."""
    shop = draw(random_shops())
    returns = shop.tables["returns"]
    if draw(st.booleans()):
        returns = returns.drop(columns="reason")
    return Shop(shop.tables | {"products": PRODUCTS, "returns": returns}, POLICY, ZONE)


def fit_at(shop, as_of, known_at=None, only=None):
    """Columns by line_id of the lines known at a day, or only of these in this order."""
    snapshot, day = shop.snapshot(known_at or as_of), day_number(as_of)
    position = np.flatnonzero(snapshot.outcomes.ordered_on < day)
    if only is not None:
        position = pd.Index(snapshot.lines["line_id"]).get_indexer(pd.Index(only)).astype(np.int64)
    rows = Rows(position, np.full(len(position), day, dtype=np.int32))
    index = pd.Index(snapshot.lines["line_id"].to_numpy()[position], dtype="str")
    return snapshot.features(rows, FIT.drop_unavailable(snapshot.columns)).set_axis(index)


def equal(left, right):
    pd.testing.assert_frame_equal(left, right, check_exact=True)


@given(sized_shops(), AS_OFS)
@settings(deadline=None, max_examples=20)
def test_plain_python_gives_the_same_columns(shop, as_of):
    features, snapshot = fit_at(shop, as_of, known_at=LAST), shop.snapshot(LAST)
    definition = FIT.drop_unavailable(snapshot.columns).definitions[0]
    values = starting_values(definition, PRODUCTS)
    expected = expected_fit(values, definition, snapshot, day_number(as_of))
    assert set(features.dropna(how="all").index) == set(expected)
    for line, row in expected.items():
        np.testing.assert_allclose(features.loc[line].to_numpy(dtype=np.float64), row, rtol=2e-5, atol=2e-5)


@given(sized_shops(), AS_OFS)
@settings(deadline=None, max_examples=15)
def test_what_becomes_known_later_changes_no_earlier_night(shop, as_of):
    night = fit_at(shop, as_of)
    equal(night, fit_at(shop, as_of, known_at=LAST).loc[night.index])


@given(sized_shops(), AS_OFS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=10)
def test_a_line_alone_and_rows_in_any_order_give_the_same_columns(shop, as_of, random):
    together = fit_at(shop, as_of)
    for line in together.index:
        equal(fit_at(shop, as_of, only=[line]), together.loc[[line]])
    shuffled = {
        name: frame.iloc[random.sample(range(len(frame)), len(frame))].reset_index(drop=True)
        for name, frame in shop.tables.items()
    }
    equal(together, fit_at(Shop(shuffled, POLICY, ZONE), as_of).loc[together.index])


def shop_of(lines, returns, products=PRODUCTS):
    """Return a shop from (order, customer, sku, day) and (line number, reason)."""
    orders = pd.DataFrame(lines, columns=["order_id", "customer_id", "sku", "day"])
    start = pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(hours=12)
    orders = orders.assign(
        line_id=[f"L{number}" for number in range(len(orders))],
        ordered_at=times([start + pd.Timedelta(days=day) for day in orders["day"]]),
        quantity=1,
        unit_price=10.0,
        market="DE",
    ).drop(columns="day")
    back = pd.DataFrame(returns, columns=["line", "reason"])
    ordered = orders["ordered_at"].to_numpy()[back["line"].to_numpy(dtype=np.int64)]
    back = pd.DataFrame(
        {
            "line_id": pd.Series([f"L{number}" for number in back["line"]], dtype="str"),
            "returned_at": times(list(pd.Series(ordered, dtype="datetime64[us, UTC]") + pd.Timedelta(days=2))),
            "quantity": 1,
            "reason": back["reason"].astype("str"),
        }
    )
    texts = dict.fromkeys(("order_id", "customer_id", "sku", "line_id", "market"), "str")
    return Shop({"order_lines": orders.astype(texts), "returns": back, "products": products}, POLICY, ZONE)


def columns_at_end(shop):
    return fit_at(shop, LAST)


def test_a_style_that_comes_back_as_too_small_runs_small():
    lines = [(f"O{number}", f"C{number}", "s1", 0) for number in range(20)]
    some = columns_at_end(shop_of(lines, [(number, "small") for number in range(12)]))
    none = columns_at_end(shop_of(lines, []))
    assert some["fit_style_runs"].iloc[0] < -0.2
    assert some["fit_too_small"].iloc[0] > none["fit_too_small"].iloc[0]
    assert some["fit_outcomes_of_style"].tolist() == [20.0] * 20


def test_who_keeps_the_larger_of_two_sizes_wears_the_larger_one():
    lines = [("O1", "A", "s1", 0), ("O1", "A", "s2", 0), ("O2", "A", "s1", 12)]
    smaller_back, larger_back = (
        columns_at_end(shop_of(lines, [(line, "late")]).snapshot(LAST).shop)["fit_misfit"]["L2"] for line in (0, 1)
    )
    assert smaller_back < larger_back


def test_without_reasons_brackets_still_tell_the_size():
    lines = [("O1", "A", "s1", 0), ("O1", "A", "s2", 0), ("O2", "A", "s1", 12)]

    def misfit(line):
        shop = shop_of(lines, [(line, "")])
        tables = shop.tables | {"returns": shop.tables["returns"].drop(columns="reason")}
        return columns_at_end(Shop(tables, POLICY, ZONE))["fit_misfit"]["L2"]

    assert misfit(0) < misfit(1) - 0.1


def test_lines_without_a_size_have_no_columns():
    products = PRODUCTS.assign(size=pd.Series(["M", "L", "one size"], dtype="str"))
    columns = columns_at_end(shop_of([("O1", "A", "s3", 0), ("O2", "A", "s1", 0)], [], products))
    assert columns.loc["L0"].isna().all()
    assert columns.loc["L1"].notna().all()


def test_a_source_without_styles_has_no_fit(caplog):
    left = FIT.drop_unavailable(["customer_id", "order_id", "market"])
    assert left.names == []
    assert "fit.yaml is off: the source has no column style, size_rank" in caplog.text


def busy_shop(orders):
    """Return a shop of so many orders of 30 customers, some of two sizes of a style, a third of which comes back."""
    generator, lines = np.random.default_rng(1), []
    for number in range(orders):
        day = int(generator.integers(0, 3) if generator.random() < 0.8 else generator.integers(3, 18))
        skus = ["s1", "s2"] if generator.random() < 0.2 else [f"s{generator.integers(1, 4)}"]
        lines += [(f"O{number}", f"C{generator.integers(30)}", sku, day) for sku in skus]
    back = [
        (number, str(generator.choice(["small", "large", "late"])))
        for number in range(len(lines))
        if generator.random() < 0.3
    ]
    return shop_of(lines, back)


@pytest.mark.parametrize("with_reasons", [True, False])
def test_plain_python_gives_the_same_columns_of_a_busy_shop(with_reasons):
    shop = busy_shop(120)
    if not with_reasons:
        returns = shop.tables["returns"].drop(columns="reason")
        shop = Shop(shop.tables | {"returns": returns}, POLICY, ZONE)
    features, snapshot = columns_at_end(shop), shop.snapshot(LAST)
    expected = expected_fit(starting_values(DEFINITION, PRODUCTS), DEFINITION, snapshot, day_number(LAST))
    rows = np.array([expected[line] for line in features.index])
    np.testing.assert_allclose(features.to_numpy(dtype=np.float64), rows, rtol=2e-5, atol=2e-5)
    assert features["fit_outcomes_of_style"].max() > 10


def test_fitting_looks_at_nothing_known_from_its_day_on():
    shop, until = busy_shop(3000), FIRST + timedelta(days=12)

    def fitted(as_of):
        snapshot = shop.snapshot(as_of)
        return FIT.drop_unavailable(snapshot.columns).fit(snapshot, until).definitions[0].fitted

    assert fitted(LAST) is not None
    assert fitted(LAST) == fitted(until)
    assert fitted(LAST).parameters != DEFINITION.parameters


def test_too_few_outcomes_leave_the_starting_values():
    shop = shop_of([("O1", "A", "s1", 0)], [(0, "small")])
    assert FIT.fit(shop.snapshot(LAST), LAST).definitions[0].fitted is None


def test_categories_with_the_same_sizes_share_a_system():
    sizes = {"dress": ["34", "36", "38"], "jeans": ["34", "36", "38"], "shirt": ["S", "M"], "shoe": ["37", "38", "39"]}
    rows = [(name, size, name) for name in sizes for size in sizes[name]]
    systems = find_systems(pd.DataFrame(rows, columns=["style", "size", "category"]).astype("str"))
    assert [(system.categories, system.letters, system.step) for system in systems] == [
        (("dress", "jeans"), False, 2.0),
        (("shoe",), False, 1.0),
        (("shirt",), True, 1.0),
    ]


@pytest.mark.parametrize("key", ["offsets", "tolerances"])
def test_a_definition_refuses_columns_known_later(key):
    with pytest.raises(ValueError, match="shipped_at is known only after the order"):
        FitDefinition.model_validate(DEFINITION.model_dump() | {key: [{"key": ["shipped_at"], "variance": 1.0}]})
