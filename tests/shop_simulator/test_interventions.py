"""The truth of lines with and without interventions."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from shop_simulator import Definition, Shop, simulate
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.truth import truth_table
from shop_simulator.world import REASONS

NAMES = [intervention.name for intervention in INTERVENTIONS]


def test_the_truth_is_calibrated_overall_by_reason_and_under_each_intervention() -> None:
    truth = truth_table(simulate(Definition(seed=11, lines_per_day=300), date(2025, 6, 1))).to_pandas()
    shape = truth["probability"].rank(method="first") // (len(truth) / 10)
    table = truth.assign(tenth=shape).groupby("tenth")[["probability", "would_return"]].mean()
    assert (table["probability"] - table["would_return"]).abs().max() < 0.015
    back = truth["would_return"]
    for reason in REASONS:
        share = (back & (truth["reason"] == reason)).mean()
        assert truth[f"probability_{reason}"].mean() == pytest.approx(share, rel=0.12), reason
    for name in NAMES:
        foretold = truth[f"probability_if_{name}"].mean()
        assert foretold == pytest.approx(truth[f"would_return_if_{name}"].mean(), abs=0.004), name
    by_reason = truth[[f"probability_{reason}" for reason in REASONS]].sum(axis=1)
    assert np.allclose(by_reason, truth["probability"], atol=1e-5)


def test_an_intervention_never_brings_back_what_would_have_stayed(truth: pd.DataFrame) -> None:
    for name in NAMES:
        assert not (truth[f"would_return_if_{name}"] & ~truth["would_return"]).any()
        assert (truth[f"probability_if_{name}"] <= truth["probability"] + 1e-6).all()
        assert truth[f"would_return_if_{name}"].mean() < truth["would_return"].mean()


def test_advice_on_onboarding_helps_with_devices_alone(truth: pd.DataFrame) -> None:
    devices = truth["department"].isin(["electronics", "pet tech"])
    helped = truth["probability"] - truth["probability_if_onboarding_help"]
    assert (helped[~devices].abs() < 1e-6).all()
    assert (helped[devices] > 0).all()


def test_cancellations_and_annoyance_have_the_defined_shares(truth: pd.DataFrame) -> None:
    for item in INTERVENTIONS:
        assert truth[f"would_cancel_if_{item.name}"].mean() == pytest.approx(item.cancels, abs=0.004)
        assert truth[f"would_annoy_if_{item.name}"].mean() == pytest.approx(item.annoys, abs=0.005)


def test_a_cancelled_line_has_no_return(shop: Shop) -> None:
    cancelled = ~np.isnat(shop.lines["cancelled"]) & (shop.lines["ships_on"] < shop.day)
    assert cancelled.mean() == pytest.approx(0.02, abs=0.005)
    assert not np.isin(np.flatnonzero(cancelled), shop.returns["line"]).any()
