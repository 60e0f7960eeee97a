"""What a backtest found, as tables."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.evaluation.attributions import tabulate_stability
from returns_risk.evaluation.backtest import MODEL, Backtest, Tested, tabulate_losses
from returns_risk.evaluation.evidence import EVIDENCE
from returns_risk.evaluation.leakage import require_plausible
from returns_risk.evaluation.metrics import measure
from returns_risk.evaluation.ranked import Ranked, rank
from returns_risk.evaluation.resampling import interval, resample_weights
from returns_risk.features import FeatureSet
from returns_risk.model.recipes import Recipe

__all__ = ["summarize"]

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_METRICS = ("auc", "average_precision", "log_loss", "precision_at_capacity")
_MEASURED = (
    "lines", "return_rate", "mean_risk", "auc", "auc_low", "auc_high", "log_loss", "log_loss_low", "log_loss_high",
    "ece", "ece_by_chance",
)  # fmt: skip
_COMPARED = ("category_rate_auc", "category_rate_log_loss", "better_by", "better_by_low", "better_by_high")
_DRAWS = 50  # of labels, for the calibration error that chance alone gives


def summarize(
    backtest: Backtest, recipe: Recipe, definitions: FeatureSet, params: Params
) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """Measure all predictors over the folds, the model along slices and on lines without history, and what it rests on.

    Intervals are 95 % percentiles of a bootstrap over customers (``resample_weights``).

    Returns
    -------
    The summary: ``metrics`` by predictor and metric with ``mean``, ``sd`` over the folds, ``low``, ``high``, and
    ``better_by`` with its interval: how much better the model is (less log loss, more of the others); the ``choices``
    for training; what looked too good and was ``accepted``. And the tables ``folds``, ``slices``, ``cold_start``,
    ``evidence``, ``attributions``, and the log losses behind the choices: ``features``, ``calibration``, ``censored``.

    Raises
    ------
    LeakageError
        The model is too good, or rests on one feature alone.
    """
    tested, choices = backtest.tested, backtest.choices
    entities = {feature.name: feature.group for feature in definitions.features}
    stability = tabulate_stability([one.attributions for one in tested], [_day(one) for one in tested], entities)
    metrics = _compare(tested, params)
    accepted = require_plausible(
        recipe.name, metrics[MODEL]["auc"]["mean"], stability.set_index("feature")["share"], params.leakage
    )
    summary = {
        "as_of": [_day(one) for one in tested],
        "lines": sum(len(one.lines) for one in tested),
        "choices": choices.model_dump(mode="json"),
        "accepted": accepted,
        "metrics": metrics,
    }
    tables = {
        "folds": _by_fold(tested, params),
        "slices": _by_slice(tested, params),
        "cold_start": _cold_start(tested, params),
        "evidence": _by_evidence(tested, params),
        "attributions": stability,
    }
    behind = {
        "features": tabulate_losses(tested, lambda one: {name: of["none"] for name, of in one.sets.items()}),
        "calibration": tabulate_losses(tested, lambda one: one.sets[choices.features]),
        "censored": tabulate_losses(tested, lambda one: one.censored),
    }
    tables |= {name: table.reset_index() for name, table in behind.items() if len(table.columns)}
    return summary, tables


def _day(one: Tested) -> str:
    return one.fold.as_of.isoformat()


def _by_fold(tested: list[Tested], params: Params) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"as_of": _day(one), "predictor": name}
            | measure(one.lines["returned"].to_numpy(), risk, params.evaluate.capacity_share, params.evaluate.bins)
            for one in tested
            for name, risk in _model_first(one.risks)
        ]
    )


def _model_first(risks: dict[str, Values]) -> Iterator[tuple[str, Values]]:
    yield MODEL, risks[MODEL]
    yield from ((name, risk) for name, risk in risks.items() if name != MODEL)


def _compare(tested: list[Tested], params: Params) -> dict[str, Any]:
    """Means over folds, with intervals; a sample of customers scores all predictors on all folds."""
    ranked = {
        name: [_rank(one.lines["returned"], one.risks[name], params) for one in tested]
        for name, _ in _model_first(tested[0].risks)
    }
    customers = pd.concat([one.lines["customer_id"] for one in tested], ignore_index=True)
    ends = np.cumsum([len(one.lines) for one in tested])[:-1]

    def means(weight: Values) -> dict[tuple[str, str], float]:
        parts = np.split(weight, ends)
        return {
            (name, metric): float(np.mean([_score(one, part)[metric] for one, part in zip(folds, parts, strict=True)]))
            for name, folds in ranked.items()
            for metric in _METRICS
        }

    drawn = resample_weights(customers, params.backtest.resamples, params.seed)
    samples = pd.DataFrame([means(weight) for weight in drawn])
    return {
        name: {metric: _tell(folds, ranked[MODEL], samples, name, metric) for metric in _METRICS}
        for name, folds in ranked.items()
    }


def _rank(returned: Any, risk: Values, params: Params) -> Ranked:
    return rank(np.asarray(returned, dtype=bool), risk, None, params.evaluate.capacity_share)


def _score(ranked: Ranked, weight: Values) -> dict[str, float]:
    return ranked.measure(weight) | ranked.discriminate(weight)


def _tell(folds: list[Ranked], model: list[Ranked], samples: pd.DataFrame, name: str, metric: str) -> dict[str, float]:
    whole, own = ([_score(one, np.ones(len(one.order)))[metric] for one in some] for some in (folds, model))
    low, high = interval(samples[(name, metric)])
    told = {"mean": float(np.mean(whole)), "sd": float(np.std(whole, ddof=1)), "low": low, "high": high}
    if name == MODEL:
        return told
    sign = -1 if metric == "log_loss" else 1
    low, high = interval(sign * (samples[(MODEL, metric)] - samples[(name, metric)]))
    better = sign * (float(np.mean(own)) - float(np.mean(whole)))
    return told | {"better_by": better, "better_by_low": low, "better_by_high": high}


def _pool(tested: list[Tested]) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Values]]:
    lines, slices = (
        pd.concat([getattr(one, name) for one in tested], ignore_index=True) for name in ("lines", "slices")
    )
    return lines, slices, {name: np.concatenate([one.risks[name] for one in tested]) for name in tested[0].risks}


def _by_slice(tested: list[Tested], params: Params) -> pd.DataFrame:
    lines, slices, risks = _pool(tested)
    parts = [
        {"dimension": name, "slice": level} | told
        for name in slices
        for level in sorted(slices[name].unique())
        if (told := _measure_part(lines, risks[MODEL], (slices[name] == level).to_numpy(), params)) is not None
    ]
    # Named, since a table of no rows must keep its header: the card reads it back.
    return pd.DataFrame(parts, columns=["dimension", "slice", *_MEASURED])


def _by_evidence(tested: list[Tested], params: Params) -> pd.DataFrame:
    lines, _, risks = _pool(tested)
    parts = [
        {"evidence": grade} | told
        for grade in EVIDENCE
        if (told := _measure_part(lines, risks[MODEL], (lines["evidence"] == grade).to_numpy(), params)) is not None
    ]
    return pd.DataFrame(parts, columns=["evidence", *_MEASURED])


def _measure_part(lines: pd.DataFrame, risk: Values, part: Flags, params: Params) -> dict[str, float] | None:
    """Measure the model on some lines; None where they are too few or all of one class."""
    returned = lines["returned"].to_numpy()[part]
    if len(returned) < params.backtest.slice_lines or returned.all() or not returned.any():
        return None
    one = _rank(returned, risk[part], params)
    found = measure(returned, risk[part], params.evaluate.capacity_share, params.evaluate.bins)
    drawn = list(resample_weights(lines["customer_id"][part], params.backtest.resamples, params.seed))
    told: dict[str, float] = {
        "lines": found["lines"], "return_rate": found["return_rate"], "mean_risk": float(risk[part].mean())
    }  # fmt: skip
    for metric, score in (("auc", Ranked.discriminate), ("log_loss", Ranked.measure)):
        low, high = interval([score(one, weight)[metric] for weight in drawn])
        told |= {metric: found[metric], f"{metric}_low": low, f"{metric}_high": high}
    return told | {"ece": found["ece"], "ece_by_chance": _error_by_chance(risk[part], params)}


def _error_by_chance(risk: Values, params: Params) -> float:
    """Return the mean calibration error that lines of these risks have where every risk is exactly right.

    The error is never below 0, and so the fewer lines the greater by chance alone (Roelofs et al. 2022, Mitigating bias
    in calibration error estimation): one that is not above this says nothing against the risks.
    """
    draws = np.random.default_rng(params.seed)
    order = np.argsort(risk, kind="stable")
    bins = np.array_split(risk[order], params.evaluate.bins)
    errors = [
        sum(abs(float((draws.random(len(one)) < one).mean() - one.mean())) * len(one) for one in bins if len(one))
        for _ in range(_DRAWS)
    ]
    return float(np.mean(errors) / len(risk))


_GROUPS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "all lines": lambda lines: lines["returned"] | True,
    "new customer": lambda lines: lines["is_new_customer"],
    "new sku": lambda lines: lines["is_new_sku"],
    "both new": lambda lines: lines["is_new_customer"] & lines["is_new_sku"],
    "neither": lambda lines: ~lines["is_new_customer"] & ~lines["is_new_sku"],
}


def _cold_start(tested: list[Tested], params: Params) -> pd.DataFrame:
    """Compare the model with the shrunken rate of category and market, where less is known than usual."""
    lines, _, risks = _pool(tested)
    parts = []
    for name, choose in _GROUPS.items():
        part = choose(lines).to_numpy(dtype=bool)
        told = _measure_part(lines, risks[MODEL], part, params)
        if told is not None:
            returned = lines["returned"].to_numpy()[part]
            model, rate = (_rank(returned, risks[one][part], params) for one in (MODEL, "category_rate"))
            drawn = resample_weights(lines["customer_id"][part], params.backtest.resamples, params.seed)
            low, high = interval([rate.measure(one)["log_loss"] - model.measure(one)["log_loss"] for one in drawn])
            own = np.ones(len(returned))
            parts.append(
                {"group": name}
                | told
                | {
                    "category_rate_auc": rate.discriminate(own)["auc"],
                    "category_rate_log_loss": rate.measure(own)["log_loss"],
                    "better_by": rate.measure(own)["log_loss"] - model.measure(own)["log_loss"],
                    "better_by_low": low,
                    "better_by_high": high,
                }
            )
    return pd.DataFrame(parts, columns=["group", *_MEASURED, *_COMPARED])
