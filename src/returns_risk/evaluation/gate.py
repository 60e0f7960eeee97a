"""Whether a challenger may take the champion's place: both on the same untouched lines."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import GateParams
from returns_risk.config.yaml_files import Frozen
from returns_risk.errors import GateError
from returns_risk.evaluation.first_model import BASE_RATE, BaselineDifference, beside_baselines, tell_baselines
from returns_risk.evaluation.ranked import Ranked, mean_by_level, rank
from returns_risk.evaluation.resampling import interval, resample_weights

__all__ = [
    "Difference",
    "Lines",
    "SliceDifference",
    "Verdict",
    "decide",
    "slice_levels",
]

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """The lines on which two models are compared; shapes (n_lines,)."""

    returned: npt.NDArray[np.bool_]
    customer: npt.ArrayLike
    """Pseudonym: the lines of a customer are drawn together."""
    gain: Values | None
    """Money that flagging the line is worth, e.g. its value if it came back, 0 otherwise; None to leave it out."""
    slices: pd.DataFrame
    """Text, one column a dimension (``slice_levels``)."""


class Difference(Frozen):
    """One metric of both models, on all lines."""

    metric: str
    champion: float | None
    challenger: float
    difference: float | None
    """Challenger less champion."""
    low: float
    high: float
    """Interval of the difference; of the challenger's own value where there is no champion."""


class SliceDifference(Frozen):
    """Log loss of both models on the lines of one slice."""

    dimension: str
    level: str
    lines: int
    champion: float
    challenger: float
    difference: float
    p_value: float
    """That a challenger within what is allowed looks this bad by chance, after Holm's correction for all slices."""
    worse: bool


class Verdict(Frozen):
    """What the gate says, and on what grounds."""

    decision: Literal["promote", "refuse"]
    reasons: tuple[str, ...]
    lines: int
    customers: int
    return_rate: float
    level: float
    resamples: int
    metrics: tuple[Difference, ...]
    slices: tuple[SliceDifference, ...]
    baselines: tuple[BaselineDifference, ...] = ()
    """Of a first model, which has no champion to be compared with."""


def slice_levels(rows: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return the slice of each row in each dimension: a category as it is, a number as ``none`` or ``some``.

    Parameters
    ----------
    rows : features
    columns : dimensions; those that ``rows`` lacks are left out

    Returns
    -------
    DataFrame of text, shape (n_rows, n_dimensions). A number above 0 is ``some``, 0 and a missing one are ``none``: the
    days since a customer's first order tell returning customers from new ones. A missing category is ``unknown``.

    >>> rows = pd.DataFrame({"market": ["DE", None], "days_since_first_order": [float("nan"), 3.0]})
    >>> slice_levels(rows, ("market", "days_since_first_order", "brand")).to_numpy().tolist()
    [['DE', 'none'], ['unknown', 'some']]
    """
    levels = {}
    for name in [name for name in columns if name in rows]:
        column = rows[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            column = pd.Series(np.where(column.fillna(0) > 0, "some", "none"), index=rows.index)
        levels[name] = column.astype("str").fillna("unknown")
    return pd.DataFrame(levels, index=rows.index)


def decide(
    lines: Lines,
    challenger: Values,
    champion: Values | None,
    capacity_share: float,
    params: GateParams,
    seed: int,
    baselines: Mapping[str, Values] | None = None,
) -> Verdict:
    """Compare two models on the same lines and say whether the challenger is promoted.

    Intervals are percentiles of a paired cluster bootstrap (``resample_weights``): every sample of customers scores
    both models, so that what makes a sample hard for both cancels out. The rules:

    - *log loss* judges every line, so it can be asked for proof: the whole interval of the difference must lie below
      what is allowed (non-inferiority; Piaggio et al. 2012, Reporting of noninferiority and equivalence randomized
      trials). No news is good news only within that margin.
    - *precision* and *value at capacity* rest on the few flagged lines, where proof would refuse nearly everything:
      a challenger is refused if its whole interval lies below what is allowed.
    - *slices*: refused if the log loss of any is significantly worse than allowed, by a one-sided normal test with
      the bootstrap's standard error; p-values are corrected together (Holm 1979, A simple sequentially rejective
      multiple test procedure), so that many slices do not refuse by chance.
    - A *first* model has no champion: it is refused if its log loss is above that of the base rate, and where it is not
      shown to be below that of a baseline, the reasons say so.

    Parameters
    ----------
    challenger, champion : calibrated risks, shape (n_lines,); no champion for a first model
    capacity_share : share of lines that operations can act on
    seed : of the bootstrap
    baselines : risks by predictor without features, ``base_rate`` among them, that a first model is compared with

    Raises
    ------
    GateError
        The lines have only one class, or a risk is not between 0 and 1.
    """
    risks = [challenger] if champion is None else [champion, challenger]
    _require_usable(lines, risks)
    models = [rank(lines.returned, risk, lines.gain, capacity_share) for risk in risks]
    levels = _Levels.of(lines.slices)
    measured = [one.measure(np.ones(len(lines.returned))) for one in models]
    beside = (
        {}
        if champion is not None
        else {name: rank(lines.returned, risk, None, 1.0).loss for name, risk in (baselines or {}).items()}
    )
    samples: list[list[dict[str, float]]] = []
    worsened: list[Values] = []
    beaten: list[list[float]] = []
    for weight in resample_weights(lines.customer, params.resamples, seed):
        samples.append([one.measure(weight) for one in models])
        worsened.append(mean_by_level(models[-1].loss - models[0].loss, weight, levels.codes))
        beaten.append([float(np.average(models[-1].loss - loss, weights=weight)) for loss in beside.values()])
    metrics = _differences(measured, samples, params.level)
    slices = () if champion is None else _slices(lines, levels, models, np.array(worsened), params)
    first = beside_baselines(models[-1], beside, np.array(beaten), params.level)
    reasons = _objections(metrics, slices, params) if champion is not None else []
    worse = any(one.baseline == BASE_RATE and one.difference > 0 for one in first)
    refused = worse or bool(reasons)
    if champion is None:
        unopposed = [] if refused else ["it is the first model: there is no champion to compare with"]
        reasons = [*unopposed, *tell_baselines(first, measured[-1])]
    return Verdict(
        decision="refuse" if refused else "promote",
        reasons=tuple(reasons or ["no metric and no slice is worse than allowed"]),
        lines=len(lines.returned),
        customers=len(np.unique(np.asarray(lines.customer, dtype=str))),
        return_rate=float(lines.returned.mean()),
        level=params.level,
        resamples=params.resamples,
        metrics=metrics,
        slices=slices,
        baselines=first,
    )


def _differences(
    measured: list[dict[str, float]], samples: list[list[dict[str, float]]], level: float
) -> tuple[Difference, ...]:
    """Put the metrics of one or both models together with their intervals; the challenger is the last."""
    found = []
    for name, value in measured[-1].items():
        former = measured[0][name] if len(measured) > 1 else None
        drawn = [one[-1][name] - (one[0][name] if former is not None else 0.0) for one in samples]
        low, high = interval(drawn, level)
        difference = None if former is None else value - former
        found.append(
            Difference(metric=name, champion=former, challenger=value, difference=difference, low=low, high=high)
        )
    return tuple(found)


@dataclass(frozen=True)
class _Levels:
    """The slices of all dimensions, one after the other."""

    codes: list[tuple[npt.NDArray[np.intp], int]]
    """Of each dimension: the level of each line, and the number of levels."""
    names: list[tuple[str, str]]
    """Dimension and level of each slice."""

    @classmethod
    def of(cls, slices: pd.DataFrame) -> "_Levels":
        found = {str(name): pd.factorize(slices[name], sort=True) for name in slices}
        return cls(
            codes=[(code, len(levels)) for code, levels in found.values()],
            names=[(name, str(level)) for name, (_, levels) in found.items() for level in levels],
        )


def _slices(
    lines: Lines, levels: _Levels, models: list[Ranked], worsened: Values, params: GateParams
) -> tuple[SliceDifference, ...]:
    """Test each slice that has lines and customers enough."""
    ones = np.ones(len(lines.returned))
    former, latter = (mean_by_level(one.loss, ones, levels.codes) for one in models)
    counts, customers = _sizes(lines.customer, levels)
    judged = np.flatnonzero((counts >= params.slice_lines) & (customers >= params.slice_customers))
    excess = latter - former * (1 + params.allowed_worsening.slice_log_loss)
    corrected = _holm([_p_value(excess[place], worsened[:, place]) for place in judged])
    return tuple(
        SliceDifference(
            dimension=levels.names[place][0],
            level=levels.names[place][1],
            lines=int(counts[place]),
            champion=float(former[place]),
            challenger=float(latter[place]),
            difference=float(latter[place] - former[place]),
            p_value=p_value,
            worse=p_value <= 1 - params.level,
        )
        for place, p_value in zip(judged, corrected, strict=True)
    )


def _sizes(customer: npt.ArrayLike, levels: _Levels) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Count the lines and the customers of each slice."""
    lines, customers = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for code, number in levels.codes:
        once = pd.DataFrame({"level": code, "customer": np.asarray(customer)}).drop_duplicates()["level"]
        lines.append(np.bincount(code, minlength=number))
        customers.append(np.bincount(once, minlength=number))
    return np.concatenate(lines), np.concatenate(customers)


def _p_value(excess: float, samples: Values) -> float:
    """Return the chance of an excess this large if there were none; the samples tell its standard error."""
    error = float(np.nanstd(samples))
    if error == 0:
        return 0.0 if excess > 0 else 1.0
    return 0.5 * math.erfc(excess / error / math.sqrt(2))


def _holm(p_values: list[float]) -> list[float]:
    """Correct p-values for their number.

    >>> _holm([0.25, 0.0625, 0.5])
    [0.5, 0.1875, 0.5]
    """
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for done, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - done) * p_values[place]))
        corrected[place] = highest
    return corrected


def _objections(metrics: tuple[Difference, ...], slices: tuple[SliceDifference, ...], params: GateParams) -> list[str]:
    """Return why the challenger is refused, empty if it is not."""
    reasons = []
    for one in metrics:
        share = getattr(params.allowed_worsening, one.metric)
        allowed = share * abs(one.champion or 0.0)
        told = f"{one.metric}: challenger {one.challenger:.4g}, champion {one.champion:.4g}, "
        told += f"difference {one.difference:+.4g} with interval [{one.low:+.4g}, {one.high:+.4g}]"
        if one.metric == "log_loss" and one.high > allowed:
            reasons.append(f"{told}, not shown to be within {share:.1%} of the champion's")
        elif one.metric != "log_loss" and one.high < -allowed:
            reasons.append(f"{told}, worse than the champion's by more than {share:.1%}")
    reasons += [
        f"log_loss of {one.dimension} {one.level}: challenger {one.challenger:.4g}, champion {one.champion:.4g} on "
        f"{one.lines} lines, p = {one.p_value:.2g} after correction"
        for one in slices
        if one.worse
    ]
    return reasons


def _require_usable(lines: Lines, risks: list[Values]) -> None:
    if lines.returned.all() or not lines.returned.any():
        raise GateError(
            f"gate: {int(lines.returned.sum())} of {len(lines.returned)} lines were returned; both classes are needed. "
            "Lengthen split.test_days in params.yaml and train again."
        )
    for risk in risks:
        if not ((risk >= 0) & (risk <= 1)).all():
            raise GateError("gate: a risk is not between 0 and 1. Run the train stage again.")
