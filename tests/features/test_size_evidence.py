"""The counts behind a suggested size: plain loops give the same, and nothing later touches them."""

from collections import Counter

import numpy as np
import pandas as pd
from hypothesis import given, settings

from returns_risk.contract.days import day_number
from returns_risk.features.size_evidence import count_size_outcomes
from returns_risk.snapshot import Rows
from tests.features.test_fit import FIT, PRODUCTS, shop_of, sized_shops
from tests.features.test_size_advice import RANGE, bracketing_customer
from tests.random_shops import AS_OFS, LAST


def evidence_of(snapshot, position):
    at = np.array(position, dtype=np.int64)
    rows = Rows(at, np.full(len(at), day_number(snapshot.as_of), dtype=np.int32))
    return count_size_outcomes(FIT.drop_unavailable(snapshot.columns), snapshot, rows)


def test_the_sizes_of_a_style_and_those_that_the_customer_kept():
    lines, returns = bracketing_customer()
    snapshot = shop_of(lines, returns, RANGE).snapshot(LAST)
    assert evidence_of(snapshot, [6]) == [
        {
            "sizes": [
                {"size": "S", "kept": 0, "too_small": 0, "too_large": 0, "returned": 0},
                {"size": "M", "kept": 1, "too_small": 3, "too_large": 0, "returned": 3},
                {"size": "L", "kept": 3, "too_small": 0, "too_large": 0, "returned": 0},
            ],
            "customer": [{"size": "M", "kept": 1}, {"size": "L", "kept": 3}],
        }
    ]


def test_a_return_for_another_reason_or_none_counts_as_returned_only():
    lines = [("O1", "A", "xM", 0), ("O2", "A", "xM", 0)]
    snapshot = shop_of(lines, [(0, "ugly"), (1, None)], RANGE).snapshot(LAST)
    (evidence,) = evidence_of(snapshot, [0])
    assert evidence["sizes"][1] == {"size": "M", "kept": 0, "too_small": 0, "too_large": 0, "returned": 2}


def test_a_line_without_a_size_has_no_evidence():
    snapshot = shop_of([("O1", "A", "yone", 0), ("O2", "A", "xM", 0)], [], RANGE).snapshot(LAST)
    evidence = evidence_of(snapshot, [0, 1])
    assert [item is None for item in evidence] == [True, False]


def count_by_hand(snapshot, line):
    """Outcomes of the sizes of a line's style, and of its customer, counted one by one."""
    outcomes, lines, today = snapshot.outcomes, snapshot.lines, day_number(snapshot.as_of)
    returns = snapshot.tables["returns"]
    counts: Counter[tuple[str, str]] = Counter()
    kept: Counter[str] = Counter()
    for other in range(len(lines)):
        closes = outcomes.closes_on[other]
        if closes >= today or outcomes.cancelled_on[other] <= closes or pd.isna(lines["size"].iloc[other]):
            continue
        size = lines["size"].iloc[other]
        came_back = outcomes.returned_on[other] <= closes
        if not came_back and lines["customer_id"].iloc[other] == lines["customer_id"].iloc[line]:
            kept[size] += 1
        if lines["style"].iloc[other] == lines["style"].iloc[line]:
            counts[size, "returned" if came_back else "kept"] += 1
            if came_back and "reason" in returns:
                first = outcomes.return_on[outcomes.return_line == other] == outcomes.returned_on[other]
                stated = {
                    outcomes.reasons[code]
                    for code in outcomes.return_reason[outcomes.return_line == other][first]
                    if code >= 0
                }
                for reason, name in (("large", "too_large"), ("small", "too_small")):
                    if reason in stated:
                        counts[size, name] += 1
                        break
    return counts, kept


@given(sized_shops(), AS_OFS)
@settings(deadline=None, max_examples=15)
def test_plain_loops_count_the_same(shop, as_of):
    snapshot = shop.snapshot(as_of)
    position = [line for line in range(len(snapshot.lines)) if isinstance(snapshot.lines["size"].iloc[line], str)]
    for line, evidence in zip(position, evidence_of(snapshot, position), strict=True):
        counts, kept = count_by_hand(snapshot, line)
        given_counts = {
            (item["size"], name): item[name]
            for item in evidence["sizes"]
            for name in ("kept", "too_small", "too_large", "returned")
            if item[name]
        }
        assert given_counts == dict(counts)
        assert {item["size"]: item["kept"] for item in evidence["customer"]} == dict(kept)
        style = snapshot.lines["style"].iloc[line]
        assert [item["size"] for item in evidence["sizes"]] == PRODUCTS.loc[PRODUCTS["style"] == style, "size"].tolist()


@given(sized_shops(), AS_OFS)
@settings(deadline=None, max_examples=15)
def test_what_happens_later_changes_no_count(shop, as_of):
    snapshot = shop.snapshot(as_of)
    later = type(shop)(snapshot.tables, shop.policy, shop.time_zone).snapshot(as_of)
    position = [line for line in range(len(snapshot.lines)) if isinstance(snapshot.lines["size"].iloc[line], str)]
    assert evidence_of(snapshot, position) == evidence_of(later, position)
