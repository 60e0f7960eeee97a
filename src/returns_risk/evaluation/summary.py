"""The results of a backtest as tables."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.evaluation.attributions import require_plausible, tabulate_stability
from returns_risk.evaluation.backtest import MODEL, Backtest, TestedFold, tabulate_losses, tabulate_sets
from returns_risk.evaluation.evidence import EVIDENCE
from returns_risk.evaluation.metrics import DIGITS, measure, round_figures
from returns_risk.evaluation.pooled import COMPARED, MEASURED, PooledLines
from returns_risk.evaluation.ranked import Ranked, rank
from returns_risk.evaluation.resampling import interval, resample_weights
from returns_risk.features import FeatureSet
from returns_risk.model.recipes import Recipe

__all__ = ["summarize"]

Values = npt.NDArray[np.float64]
_METRICS = ("auc", "average_precision", "log_loss", "precision_at_capacity")


def summarize(
    backtest: Backtest, recipe: Recipe, definitions: FeatureSet, params: Params
) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """Measure all predictors over the folds, and the model along slices, on lines without history and by its features.

    Intervals are 95 % percentiles of a bootstrap over customers (``resample_weights``).

    Returns
    -------
    The summary: ``metrics`` by predictor and metric with ``mean``, ``sd`` over the folds, ``low``, ``high``, and
    ``better_by`` with its interval: how much better the model is (less log loss, more of the others); the ``selection``
    for training; suspicions of leakage that are ``accepted``. And the tables ``folds``, ``slices``, ``cold_start``,
    ``evidence``, ``attributions``, and the losses behind the selection: ``features``, ``calibration``, ``censored``.

    Raises
    ------
    LeakageError
        The model is too good, or rests on one feature alone.
    """
    tested, selection = backtest.tested, backtest.selection
    entities = {feature.name: feature.group for feature in definitions.features}
    stability = tabulate_stability([fold.attributions for fold in tested], [fold.day for fold in tested], entities)
    metrics = _compare_predictors(tested, params)
    accepted = require_plausible(
        recipe.name, metrics[MODEL]["auc"]["mean"], stability.set_index("feature")["share"], params.leakage
    )
    summary = {
        "as_of": [fold.day for fold in tested],
        "lines": sum(len(fold.lines) for fold in tested),
        "selection": selection.model_dump(mode="json"),
        "accepted": accepted,
        "metrics": metrics,
    }
    pooled = PooledLines.of(tested, params)
    slices, evidence = _measure_levels(pooled)
    tables = {
        "folds": _measure_folds(tested, params),
        "slices": slices,
        "cold_start": _measure_cold_start(pooled),
        "evidence": evidence,
        "attributions": stability,
    }
    losses = {
        "features": tabulate_sets(tested),
        "calibration": tabulate_losses(tested, lambda fold: fold.model_risks[selection.features]),
        "censored": tabulate_losses(tested, lambda fold: fold.censored_risks),
    }
    tables |= {name: table.reset_index() for name, table in losses.items() if len(table.columns)}
    return summary, {name: table.round(DIGITS) for name, table in tables.items()}


def _measure_folds(tested: list[TestedFold], params: Params) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"as_of": fold.day, "predictor": name}
            | measure(fold.returned, fold.risks[name], params.evaluate.capacity_share)
            for fold in tested
            for name in _model_first(fold.risks)
        ]
    )


def _model_first(risks: dict[str, Values]) -> list[str]:
    return [MODEL, *(name for name in risks if name != MODEL)]


def _compare_predictors(tested: list[TestedFold], params: Params) -> dict[str, Any]:
    """Average each metric over the folds, with intervals; each sample of customers scores all predictors."""
    capacity_share = params.evaluate.capacity_share
    ranked = {
        name: [rank(fold.returned, fold.risks[name], None, capacity_share) for fold in tested]
        for name in _model_first(tested[0].risks)
    }
    customers = pd.concat([fold.lines["customer_id"] for fold in tested], ignore_index=True)
    ends = np.cumsum([len(fold.lines) for fold in tested])[:-1]

    def means(weight: Values) -> dict[tuple[str, str], float]:
        weights = np.split(weight, ends)
        return {
            (name, metric): float(np.mean(of_folds))
            for name, folds in ranked.items()
            for metric, of_folds in _score(folds, weights).items()
        }

    weights = resample_weights(customers, params.backtest.resamples, params.seed)
    samples = pd.DataFrame([means(weight) for weight in weights])
    values = {name: _score(folds, [np.ones(len(fold.order)) for fold in folds]) for name, folds in ranked.items()}
    return {
        name: {metric: round_figures(_compare(values, samples, name, metric)) for metric in _METRICS} for name in ranked
    }


def _score(folds: list[Ranked], weights: list[Values]) -> dict[str, list[float]]:
    """Return each metric by fold."""
    scores = [fold.measure(weight) | fold.discriminate(weight) for fold, weight in zip(folds, weights, strict=True)]
    return {metric: [score[metric] for score in scores] for metric in _METRICS}


def _compare(
    values: dict[str, dict[str, list[float]]], samples: pd.DataFrame, name: str, metric: str
) -> dict[str, float]:
    folds, model = values[name][metric], values[MODEL][metric]
    low, high = interval(samples[(name, metric)])
    result = {"mean": float(np.mean(folds)), "sd": float(np.std(folds, ddof=1)), "low": low, "high": high}
    if name == MODEL:
        return result
    sign = -1 if metric == "log_loss" else 1
    low, high = interval(sign * (samples[(MODEL, metric)] - samples[(name, metric)]))
    better = sign * (float(np.mean(model)) - float(np.mean(folds)))
    return result | {"better_by": better, "better_by_low": low, "better_by_high": high}


def _measure_levels(pooled: PooledLines) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure the model on each level of each slice, and on each grade of evidence."""
    slices, grades = pooled.slices, pooled.lines["evidence"]
    by_slice = [
        {"dimension": name, "slice": level} | measured
        for name in slices
        for level in sorted(slices[name].unique())
        if (measured := pooled.measure((slices[name] == level).to_numpy())) is not None
    ]
    by_grade = [
        {"evidence": grade} | measured
        for grade in EVIDENCE
        if (measured := pooled.measure((grades == grade).to_numpy())) is not None
    ]
    # Named, since a table of no rows must keep its header: the card reads it back.
    return (
        pd.DataFrame(by_slice, columns=["dimension", "slice", *MEASURED]),
        pd.DataFrame(by_grade, columns=["evidence", *MEASURED]),
    )


def _measure_cold_start(pooled: PooledLines) -> pd.DataFrame:
    """Compare the model with the shrunken rate of category and market on lines without history."""
    new_customer, new_sku = (pooled.lines[name].to_numpy(dtype=bool) for name in ("is_new_customer", "is_new_sku"))
    groups = {
        "all lines": np.ones(len(new_sku), dtype=bool),
        "new customer": new_customer,
        "new sku": new_sku,
        "both new": new_customer & new_sku,
        "neither": ~new_customer & ~new_sku,
    }
    parts: list[dict[str, Any]] = [
        {"group": name, **measured} | pooled.compare_category_rate(part)
        for name, part in groups.items()
        if (measured := pooled.measure(part)) is not None
    ]
    return pd.DataFrame(parts, columns=["group", *MEASURED, *COMPARED])
