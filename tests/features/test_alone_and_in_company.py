"""A row depends on its line and its as-of: on no other row, no order of rows, no way of asking, no future."""

from datetime import timedelta

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.contract.days import NEVER, day_number, start_of_day
from returns_risk.errors import LabelError
from returns_risk.features import FeatureRequest, build_features
from returns_risk.snapshot.labels import label_frame, training_rows
from tests.features.nasty_shops import AS_OFS, at_own_as_of, featurize, nasty_shops, recall
from tests.random_shops import FIRST, LAST, ZONE

OWN_FATE = ("shipped_at", "delivered_at", "cancelled_at")


def equal(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@given(nasty_shops(), AS_OFS)
@settings(deadline=None, max_examples=30)
def test_a_line_alone_equals_the_line_in_the_batch(tables, as_of):
    together = featurize(tables, as_of)
    for line in together.index:
        equal(featurize(tables, as_of, only=[line]), together.loc[[line]])


@given(nasty_shops(), AS_OFS, st.data())
@settings(deadline=None, max_examples=40)
def test_rows_are_given_in_the_order_asked_for(tables, as_of, data):
    together = featurize(tables, as_of)
    asked = data.draw(st.permutations(list(together.index)))
    equal(featurize(tables, as_of, only=asked), together.loc[asked])


@given(nasty_shops(), AS_OFS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_order_of_any_table_changes_nothing(tables, as_of, random):
    def shuffled(frame):
        rows = list(range(len(frame)))
        random.shuffle(rows)
        return frame.iloc[rows].reset_index(drop=True)

    other = {name: shuffled(frame) for name, frame in tables.items()}
    features = featurize(tables, as_of)
    equal(features, featurize(other, as_of).loc[features.index])


@given(nasty_shops(), AS_OFS)
@settings(deadline=None, max_examples=40)
def test_what_is_learnt_later_changes_no_earlier_night(tables, as_of):
    then = featurize(tables, as_of)
    equal(then, featurize(tables, as_of, known_at=LAST).loc[then.index])


@given(nasty_shops())
@settings(deadline=None, max_examples=30)
def test_a_training_row_equals_the_candidate_with_its_as_of(tables):
    trained, _ = at_own_as_of(tables, LAST)
    lines, outcomes, definitions = recall(tables, LAST)
    for row, line in enumerate(lines["line_id"]):
        # FeatureRequest for together with all others at one as-of, as candidates are.
        own = int(outcomes.ordered_on[row]) + 1
        rows = np.flatnonzero(outcomes.ordered_on < own)
        tonight = build_features(
            definitions, FeatureRequest(lines, outcomes, rows, np.full(len(rows), own, dtype=np.int32), ZONE)
        )
        equal(
            tonight.set_axis(pd.Index(lines["line_id"].iloc[rows], dtype="str", name=None)).loc[[line]],
            trained.loc[[line]],
        )


@given(nasty_shops(), AS_OFS)
@settings(deadline=None, max_examples=40)
def test_training_rows_and_labels_of_a_night_are_what_all_data_give(tables, as_of):
    def learn(known_at):
        lines, outcomes, definitions = recall(tables, known_at)
        cancelled = set(lines["line_id"][outcomes.cancelled_on != NEVER])
        try:
            rows = training_rows(outcomes, as_of, warm_up_days=0)
        except LabelError:
            return pd.DataFrame(), pd.DataFrame(), cancelled
        names = pd.Index(lines["line_id"].iloc[rows.position], dtype="str", name=None)
        features = build_features(
            definitions, FeatureRequest(lines, outcomes, rows.position, rows.as_of, ZONE)
        ).set_axis(names)
        return features, label_frame(lines, outcomes, rows).set_index("line_id"), cancelled

    features, labels, _ = learn(as_of)
    features_of_all, labels_of_all, cancelled = learn(LAST)
    assert set(features.index) - set(features_of_all.index) <= cancelled
    assert set(features_of_all.index) <= set(features.index)
    if len(features_of_all):
        equal(features_of_all, features.loc[features_of_all.index])
        equal(labels_of_all, labels.loc[labels_of_all.index])


@given(nasty_shops(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_a_lines_own_fate_never_touches_its_own_training_row(tables, random):
    """For every line that trains: other returns, other shipment, other delivery, the same features."""
    lines, outcomes, _ = recall(tables, LAST)
    try:
        rows = training_rows(outcomes, LAST, warm_up_days=0)
    except LabelError:
        return
    line = random.choice(list(lines["line_id"].iloc[rows.position]))
    before, _ = at_own_as_of(tables, LAST)
    night = int(outcomes.ordered_on[lines["line_id"] == line][0]) + 1
    moment = start_of_day(FIRST, ZONE) + pd.Timedelta(days=night - day_number(FIRST), hours=random.randint(2, 300))
    own = tables["order_lines"]["line_id"] == line
    other = {name: tables["order_lines"][name].mask(own, moment) for name in OWN_FATE if name in tables["order_lines"]}
    returns = tables["returns"][tables["returns"]["line_id"] != line].reset_index(drop=True)
    changed = tables | {"order_lines": tables["order_lines"].assign(**other), "returns": returns}
    after, _ = at_own_as_of(changed, LAST + timedelta(days=1))
    equal(before.loc[[line]], after.loc[[line]])
