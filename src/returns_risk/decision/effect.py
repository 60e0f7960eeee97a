"""The measured effect of an intervention, and how many nights it takes to measure it."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from returns_risk.decision.holdout import CONTROL, TREATMENT
from returns_risk.errors import ParamsError

__all__ = ["Estimate", "estimate_effect", "nights_needed"]

_ARMS = ["stratum", "arm"]


@dataclass(frozen=True)
class Estimate:
    """What an intervention did to the share of lines returned."""

    treated: int
    """Lines of the treatment arm."""
    controls: int
    """Lines of the control arm."""
    treated_rate: float
    control_rate: float
    difference: float
    """Control rate less treated rate, strata weighted by their treated lines: the share of returns avoided."""
    low: float
    high: float


def estimate_effect(lines: pd.DataFrame, level: float = 0.95) -> Estimate:
    """Estimate by how much an intervention lowered the return rate, from the outcomes of both arms.

    The difference of the arms in each stratum, weighted by its treated lines (post-stratification; Miratrix, Sekhon &
    Yu 2013, Adjusting treatment effect estimates by post-stratification in randomized experiments), with the variance
    of sums over customers, since the lines of a customer are returned together (Cameron & Miller 2015, A practitioner's
    guide to cluster-robust inference). Strata without one of the arms are left out.

    Parameters
    ----------
    lines : ``customer_id``, ``stratum``, ``arm`` and ``returned`` of lines whose outcome is final

    Raises
    ------
    ParamsError
        No stratum has both arms.
    """
    arms = lines.groupby("stratum")["arm"].transform("nunique")
    compared = lines.assign(returned=lines["returned"].astype(float))[arms == 2]
    if compared.empty:
        raise ParamsError(
            f"holdout: none of {lines['stratum'].nunique()} strata has lines of both arms. Wait for more nights, or "
            "raise decision.holdout in policy.yaml."
        )
    is_treated = compared["arm"] == TREATMENT
    weight = compared[is_treated].groupby("stratum").size() / is_treated.sum()
    means = compared.groupby(_ARMS)["returned"].mean().unstack()  # noqa: PD010
    difference = float(((means[CONTROL] - means[TREATMENT]) * weight).sum())
    variance = _clustered_variance(compared, weight) + _variance_of_constant_arms(compared, weight)
    half = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(variance)
    return Estimate(
        treated=int(is_treated.sum()),
        controls=int((~is_treated).sum()),
        treated_rate=float((means[TREATMENT] * weight).sum()),
        control_rate=float((means[CONTROL] * weight).sum()),
        difference=difference,
        low=difference - half,
        high=difference + half,
    )


def _clustered_variance(lines: pd.DataFrame, weight: pd.Series) -> float:
    """Return the variance of the difference: squares of each customer's sum of weighted residuals."""
    returned = lines.groupby(_ARMS)["returned"]
    size, residual = returned.transform("size"), lines["returned"] - returned.transform("mean")
    sign = np.where(lines["arm"] == CONTROL, 1.0, -1.0)
    # The mean of an arm takes one degree of freedom.
    part = sign * lines["stratum"].map(weight) * residual / size * np.sqrt(size / np.maximum(size - 1, 1))
    return float((part.groupby(lines["customer_id"]).sum() ** 2).sum())


def _variance_of_constant_arms(lines: pd.DataFrame, weight: pd.Series) -> float:
    """Return the variance of arms whose lines all have the same outcome, which would look certain and are not.

    One more line of each outcome is assumed (Agresti & Caffo 2000, Simple and effective confidence intervals for
    proportions and differences of proportions), and customers are counted instead of lines.
    """
    arms = lines.groupby(_ARMS)
    cells = arms["returned"].agg(["mean", "nunique"]).join(arms["customer_id"].nunique())
    constant = cells[cells["nunique"] == 1]
    count = constant["customer_id"]
    share = (count * constant["mean"] + 1) / (count + 2)
    weights = weight.reindex(constant.index.get_level_values("stratum")).to_numpy()
    return float((weights**2 * share * (1 - share) / count).sum())


def nights_needed(
    effect: float, return_rate: float, lines_a_night: float, holdout: float, power: float = 0.8, level: float = 0.95
) -> int:
    """Return the number of nights after which an effect is detected with the given probability.

    The normal approximation for two proportions and unequal arms (Fleiss, Levin & Paik 2003, Statistical methods for
    rates and proportions, section 4.3), without its continuity correction. Customers with several lines make
    it somewhat longer.

    Parameters
    ----------
    effect : share by which the return rate of the treated lines is lowered, e.g. 0.2 from 0.5 to 0.4
    return_rate : of the lines that would be treated, without treatment
    lines_a_night : in both arms together
    holdout : share of the control group

    Raises
    ------
    ParamsError
        A number is out of range or none, or the effect too small to show at all.

    >>> nights_needed(0.4, 0.5, 100, 0.2)
    3
    """
    for name, value in (("effect", effect), ("return rate", return_rate), ("holdout", holdout), ("power", power)):
        if not 0 < value < 1:
            raise ParamsError(f"holdout: the {name} is {value}; it has to be between 0 and 1.")
    if not 0 < lines_a_night < math.inf:
        raise ParamsError(f"holdout: {lines_a_night} lines a night; it has to be a number above 0, e.g. 120.")
    control, treated = return_rate, return_rate * (1 - effect)
    pooled = holdout * control + (1 - holdout) * treated
    under_null = math.sqrt(pooled * (1 - pooled) * (1 / holdout + 1 / (1 - holdout)))
    under_effect = math.sqrt(control * (1 - control) / holdout + treated * (1 - treated) / (1 - holdout))
    quantile = NormalDist().inv_cdf
    width = quantile(0.5 + level / 2) * under_null + quantile(power) * under_effect
    # A tiny effect may be rounded to none.
    ratio = width / (control - treated) if treated < control else math.inf
    nights = ratio * ratio / lines_a_night
    if not math.isfinite(nights):
        raise ParamsError(f"holdout: an effect of {effect} on {lines_a_night} lines a night never shows. Give more.")
    return math.ceil(nights)
