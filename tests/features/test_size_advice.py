"""The size adviser: which size it advises, with what certainty and evidence, and when it says nothing."""

import numpy as np
import pandas as pd
import pytest

from returns_risk.contract.days import day_number
from returns_risk.errors import ParamsError
from returns_risk.features import FeatureSet
from returns_risk.features.size_advice import ADVICE, advise_sizes
from returns_risk.snapshot import Rows
from tests.features.test_fit import FIT, PRODUCTS, shop_of
from tests.random_shops import LAST

RANGE = pd.DataFrame(
    {
        "sku": pd.Series(["xS", "xM", "xL", "yM", "yone", "zM"], dtype="str"),
        "style": pd.Series(["x", "x", "x", "y", "y", "z"], dtype="str"),
        "size": pd.Series(["S", "M", "L", "M", "one size", "M"], dtype="str"),
    }
)


def advise(lines, returns, products=RANGE, only=None, **thresholds):
    snapshot = shop_of(lines, returns, products).snapshot(LAST)
    position = np.arange(len(lines)) if only is None else np.array(only)
    rows = Rows(position, np.full(len(position), day_number(LAST), dtype=np.int32))
    return advise_sizes(FIT.drop_unavailable(snapshot.columns), snapshot, rows, **thresholds)


def bracketing_customer():
    """A customer who orders M and L three times, keeps L and sends M back as too small, and then orders M alone."""
    lines = [(f"O{n}", "A", sku, n) for n in range(3) for sku in ("xM", "xL")]
    return [*lines, ("O9", "A", "xM", 15)], [(0, "small"), (2, "small"), (4, "small")]


def test_who_always_keeps_the_l_is_advised_the_l():
    advice = advise(*bracketing_customer(), another=0.6).iloc[-1]
    assert (advice["ordered_size"], advice["advised_size"], advice["steps"]) == ("M", "L", 1.0)
    assert advice["kept_advised"] > advice["kept_ordered"]
    assert advice["direction"] >= advice["certainty"] > 0.5
    assert advice["misfit"] < -0.4
    assert (advice["customer_outcomes"], advice["style_kept"], advice["style_too_small"]) == (7.0, 4.0, 3.0)


def test_the_ordered_size_may_be_the_advised_one():
    lines = [(f"O{number}", "A", "xM", number) for number in range(15)]
    advice = advise(lines, [], as_ordered=0.5).iloc[-1]
    assert (advice["advised_size"], advice["steps"]) == ("M", 0.0)
    assert advice["direction"] == advice["certainty"]


def test_no_advice_has_a_reason():
    lines = [("O1", "A", "yone", 0), ("O2", "A", "zM", 0), ("O3", "B", "xM", 0)]
    advice = advise(lines, [], as_ordered=0.99, another=0.99)
    assert advice["no_advice"].tolist() == ["no size", "one size", "uncertain"]
    assert advice[["advised_size", "steps", "certainty", "kept_advised"]].isna().all(axis=None)
    assert advice["kept_ordered"].notna().tolist() == [False, False, True]


def test_a_line_alone_is_advised_as_in_the_batch():
    lines, returns = bracketing_customer()
    together = advise(lines, returns, another=0.6)
    for line in range(len(lines)):
        alone = advise(lines, returns, only=[line], another=0.6)
        pd.testing.assert_frame_equal(alone, together.iloc[[line]].reset_index(drop=True), check_exact=True)


def test_the_columns_are_those_that_are_listed():
    assert list(advise([("O1", "A", "xM", 0)], [])) == ADVICE


def test_two_names_of_one_size_count_once():
    products = pd.DataFrame({"sku": ["s1", "s2", "s3"], "style": "x", "size": ["XXXL", "3XL", "XXL"]}).astype("str")
    advice = advise([("O1", "A", "s1", 0)], [], products, as_ordered=0.0, another=0.0)
    assert advice["certainty"].iloc[0] >= 0.5


def test_without_a_definition_of_fit_there_is_an_error():
    snapshot = shop_of([("O1", "A", "s1", 0)], [], PRODUCTS).snapshot(LAST)
    with pytest.raises(ParamsError, match="no definition is of the kind fit"):
        advise_sizes(FeatureSet(definitions=()), snapshot, snapshot.candidates(14))
