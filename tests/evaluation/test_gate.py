"""The gate lets a challenger pass that is no worse, and names what is worse about another."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.params import GateParams, Worsening
from returns_risk.errors import GateError
from returns_risk.evaluation import ComparedLines, measure, run_gate
from returns_risk.evaluation.ranked import mean_by_level, rank

GATE = GateParams(
    resamples=200,
    level=0.95,
    slices={"market": "values"},
    slice_lines=100,
    slice_customers=30,
    allowed_worsening=Worsening(log_loss=0.01, precision_at_capacity=0.0, value_at_capacity=0.0, slice_log_loss=0.02),
)


def shop(lines=4000, seed=1, markets=("AT", "DE", "FR")):
    """Lines of customers who differ in how much they send back, and the true probability of each line."""
    rng = np.random.default_rng(seed)
    customer = rng.integers(0, lines // 3, lines)
    truth = 1 / (1 + np.exp(1.2 - rng.normal(0, 1, lines // 3)[customer] - rng.normal(0, 0.7, lines)))
    returned = rng.random(lines) < truth
    market = pd.DataFrame({"market": pd.Series(rng.choice(list(markets), lines), dtype="str")})
    gain = np.where(returned, rng.gamma(2.0, 25.0, lines), 0.0)
    return ComparedLines(returned, customer, gain, market, 0.05), truth


def blurred(truth, noise, seed):
    logit = np.log(truth / (1 - truth)) + np.random.default_rng(seed).normal(0, noise, len(truth))
    return 1 / (1 + np.exp(-logit))


def test_the_same_model_once_more_passes_without_any_difference():
    lines, truth = shop()
    verdict = run_gate(lines, truth, truth, GATE, 7)
    assert verdict.decision == "promote"
    assert [(metric.difference, metric.low, metric.high) for metric in verdict.metrics] == [(0.0, 0.0, 0.0)] * 3
    assert all(part.p_value == 1.0 for part in verdict.slices)
    assert verdict.reasons == ("no metric and no slice is worse than allowed",)


def test_a_better_challenger_passes_and_its_interval_lies_below_zero():
    lines, truth = shop()
    verdict = run_gate(lines, truth, blurred(truth, 0.8, 3), GATE, 7)
    assert verdict.decision == "promote"
    assert verdict.metrics[0].metric == "log_loss"
    first = verdict.metrics[0]
    assert first.champion is not None
    assert first.low < first.challenger - first.champion < first.high < 0


def test_a_worse_challenger_is_refused_with_each_reason():
    lines, truth = shop()
    verdict = run_gate(lines, blurred(truth, 2.0, 3), truth, GATE, 7)
    assert verdict.decision == "refuse"
    assert [reason.split(":")[0] for reason in verdict.reasons] == [
        "log_loss",
        "precision_at_capacity",
        "value_at_capacity",
        "log_loss of market AT",
        "log_loss of market DE",
        "log_loss of market FR",
    ]
    assert "not shown to be within 1.0% of the champion's" in verdict.reasons[0]
    assert all("\n" not in reason for reason in verdict.reasons)


def test_a_challenger_on_too_few_lines_to_tell_is_refused_by_its_log_loss():
    lines, truth = shop(lines=150)
    verdict = run_gate(lines, blurred(truth, 0.5, 4), blurred(truth, 0.5, 5), GATE, 7)
    assert [reason.split(":")[0] for reason in verdict.reasons] == ["log_loss"]


def test_without_a_champion_the_challenger_is_the_first_and_its_own_metrics_are_the_evidence():
    lines, truth = shop()
    verdict = run_gate(lines, truth, None, GATE, 7)
    assert verdict.decision == "promote"
    assert "there is no champion" in verdict.reasons[0]
    assert verdict.slices == ()
    for metric in verdict.metrics:
        assert metric.champion is None
        assert metric.low < metric.challenger < metric.high


def test_a_first_model_must_be_shown_to_be_better_than_the_base_rate_and_must_not_be_worse_than_the_smoothed_rate():
    lines, truth = shop(lines=900)
    base = np.full(len(truth), lines.returned.mean())
    worse = run_gate(lines, blurred(base, 1.0, 3), None, GATE, 7, {"base_rate": base, "smoothed_rate": truth})
    assert worse.decision == "refuse"
    assert worse.reasons[0].startswith("log_loss: model ")
    assert [reason.rpartition(": ")[2] for reason in worse.reasons[:2]] == ["worse", "worse"]
    assert worse.reasons[2].startswith("a first model must be shown to be better than the base rate")
    assert [baseline.baseline for baseline in worse.baselines if baseline.low > 0] == ["base_rate", "smoothed_rate"]
    hardly = run_gate(lines, 0.7 * base + 0.3 * blurred(truth, 3.0, 3), None, GATE, 7, {"base_rate": base})
    assert (hardly.decision, hardly.reasons[0].rpartition(": ")[2]) == ("refuse", "not shown to be better")
    beaten = run_gate(lines, blurred(truth, 0.4, 3), None, GATE, 7, {"base_rate": base, "smoothed_rate": truth})
    assert (beaten.decision, beaten.reasons[0].rpartition(": ")[2]) == ("refuse", "better")
    good = run_gate(lines, truth, None, GATE, 7, {"base_rate": base})
    assert good.decision == "promote"
    assert good.reasons[1].endswith("]: better")


def test_a_slice_that_got_worse_refuses_although_all_lines_together_got_better():
    lines, truth = shop(lines=9000, markets=("AT", "DE", "FR", "NL", "PL"))
    poland = (lines.slices["market"] == "PL").to_numpy()
    challenger = np.where(poland, blurred(truth, 1.5, 3), truth)
    verdict = run_gate(lines, challenger, np.where(poland, truth, blurred(truth, 1.5, 3)), GATE, 7)
    assert verdict.metrics[0].high < 0
    assert [part.level for part in verdict.slices if part.worse] == ["PL"]
    assert verdict.decision == "refuse"
    assert len(verdict.reasons) == 1
    assert verdict.reasons[0].startswith("log_loss of market PL: ")


def test_many_slices_do_not_refuse_an_equal_challenger_by_chance():
    strict = Worsening(log_loss=0.05, precision_at_capacity=1.0, value_at_capacity=1.0, slice_log_loss=0.0)
    params = GATE.model_copy(update={"allowed_worsening": strict, "slice_lines": 50})
    markets = tuple(f"M{number:02d}" for number in range(40))
    refused = uncorrected = 0
    for seed in range(20):
        lines, truth = shop(seed=100 + seed, markets=markets)
        verdict = run_gate(lines, blurred(truth, 0.4, 2 * seed), blurred(truth, 0.4, 2 * seed + 1), params, seed)
        assert len(verdict.slices) == 40
        refused += any(part.worse for part in verdict.slices)
        uncorrected += min(part.p_value for part in verdict.slices) / 40 <= 0.05
    assert refused <= 3
    assert uncorrected >= 12


def test_a_slice_with_few_lines_or_few_customers_is_not_judged():
    lines, truth = shop(lines=3000)
    market = lines.slices["market"].to_numpy(dtype=object)
    market[:90] = "few lines"
    market[90:300] = "few customers"
    customer = np.asarray(lines.customer).copy()
    customer[90:300] = np.arange(210) % 10
    few = replace(lines, customer=customer, slices=pd.DataFrame({"market": pd.Series(market, dtype="str")}))
    judged = run_gate(few, truth, truth, GATE, 7).slices
    assert [part.level for part in judged] == ["AT", "DE", "FR"]


def test_the_same_seed_gives_the_same_verdict_and_pairing_narrows_the_interval():
    lines, truth = shop()
    challenger, other = blurred(truth, 0.3, 1), blurred(truth, 0.3, 2)
    verdict = run_gate(lines, challenger, other, GATE, 7)
    assert verdict == run_gate(lines, challenger, other, GATE, 7)
    assert verdict != run_gate(lines, challenger, other, GATE, 8)
    alone = run_gate(lines, challenger, None, GATE, 7).metrics[0]
    paired = verdict.metrics[0]
    assert paired.high - paired.low < 0.6 * (alone.high - alone.low)


def test_value_is_the_sum_of_the_gains_of_the_flagged_lines():
    returned = np.array([1, 0, 1, 0], dtype=bool)
    risk = np.array([0.9, 0.5, 0.5, 0.1])
    ranked = rank(returned, risk, np.array([10.0, -4.0, 20.0, 100.0]), 0.5)
    # Two lines are flagged: the first, and one of the two tied ones, each for a half.
    assert ranked.measure(np.ones(4))["value_at_capacity"] == 10.0 + (-4.0 + 20.0) / 2
    assert ranked.measure(np.array([0.0, 1.0, 0.0, 1.0]))["value_at_capacity"] == -4.0
    assert "value_at_capacity" not in rank(returned, risk, None, 0.5).measure(np.ones(4))


@pytest.mark.parametrize("decimals", [1, 2, 12])
@pytest.mark.parametrize("share", [0.001, 0.05, 0.6, 1.0])
def test_metrics_are_those_of_the_evaluation_and_a_weight_counts_as_repeated_lines(decimals, share):
    lines, truth = shop(lines=700)
    risk = np.clip(blurred(truth, 0.5, 1).round(decimals), 0.01, 0.99)
    weight = np.random.default_rng(3).poisson(1.0, 700).astype(float)
    for repeated in (np.ones(700), weight):
        measured = rank(lines.returned, risk, lines.gain, share).measure(repeated)
        rows = np.repeat(np.arange(700), repeated.astype(int))
        expected = measure(lines.returned[rows], risk[rows], share, 10)
        assert measured["log_loss"] == pytest.approx(expected["log_loss"], abs=1e-9)
        assert measured["precision_at_capacity"] == pytest.approx(expected["precision_at_capacity"], abs=1e-9)


def test_means_by_level_are_weighted_and_unknown_without_weight():
    codes = [(np.array([0, 1, 0]), 2), (np.array([0, 0, 0]), 1)]
    means = mean_by_level(np.array([1.0, 5.0, 4.0]), np.array([2.0, 0.0, 1.0]), codes)
    assert means.tolist() == pytest.approx([2.0, float("nan"), 2.0], nan_ok=True)


def test_without_slices_the_metrics_decide_alone():
    lines, truth = shop()
    bare = replace(lines, gain=None, slices=lines.slices[[]])
    verdict = run_gate(bare, truth, truth, GATE, 7)
    assert (verdict.decision, verdict.slices) == ("promote", ())
    assert [metric.metric for metric in verdict.metrics] == ["log_loss", "precision_at_capacity"]


@pytest.mark.parametrize("value", [0, 1])
def test_lines_of_one_class_cannot_be_judged(value):
    lines, truth = shop(lines=100)
    one_class = replace(lines, returned=np.full(100, bool(value)))
    with pytest.raises(GateError, match=r"of 100 lines were returned; both classes are needed"):
        run_gate(one_class, truth, truth, GATE, 7)


@pytest.mark.parametrize("risk", [float("nan"), -0.1, 1.1])
def test_a_risk_that_is_none_is_refused(risk):
    lines, truth = shop(lines=100)
    with pytest.raises(GateError, match="a risk is not between 0 and 1"):
        run_gate(lines, truth, np.where(np.arange(100) == 5, risk, truth), GATE, 7)
