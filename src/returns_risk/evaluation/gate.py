"""Whether a challenger may take the champion's place: both on the same untouched lines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import GateParams
from returns_risk.config.yaml_files import Frozen
from returns_risk.errors import GateError
from returns_risk.evaluation.ranked import Ranked, rank
from returns_risk.evaluation.resampling import interval, resample_weights
from returns_risk.evaluation.slices import SliceDifference, SliceTests

__all__ = ["BASE_RATE", "BaselineDifference", "ComparedLines", "MetricDifference", "Verdict", "run_gate"]

Values = npt.NDArray[np.float64]
Scores = list[dict[str, float]]
BASE_RATE = "base_rate"
_REMEDY = (
    "a first model must be shown to be better than the base rate and no worse than the smoothed rate: wait for more "
    "returns, deliver more columns, or look for a fault in the data with `returns-risk sources check`"
)


@dataclass(frozen=True)
class ComparedLines:
    """The lines on which two models are compared; shapes (n_lines,)."""

    returned: npt.NDArray[np.bool_]
    customer: npt.ArrayLike
    """Pseudonym: the lines of a customer are drawn together."""
    gain: Values | None
    """Money that flagging the line is worth, e.g. its value if it came back, 0 otherwise; None to leave it out."""
    slices: pd.DataFrame
    """Text, a column for each dimension (``cut_slices``)."""
    capacity_share: float
    """Share of lines that operations can act on."""


class MetricDifference(Frozen):
    """One metric of both models, on all lines."""

    metric: str
    champion: float | None
    challenger: float
    difference: float | None
    """Challenger less champion."""
    low: float
    high: float
    """Interval of the difference; of the challenger's own value where there is no champion."""


class BaselineDifference(Frozen):
    """Log loss of a first model beside a predictor without features."""

    baseline: str
    log_loss: float
    difference: float
    """Model less baseline, with its interval."""
    low: float
    high: float


class Verdict(Frozen):
    """The gate's decision and the evidence behind it."""

    decision: Literal["promote", "refuse"]
    reasons: tuple[str, ...]
    lines: int
    customers: int
    return_rate: float
    level: float
    resamples: int
    metrics: tuple[MetricDifference, ...]
    slices: tuple[SliceDifference, ...] = ()
    baselines: tuple[BaselineDifference, ...] = ()
    """Of a first model, which has no champion to be compared with."""


def run_gate(
    lines: ComparedLines,
    challenger: Values,
    champion: Values | None,
    params: GateParams,
    seed: int,
    baselines: Mapping[str, Values] | None = None,
) -> Verdict:
    """Compare two models on the same lines and decide whether the challenger is promoted.

    Intervals are percentiles of a paired cluster bootstrap (``resample_weights``): every sample of customers scores
    both models, so that a sample that is hard for both cancels out. The rules:

    - *log loss* covers every line, so it can be asked for proof: the whole interval of the difference must lie below
      the allowed worsening (non-inferiority; Piaggio et al. 2012, Reporting of noninferiority and equivalence
      randomized trials).
    - *precision* and *value at capacity* rest on the few flagged lines, where proof would refuse nearly everything:
      a challenger is refused if its whole interval lies below the allowed worsening.
    - *slices*: refused if the log loss of any is significantly worse than allowed; p-values are corrected together
      (``holm``), so that many slices do not refuse by chance.
    - A *first* model has no champion: it is refused unless its log loss is shown to be below that of the base rate,
      and if it is above that of another baseline.

    Parameters
    ----------
    challenger, champion : calibrated risks, shape (n_lines,); no champion for a first model
    seed : of the bootstrap
    baselines : risks of predictors without features, ``base_rate`` among them, for a first model

    Raises
    ------
    GateError
        The lines have only one class, or a risk is not between 0 and 1.
    """
    risks = [challenger] if champion is None else [champion, challenger]
    _require_usable(lines, risks)
    models = [rank(lines.returned, risk, lines.gain, lines.capacity_share) for risk in risks]
    weights = resample_weights(lines.customer, params.resamples, seed)
    if champion is None:
        return _first_verdict(lines, models[0], baselines or {}, weights, params)
    tests = SliceTests(lines.slices, *models)
    samples: list[Scores] = []
    for weight in weights:
        samples.append([model.measure(weight) for model in models])
        tests.add_sample(weight)
    metrics = _differences(models, samples, params.level)
    slices = tests.evaluate(lines.customer, params)
    reasons = _objections(metrics, slices, params)
    decision: Literal["promote", "refuse"] = "refuse" if reasons else "promote"
    reasons = reasons or ["no metric and no slice is worse than allowed"]
    return _verdict(lines, params, decision=decision, reasons=tuple(reasons), metrics=metrics, slices=slices)


def _first_verdict(
    lines: ComparedLines, model: Ranked, baselines: Mapping[str, Values], weights: Iterable[Values], params: GateParams
) -> Verdict:
    losses = {name: rank(lines.returned, risk, None, 1.0).loss for name, risk in baselines.items()}
    samples: list[Scores] = []
    gains: list[list[float]] = []
    for weight in weights:
        samples.append([model.measure(weight)])
        gains.append([float(np.average(model.loss - loss, weights=weight)) for loss in losses.values()])
    metrics = _differences([model], samples, params.level)
    differences = _beside_baselines(model, losses, np.array(gains), params.level)
    refused = any(each.difference > 0 or (each.baseline == BASE_RATE and each.high >= 0) for each in differences)
    findings = [_describe_baseline(each, metrics[0].challenger) for each in differences]
    reasons = (
        [*findings, _REMEDY] if refused else ["it is the first model: there is no champion to compare with", *findings]
    )
    return _verdict(
        lines,
        params,
        decision="refuse" if refused else "promote",
        reasons=tuple(reasons),
        metrics=metrics,
        baselines=differences,
    )


def _verdict(lines: ComparedLines, params: GateParams, **evidence: Any) -> Verdict:
    return Verdict(
        lines=len(lines.returned),
        customers=len(np.unique(np.asarray(lines.customer, dtype=str))),
        return_rate=float(lines.returned.mean()),
        level=params.level,
        resamples=params.resamples,
        **evidence,
    )


def _differences(models: list[Ranked], samples: list[Scores], level: float) -> tuple[MetricDifference, ...]:
    """Return the metrics of one or both models with their intervals; the challenger is the last."""
    measured = [model.measure(np.ones(len(model.loss))) for model in models]
    differences = []
    for metric, value in measured[-1].items():
        champion = measured[0][metric] if len(measured) > 1 else None
        drawn = [scores[-1][metric] - (0.0 if champion is None else scores[0][metric]) for scores in samples]
        low, high = interval(drawn, level)
        differences.append(
            MetricDifference(
                metric=metric,
                champion=champion,
                challenger=value,
                difference=None if champion is None else value - champion,
                low=low,
                high=high,
            )
        )
    return tuple(differences)


def _beside_baselines(
    model: Ranked, losses: Mapping[str, Values], samples: Values, level: float
) -> tuple[BaselineDifference, ...]:
    """Compare a first model with each baseline; ``samples`` has shape (resamples, n_baselines)."""
    differences = []
    for column, (name, loss) in enumerate(losses.items()):
        low, high = interval(samples[:, column], level)
        difference = float((model.loss - loss).mean())
        differences.append(
            BaselineDifference(baseline=name, log_loss=float(loss.mean()), difference=difference, low=low, high=high)
        )
    return tuple(differences)


def _describe_baseline(baseline: BaselineDifference, log_loss: float) -> str:
    finding = "better" if baseline.high < 0 else "worse" if baseline.difference > 0 else "not shown to be better"
    return (
        f"log_loss: model {log_loss:.4g}, {baseline.baseline} {baseline.log_loss:.4g}, difference "
        f"{baseline.difference:+.4g} with interval [{baseline.low:+.4g}, {baseline.high:+.4g}]: {finding}"
    )


def _objections(
    metrics: tuple[MetricDifference, ...], slices: tuple[SliceDifference, ...], params: GateParams
) -> list[str]:
    """Return why the challenger is refused, empty if it is not."""
    reasons = []
    for metric in metrics:
        share = getattr(params.allowed_worsening, metric.metric)
        allowed = share * abs(metric.champion or 0.0)
        values = f"{metric.metric}: challenger {metric.challenger:.4g}, champion {metric.champion:.4g}, "
        values += f"difference {metric.difference:+.4g} with interval [{metric.low:+.4g}, {metric.high:+.4g}]"
        if metric.metric == "log_loss" and metric.high > allowed:
            reasons.append(f"{values}, not shown to be within {share:.1%} of the champion's")
        elif metric.metric != "log_loss" and metric.high < -allowed:
            reasons.append(f"{values}, worse than the champion's by more than {share:.1%}")
    reasons += [
        f"log_loss of {part.dimension} {part.level}: challenger {part.challenger:.4g}, champion {part.champion:.4g} "
        f"on {part.lines} lines, p = {part.p_value:.2g} after correction"
        for part in slices
        if part.worse
    ]
    return reasons


def _require_usable(lines: ComparedLines, risks: list[Values]) -> None:
    if lines.returned.all() or not lines.returned.any():
        raise GateError(
            f"gate: {int(lines.returned.sum())} of {len(lines.returned)} lines were returned; both classes are needed. "
            "Lengthen split.test_days in params.yaml and train again."
        )
    if not all(((risk >= 0) & (risk <= 1)).all() for risk in risks):
        raise GateError("gate: a risk is not between 0 and 1. Run the train stage again.")
