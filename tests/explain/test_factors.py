"""SHAP values of beliefs belong to the factors that they are about, and none is lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.explain import Attributions, divide_beliefs, sum_factors
from returns_risk.explain.factors import sum_by_entity
from tests.explain.conftest import TOPICS, TYPICAL, frame, matrix

MEANS = ("belief_customer", "belief_item", "belief_order")
BELIEFS = (
    "belief_risk", "belief_variance", *(f"{mean}{part}" for mean in MEANS for part in ("", "_variance")),
)  # fmt: skip
NUMBER = st.floats(-3, 3, allow_subnormal=False)


def factors_of(contributions, **values):
    """Totals by entity of one line, without those that are 0."""
    divided = divide_beliefs(matrix(contributions), frame([values]), TOPICS, TYPICAL)
    names, totals = sum_by_entity(divided, TOPICS)
    return {name: total for name, total in zip(names, totals[0], strict=True) if total}


def test_each_group_of_beliefs_belongs_to_the_customer_the_item_or_the_order():
    values = dict.fromkeys(BELIEFS, 0.1)
    raised = {"belief_customer": 0.5, "belief_item": 0.25, "belief_item_variance": 0.125, "belief_order_variance": -1.0}
    assert factors_of(raised, **values) == {"customer": 0.5, "sku": 0.375, "order": -1.0}


def test_the_risk_goes_to_the_groups_on_its_side_of_their_typical_value_by_their_distance():
    # Typical are 0, 0.3 and -0.3.
    values = {"belief_customer": 0.1, "belief_item": 0.2, "belief_order": 0.0}
    assert factors_of({"belief_risk": 0.8}, **values) == pytest.approx({"customer": 0.2, "order": 0.6})
    assert factors_of({"belief_risk": -0.8}, **values) == pytest.approx({"sku": -0.8})


def test_without_a_group_on_its_side_the_risk_is_divided_by_the_distances():
    values = {"belief_customer": -0.1, "belief_item": 0.0, "belief_order": -0.3}
    assert factors_of({"belief_risk": 0.8}, **values) == pytest.approx({"customer": 0.2, "sku": 0.6})


def test_without_any_distance_the_risk_is_divided_evenly():
    values = {"belief_customer": 0.0, "belief_item": 0.3, "belief_order": np.nan}
    third = pytest.approx(0.1)
    assert factors_of({"belief_risk": 0.3}, **values) == {"customer": third, "sku": third, "order": third}


@settings(deadline=None)
@given(
    values=st.lists(st.fixed_dictionaries(dict.fromkeys(BELIEFS, NUMBER)), min_size=1, max_size=4),
    contributions=st.fixed_dictionaries(dict.fromkeys((*BELIEFS, "line_value", "fit_misfit"), NUMBER)),
)
def test_the_sum_of_each_line_stays_and_only_the_means_of_beliefs_remain(values, contributions):
    raw = matrix(contributions, len(values))
    divided = divide_beliefs(raw, frame(values), TOPICS, TYPICAL)
    assert divided.sum(axis=1) == pytest.approx(raw.sum(axis=1), abs=1e-12)
    position = {topic.name: number for number, topic in enumerate(TOPICS)}
    assert not divided[:, [position[name] for name in BELIEFS if name not in MEANS]].any()
    others = [position["line_value"], position["fit_misfit"]]
    assert (divided[:, others] == raw[:, others]).all()
    facts = Attributions(divided, frame(values), TOPICS, TYPICAL)
    for factors, line in zip(sum_factors(facts, 2), raw, strict=True):
        assert sum(value for _, value in factors) == pytest.approx(line.sum(), abs=1e-12)


def test_a_line_alone_has_to_the_bit_the_factors_it_has_in_a_batch():
    rng = np.random.default_rng(5)
    lines = [dict(zip(BELIEFS, rng.normal(size=8), strict=True)) for _ in range(30)]
    raw, features = rng.normal(size=(30, len(TOPICS))), frame(lines)
    batch = sum_by_entity(divide_beliefs(raw, features, TOPICS, TYPICAL), TOPICS)[1]
    for line in range(30):
        divided = divide_beliefs(raw[[line]], features.iloc[[line]], TOPICS, TYPICAL)
        assert sum_by_entity(divided, TOPICS)[1][0].tobytes() == batch[line].tobytes()


def test_the_strongest_factors_are_kept_apart():
    facts = Attributions(matrix({"line_value": 0.5, "brand": -0.75, "belief_customer": 0.25}), frame([{}]), TOPICS, {})
    assert sum_factors(facts, 2) == [[("product", -0.75), ("order", 0.5), ("all else", 0.25)]]
