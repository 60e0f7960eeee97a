"""A row depends on its line and its as-of: on no other row, no order of rows, and nothing at or after the as-of."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from returns_risk.contract.days import NEVER, date_of, day_number, start_of_day
from returns_risk.errors import LabelError
from tests.random_shops import (
    AS_OFS,
    FIRST,
    LAST,
    ZONE,
    available,
    features_at,
    features_at_own_as_of,
    features_of,
    random_lines,
    random_returns,
    random_shops,
)

LATER = ("shipped_at", "delivered_at", "cancelled_at")


def equal(left, right):
    pd.testing.assert_frame_equal(left, right, check_exact=True)


def present(frame, names):
    return [name for name in names if name in frame]


def with_tables(shop, **tables):
    return replace(shop, tables=shop.tables | tables)


def delete_future(shop, moment):
    """Delete everything that happened or was recorded at or after a moment, by hand."""
    lines, returns = shop.tables["order_lines"], shop.tables["returns"]
    for name in present(lines, ["ordered_at", "recorded_at"]):
        lines = lines[~(lines[name] >= moment)].reset_index(drop=True)
    lines = lines.assign(**{name: lines[name].mask(lines[name] >= moment) for name in present(lines, LATER)})
    for name in present(returns, ["returned_at", "recorded_at"]):
        returns = returns[~(returns[name] >= moment)]
    returns = returns[returns["line_id"].isin(lines["line_id"])].reset_index(drop=True)
    return with_tables(shop, order_lines=lines, returns=returns)


def add_future(shop, moment, data):
    """Add orders and returns that happen at or after a moment."""
    lines, returns = shop.tables["order_lines"], shop.tables["returns"]
    more = data.draw(random_lines(prefix="M"))
    shift = moment - pd.Timestamp(FIRST, tz="UTC")
    moved = {name: more[name] + shift for name in more if str(name).endswith("_at")}
    lines = pd.concat([lines, more.assign(**moved)[list(lines)]], ignore_index=True)
    late = data.draw(random_returns(lines))
    late["returned_at"] = late["returned_at"].clip(lower=moment)
    return with_tables(shop, order_lines=lines, returns=pd.concat([returns, late[list(returns)]], ignore_index=True))


def change_future(shop, moment, random):
    """Ship, deliver and cancel lines at other times, or not at all, where that happens at or after a moment."""
    lines = shop.tables["order_lines"]
    for name in present(lines, LATER):
        later = [
            moment + pd.Timedelta(hours=random.randint(0, 200)) if random.random() < 0.7 else pd.NaT
            for _ in lines.index
        ]
        is_future = lines[name].isna() | (lines[name] >= moment)
        lines = lines.assign(**{name: lines[name].mask(is_future, pd.Series(later, dtype="datetime64[us, UTC]"))})
    return with_tables(shop, order_lines=lines)


@given(random_shops(), AS_OFS)
@settings(deadline=None, max_examples=50)
def test_what_becomes_known_later_changes_no_earlier_night(shop, as_of):
    night = features_at(shop, as_of)
    equal(night, features_at(shop, as_of, known_at=LAST).loc[night.index])
    equal(night, features_at(delete_future(shop, start_of_day(as_of, ZONE)), as_of, known_at=LAST))


@given(random_shops(), AS_OFS)
@settings(deadline=None, max_examples=100)
def test_an_outcome_that_is_known_is_the_same_whatever_is_known_since(shop, as_of):
    """What has closed, shipped, come back or been cancelled: what ships or arrives later changes none of it."""
    night, later = shop.snapshot(as_of), shop.snapshot(LAST)
    position = pd.Index(later.lines["line_id"]).get_indexer(pd.Index(night.lines["line_id"]))
    for name in ("closes_on", "shipped_on", "cancelled_on", "returned_on"):
        then, since = getattr(night.outcomes, name), getattr(later.outcomes, name)[position]
        known = then < day_number(as_of)
        assert (known == (since < day_number(as_of))).all()
        assert (then[known] == since[known]).all()


@given(random_shops(), AS_OFS, st.data(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_another_future_changes_no_feature(shop, as_of, data, random):
    night, moment = features_at(shop, as_of), start_of_day(as_of, ZONE)
    for other in (add_future(shop, moment, data), change_future(shop, moment, random)):
        equal(night, features_at(other, as_of, known_at=LAST).loc[night.index])


@given(random_shops(), AS_OFS)
@settings(deadline=None, max_examples=30)
def test_a_line_alone_equals_the_line_in_the_batch(shop, as_of):
    together = features_at(shop, as_of)
    for line in together.index:
        equal(features_at(shop, as_of, only=[line]), together.loc[[line]])


@given(random_shops(), AS_OFS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_order_of_rows_changes_nothing(shop, as_of, random):
    def shuffled(frame):
        return frame.iloc[random.sample(range(len(frame)), len(frame))].reset_index(drop=True)

    features = features_at(shop, as_of)
    other = with_tables(shop, **{name: shuffled(frame) for name, frame in shop.tables.items()})
    equal(features, features_at(other, as_of).loc[features.index])
    requested = random.sample(list(features.index), len(features))
    equal(features.loc[requested], features_at(shop, as_of, only=requested))


@given(random_shops())
@settings(deadline=None, max_examples=40)
def test_a_training_row_equals_the_candidate_of_its_night(shop):
    trained, snapshot = features_at_own_as_of(shop), shop.snapshot(LAST)
    nights = date_of(snapshot.outcomes.ordered_on + np.int32(1)).astype("datetime64[D]").astype(object)
    for line, night in zip(snapshot.lines["line_id"], nights, strict=True):
        equal(trained.loc[[line]], features_at(shop, night).loc[[line]])


@given(random_shops(), AS_OFS)
@settings(deadline=None, max_examples=40)
def test_training_rows_and_labels_of_a_night_are_those_of_later_knowledge(shop, as_of):
    def learn(known_at):
        snapshot = shop.snapshot(known_at)
        cancelled = set(snapshot.lines["line_id"][snapshot.outcomes.cancelled_on != NEVER])
        snapshot.as_of = as_of
        try:
            rows = snapshot.training_rows(warm_up_days=0)
        except LabelError:
            return pd.DataFrame(), pd.DataFrame(), cancelled
        return features_of(snapshot, rows), snapshot.labels(rows).set_index("line_id"), cancelled

    features, labels, _ = learn(as_of)
    later_features, later_labels, cancelled = learn(LAST)
    assert set(features.index) - set(later_features.index) <= cancelled
    assert set(later_features.index) <= set(features.index)
    if len(later_features):
        equal(later_features, features.loc[later_features.index])
        equal(later_labels, labels.loc[later_labels.index])


@given(random_shops(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_outcome_of_a_line_never_touches_its_training_row(shop, random):
    """For every line that trains: other returns, other shipment, other delivery, the same features."""
    snapshot = shop.snapshot(LAST)
    try:
        row = random.choice(snapshot.training_rows(warm_up_days=0).position)
    except LabelError:
        assume(False)
    line, next_day = snapshot.lines["line_id"][row], int(snapshot.outcomes.ordered_on[row]) + 1
    night = start_of_day(FIRST + timedelta(days=next_day - day_number(FIRST)), ZONE)
    lines, returns = shop.tables["order_lines"], shop.tables["returns"]
    moment = night + pd.Timedelta(hours=random.randint(2, 300))
    fate = {name: lines[name].mask(lines["line_id"] == line, moment) for name in present(lines, LATER)}
    kept = returns[returns["line_id"] != line].reset_index(drop=True)
    other = with_tables(shop, order_lines=lines.assign(**fate), returns=kept)
    equal(features_at_own_as_of(shop).loc[[line]], features_at_own_as_of(other, LAST + timedelta(days=1)).loc[[line]])


@given(random_shops())
@settings(deadline=None, max_examples=20)
def test_no_feature_is_infinite(shop):
    snapshot = shop.snapshot(LAST)
    numbers = features_at_own_as_of(shop).select_dtypes("number")
    assert set(numbers) <= set(available(snapshot).names)
    assert not np.isinf(numbers.to_numpy(dtype=np.float64)).any()
