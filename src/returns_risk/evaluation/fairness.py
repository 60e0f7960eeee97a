"""Whether groups of customers are flagged, and wrongly flagged, more than others."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import FairnessParams
from returns_risk.evaluation.resampling import holm, interval, resample_weights
from returns_risk.evaluation.slices import cut_slices

__all__ = ["RATES", "TOO_FEW", "compare_groups", "measure_fairness"]

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
TOO_FEW = "too few to judge"
RATES = ("flag_rate", "false_positive_rate", "true_positive_rate", "calibration_gap")
"""Share flagged; share flagged among the lines kept, and among those returned; mean risk less share returned."""


def measure_fairness(
    rows: pd.DataFrame, risk: Values, flagged: Flags, params: FairnessParams, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure how groups of lines are treated.

    Equal false-positive and true-positive rates are what Hardt, Price & Srebro 2016 (Equality of opportunity in
    supervised learning) ask for, equal calibration is the other common demand; where groups return at different rates
    no imperfect model can have both (Chouldechova 2017, Fair prediction with disparate impact). So both are shown,
    with intervals from a bootstrap over customers.

    Parameters
    ----------
    rows : features, ``customer_id`` and ``returned`` of tested lines
    risk : shape (n_lines,)
    flagged : whether a line would be acted on, shape (n_lines,)

    Returns
    -------
    One row a dimension and group: ``dimension``, ``group``, ``lines``, ``customers``, ``return_rate``, ``mean_risk``,
    and each of ``RATES`` with ``_low`` and ``_high``. Groups with fewer lines or customers than asked for are counted
    together as ``TOO_FEW``, without rates. And the comparison of the groups (``compare_groups``).
    """
    parts, gaps = [], []
    lines = rows[["customer_id", "returned"]].reset_index(drop=True)
    slices = cut_slices(rows, params.dimensions).reset_index(drop=True)
    for dimension in slices:
        groups = _merge_small(slices[dimension], lines["customer_id"], params)
        codes, names = pd.factorize(groups, sort=True)
        total = _sums(np.ones(len(lines)), codes, len(names), lines, risk, flagged)
        drawn = [
            _rates(_sums(weight, codes, len(names), lines, risk, flagged))
            for weight in resample_weights(lines["customer_id"], params.resamples, seed)
        ]
        samples = {name: np.array([rates[name] for rates in drawn]) for name in RATES}
        table = _tabulate(str(dimension), names, total, samples, lines["customer_id"].groupby(groups).nunique())
        parts.append(table)
        gaps += compare_groups(table, samples)
    columns = ["dimension", "rate", "lowest_group", "lowest_rate", "highest_group", "highest_rate", "gap", "p_value"]
    empty = pd.DataFrame(columns=["dimension", "group", "lines"])
    compared = pd.DataFrame(gaps, columns=columns)
    compared["p_value"] = holm(compared["p_value"])
    return pd.concat(parts, ignore_index=True) if parts else empty, compared


def compare_groups(table: pd.DataFrame, samples: dict[str, Values]) -> list[dict[str, object]]:
    """Find the two groups of a dimension's table between which each rate differs most, and whether by chance.

    The p-value is of Cochran's test of homogeneity (Cochran 1954, The combination of estimates from different
    experiments) with the variances of the bootstrap ``samples``, shape (resamples, n_groups); corrected by the caller.
    """
    from scipy.stats import chi2

    differences: list[dict[str, object]] = []
    for rate in RATES:
        judged = np.flatnonzero(table[rate].notna().to_numpy(dtype=bool))
        value = table[rate].to_numpy(dtype=np.float64)[judged]
        if len(judged) < 2 or value.min() == value.max():
            continue
        variance = np.nanvar(samples[rate][:, judged], axis=0)
        # Where no line of a group is chosen, or all are, no sample differs: half a customer more would be chosen.
        customers = table["customers"].to_numpy(dtype=np.float64)[judged]
        share = (np.abs(value) * customers + 0.5) / (customers + 1)
        variance = np.where(variance > 0, variance, share * (1 - share) / customers)
        mean = np.average(value, weights=1 / variance)
        low, high = judged[value.argmin()], judged[value.argmax()]
        differences.append(
            {
                "dimension": table["dimension"].iloc[0],
                "rate": rate,
                "lowest_group": table["group"].iloc[low],
                "lowest_rate": value.min(),
                "highest_group": table["group"].iloc[high],
                "highest_rate": value.max(),
                "gap": value.max() - value.min(),
                "p_value": float(chi2.sf(((value - mean) ** 2 / variance).sum(), len(judged) - 1)),
            }
        )
    return differences


def _merge_small(levels: pd.Series, customers: pd.Series, params: FairnessParams) -> pd.Series:
    counts = levels.value_counts()
    persons = customers.groupby(levels).nunique().reindex(counts.index)
    small = counts.index[(counts < params.min_lines) | (persons < params.min_customers)]
    return levels.where(~levels.isin(small), TOO_FEW)


def _sums(
    weight: Values, codes: npt.NDArray[np.intp], levels: int, lines: pd.DataFrame, risk: Values, flagged: Flags
) -> dict[str, Values]:
    """Return weighted sums over the lines of each level, shape (n_levels,)."""
    ones, returned = np.ones(len(weight)), lines["returned"].to_numpy(dtype=np.float64)
    summed = {"lines": ones, "returned": returned, "risk": risk}
    summed |= {"flagged": ones * flagged, "flagged_returned": returned * flagged}
    return {
        name: np.asarray(np.bincount(codes, weights=weight * values, minlength=levels), dtype=np.float64)
        for name, values in summed.items()
    }


def _rates(sums: dict[str, Values]) -> dict[str, Values]:
    lines, returned = sums["lines"], sums["returned"]
    return {
        "flag_rate": _share(sums["flagged"], lines),
        "false_positive_rate": _share(sums["flagged"] - sums["flagged_returned"], lines - returned),
        "true_positive_rate": _share(sums["flagged_returned"], returned),
        "calibration_gap": _share(sums["risk"] - returned, lines),
    }


def _tabulate(
    dimension: str, names: pd.Index, total: dict[str, Values], samples: dict[str, Values], customers: pd.Series
) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "dimension": dimension,
            "group": names,
            "lines": total["lines"].astype(np.int64),
            "customers": customers.reindex(names).to_numpy(dtype=np.int64),
            "return_rate": _share(total["returned"], total["lines"]),
            "mean_risk": _share(total["risk"], total["lines"]),
        }
    )
    for name, value in _rates(total).items():
        bounds = np.array([interval(samples[name][:, column]) for column in range(len(names))]).T
        table[name], table[f"{name}_low"], table[f"{name}_high"] = value, *bounds
    rates = [f"{name}{end}" for name in RATES for end in ("", "_low", "_high")]
    table.loc[table["group"] == TOO_FEW, rates] = np.nan
    return table.sort_values("group", key=lambda group: group == TOO_FEW, kind="stable", ignore_index=True)


def _share(part: Values, total: Values) -> Values:
    return np.asarray(np.divide(part, total, out=np.full(len(total), np.nan), where=total > 0))
