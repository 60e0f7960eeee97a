"""A market that the model has not learnt from is noticed."""

from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.params import load_params
from returns_risk.scoring.markets import find_unseen_markets
from tests.small_models import PERIODS, fit, training_table


@pytest.fixture(scope="module")
def classifier():
    return fit(load_params(Path(__file__).parents[2] / "params.yaml"), 1, 3, 0.0, PERIODS)


def test_candidates_of_a_market_that_was_never_seen_are_counted(classifier):
    features = training_table(10).assign(market_name=pd.Series([*["DE"] * 6, "de", "de", "PT", None]))
    (notice,) = find_unseen_markets(features, classifier)
    assert notice == (
        "3 of 10 candidates are from markets that the model has not learnt from: de (2), PT (1). They are scored as "
        "from an unknown market"
    )


def test_known_markets_are_no_news(classifier):
    assert find_unseen_markets(training_table(10), classifier) == []
