"""Nothing at or after the as-of touches a feature; a line is itself in any company and in any order."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.contract.days import start_of_day
from tests.random_shops import (
    DAYS,
    FIRST,
    LAST,
    ZONE,
    Shop,
    features_at,
    features_at_own_as_of,
    known,
    order_lines,
    returns_of,
    shops,
)

AS_OFS = st.integers(1, DAYS + 10).map(lambda days: FIRST + timedelta(days=days))
LATER = ("shipped_at", "delivered_at", "cancelled_at")


def equal(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def without_future(shop, as_of):
    """Delete whatever happened or was recorded at or after the as-of, by hand."""
    moment = start_of_day(as_of, ZONE)
    lines, returns = shop.order_lines, shop.returns
    lines = lines[(lines["ordered_at"] < moment) & ~(lines["recorded_at"] >= moment)].reset_index(drop=True)
    for name in LATER:
        lines[name] = lines[name].mask(lines[name] >= moment)
    returns = returns[(returns["returned_at"] < moment) & ~(returns["recorded_at"] >= moment)]
    returns = returns[returns["line_id"].isin(lines["line_id"])].reset_index(drop=True)
    return replace(shop, order_lines=lines, returns=returns)


@given(shops(), AS_OFS)
@settings(deadline=None, max_examples=60)
def test_deleting_the_future_changes_no_feature(shop, as_of):
    equal(features_at(shop, as_of, known_at=LAST), features_at(without_future(shop, as_of), as_of, known_at=LAST))
    own = features_at_own_as_of(shop, LAST, as_of)
    equal(own, features_at_own_as_of(without_future(shop, as_of), LAST, as_of).reindex(own.index))


@given(shops(), AS_OFS, st.data())
@settings(deadline=None, max_examples=60)
def test_adding_to_the_future_changes_no_feature(shop, as_of, data):
    more = data.draw(order_lines(prefix="M"))
    shift = start_of_day(as_of, ZONE) - pd.Timestamp(FIRST, tz="UTC")
    for name in ("ordered_at", "promised_at", "recorded_at", *LATER):
        more[name] = more[name] + shift
    lines = pd.concat([shop.order_lines, more], ignore_index=True)
    late = data.draw(returns_of(lines))
    late["returned_at"] = late["returned_at"].clip(lower=start_of_day(as_of, ZONE))
    returns = pd.concat([shop.returns, late], ignore_index=True)
    before = features_at(shop, as_of, known_at=LAST)
    equal(before, features_at(Shop(lines, returns, shop.products), as_of, known_at=LAST).loc[before.index])


@given(shops(), AS_OFS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_what_happens_to_a_line_later_changes_no_feature(shop, as_of, random):
    moment = start_of_day(as_of, ZONE)
    lines = shop.order_lines.copy()
    for name in LATER:
        future = lines[name].isna() | (lines[name] >= moment)
        moved = [
            moment + pd.Timedelta(hours=random.randint(0, 200)) if random.random() < 0.7 else pd.NaT
            for _ in range(len(lines))
        ]
        lines[name] = lines[name].mask(future, pd.Series(moved, dtype="datetime64[us, UTC]"))
    equal(features_at(shop, as_of, known_at=LAST), features_at(replace(shop, order_lines=lines), as_of, known_at=LAST))


@given(shops())
@settings(deadline=None, max_examples=40)
def test_a_training_row_equals_the_candidate_of_its_night(shop):
    """The whole history known at the end gives a line what its own night gave it."""
    trained = features_at_own_as_of(shop, LAST, LAST)
    lines, outcomes = known(shop, LAST)
    for line, day in zip(lines["line_id"], outcomes.ordered_on, strict=True):
        night = FIRST + timedelta(days=int(day) + 1 - (FIRST - type(FIRST)(1970, 1, 1)).days)
        equal(trained.loc[[line]], features_at(shop, night).loc[[line]])


@given(shops(), AS_OFS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_order_of_rows_changes_nothing(shop, as_of, random):
    def shuffled(frame):
        rows = list(range(len(frame)))
        random.shuffle(rows)
        return frame.iloc[rows].reset_index(drop=True)

    other = Shop(shuffled(shop.order_lines), shuffled(shop.returns), shuffled(shop.products))
    equal(features_at(shop, as_of), features_at(other, as_of))


@given(shops())
@settings(deadline=None, max_examples=20)
def test_no_feature_is_infinite(shop):
    numbers = features_at_own_as_of(shop, LAST, LAST).to_numpy(dtype=np.float64)
    assert not np.isinf(numbers).any()
