"""Which size is suggested for a line, and until when it has to leave."""

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.policy import Policy
from returns_risk.contract.days import day_number
from returns_risk.features import FeatureSet
from returns_risk.scoring.shipping import add_ship_by
from returns_risk.scoring.sizes import add_sizes, drop_contradicted, suggest_sizes
from returns_risk.snapshot import Rows
from tests.features.test_fit import FIT, shop_of
from tests.features.test_size_advice import RANGE, bracketing_customer
from tests.random_shops import LAST


def suggest(shop, position):
    lines, returns = shop
    snapshot = shop_of(lines, returns, RANGE).snapshot(LAST)
    definitions = FIT.drop_unavailable(snapshot.columns)
    rows = Rows(np.array(position), np.full(len(position), day_number(LAST), dtype=np.int32))
    chosen = snapshot.lines.iloc[position].reset_index(drop=True)
    return suggest_sizes(chosen, definitions, snapshot, rows)


def certain_customer():
    """A customer who has kept L seven times and sent M back, and then orders M alone, M with L, and L alone."""
    lines = [(f"O{n}", "A", sku, n) for n in range(7) for sku in ("xM", "xL")]
    returns = [(2 * n, "small") for n in range(7)]
    return [
        *lines,
        ("O8", "A", "xM", 15),
        ("O9", "A", "xM", 15),
        ("O9", "A", "xL", 15),
        ("O10", "A", "xL", 15),
    ], returns


def test_another_size_is_suggested_and_the_ordered_one_is_not():
    suggested = suggest(certain_customer(), [14, 17])
    assert suggested["suggested_size"].tolist()[0] == "L"
    assert suggested["suggested_size"].isna().tolist() == [False, True]
    assert suggested["suggested_size_kept"].iloc[0] > suggested["ordered_size_kept"].iloc[0]
    assert suggested["ordered_size_kept"].notna().all()


def test_of_several_sizes_in_an_order_the_likeliest_to_be_kept_is_suggested_on_each():
    suggested = suggest(certain_customer(), [15, 16])
    assert suggested["suggested_size"].tolist() == ["L", "L"]
    assert suggested["suggested_size_kept"].iloc[0] == suggested["suggested_size_kept"].iloc[1]


def test_of_several_sizes_in_an_order_no_size_is_suggested_that_is_not_among_them():
    lines, returns = certain_customer()
    lines = [*lines, ("O11", "A", "xS", 15), ("O11", "A", "xM", 15)]
    assert suggest((lines, returns), [19])["suggested_size"].tolist() == ["L"]
    suggested = suggest((lines, returns), [18, 19])
    assert suggested[["suggested_size", "suggested_size_kept"]].isna().all(axis=None)


def test_who_is_not_known_gets_no_suggestion():
    suggested = suggest(([("O1", "B", "xM", 15)], []), [0])
    assert suggested[["suggested_size", "suggested_size_kept"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("ordered", "kept", "suggested"),
    [
        (["M"], {"M": 4, "L": 1}, [None]),
        (["M"], {"M": 1, "L": 1}, [None]),
        (["M"], {"M": 1, "L": 2}, ["L"]),
        (["M"], {"L": 1}, ["L"]),
        (["M"], {}, ["L"]),
        (["M", "L"], {"M": 2, "L": 1}, [None, None]),
        (["M", "L"], {"L": 1}, ["L", "L"]),
    ],
)
def test_no_size_is_suggested_against_one_that_the_customer_kept_as_often(ordered, kept, suggested):
    lines = pd.DataFrame({"order_id": "O1", "style": "x", "size": ordered})
    advised = pd.DataFrame({"suggested_size": ["L"] * len(ordered), "suggested_size_kept": 0.9})
    evidence = [{"customer": [{"size": size, "kept": count} for size, count in kept.items()]}] * len(ordered)
    dropped = drop_contradicted(advised, lines, evidence)
    assert [None if pd.isna(size) else size for size in dropped["suggested_size"]] == suggested
    assert dropped["suggested_size_kept"].isna().tolist() == [size is None for size in suggested]


def test_evidence_stands_beside_each_line_with_a_size():
    lines = [*bracketing_customer()[0], ("O10", "A", "yone", 15)]
    snapshot = shop_of(lines, [], RANGE).snapshot(LAST)
    candidates = snapshot.lines.iloc[[6, 7]].set_axis([3, 5])
    added = add_sizes(candidates, FIT.drop_unavailable(snapshot.columns), snapshot)
    of_line, without_size = added["size_evidence"]
    assert [size["size"] for size in of_line["sizes"]] == ["S", "M", "L"]
    assert without_size is None
    assert added.index.tolist() == [3, 5]


def test_without_a_definition_of_fit_no_column_is_added():
    snapshot = shop_of([("O1", "A", "xM", 0)], [], RANGE).snapshot(LAST)
    assert add_sizes(snapshot.lines, FeatureSet(definitions=()), snapshot) is snapshot.lines


def test_a_line_leaves_as_long_before_its_promise_as_a_parcel_travels():
    terms = {"return_window_days": 30, "delivery_days": 4, "grace_days": 4}
    content = {
        "default": terms,
        "markets": {"DE": terms, "FR": terms | {"delivery_days": 6}},
        "transit_days": {"DE": 2},
    }
    policy = Policy.model_validate(content)
    promised = pd.Series(pd.Timestamp("2026-03-10 19:00", tz="UTC"), index=range(3)).astype("datetime64[us, UTC]")
    lines = pd.DataFrame({"market": ["DE", "FR", None], "promised_at": promised})
    assert add_ship_by(lines, policy)["ship_by"].dt.strftime("%m-%d %H:%M").tolist() == [
        "03-08 19:00",
        "03-04 19:00",
        "03-06 19:00",
    ]
    assert add_ship_by(lines.assign(promised_at=promised.where(promised.isna())), policy)["ship_by"].isna().all()
    assert "ship_by" not in add_ship_by(lines[["market"]], policy)
