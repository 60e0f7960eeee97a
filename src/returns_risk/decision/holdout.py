"""Who is left alone so that the effect is measured, how large it was, and how long that takes to show."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.decision.context import DecisionContext
from returns_risk.decision.eligibility import uniform
from returns_risk.errors import ParamsError

__all__ = ["CONTROL", "TREATMENT", "Estimate", "assign_arms", "estimate_effect", "nights_needed"]

TREATMENT, CONTROL = "treatment", "control"
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Estimate:
    """What an intervention did to the share that came back."""

    treated: int
    """Lines."""
    controls: int
    treated_rate: float
    control_rate: float
    difference: float
    """Control less treated, each stratum by its treated lines: the share of returns avoided among the treated lines."""
    low: float
    high: float


def assign_arms(
    planned: pd.DataFrame, value: npt.NDArray[np.float64], share: float, context: DecisionContext
) -> pd.Series:
    """Draw which of the lines that would be treated are left alone.

    Whole customers are drawn, so that nobody is in both arms of a run: within each stratum of intervention and market
    (that of the customer's most valuable line) a share of the customers, by the keyed hash of run and customer. A
    stratum's share is met but for rounding, and rounding itself is drawn, so that small strata are right on average.

    Parameters
    ----------
    planned : ``line_id``, ``customer_id``, ``intervention`` and, where the source has it, ``market``
    value : of each line, shape (n_lines,)
    share : of the customers to leave alone
    context : names the run that arms are drawn for, and the key

    Returns
    -------
    ``treatment`` or ``control`` for each line; the same for the same lines, whatever their order.
    """
    market = planned["market"].astype("str").fillna("") if "market" in planned else pd.Series("", index=planned.index)
    lines = pd.DataFrame(
        {
            "customer": planned["customer_id"].astype("str"),
            "stratum": planned["intervention"].astype("str") + "\n" + market,
            "value": value,
            "line": planned["line_id"].astype("str"),
        }
    ).sort_values(["value", "line"], ascending=[False, True])
    customers = lines.drop_duplicates("customer").reset_index(drop=True)
    customers["drawn"] = uniform(customers["customer"], f"holdout {context.run}", context.key)
    customers = customers.sort_values(["stratum", "drawn", "customer"], ignore_index=True)
    place = customers.groupby("stratum").cumcount()
    number = customers.groupby("stratum")["customer"].transform("size") * share
    rounded = np.floor(number + uniform(customers["stratum"], f"rounding {context.run}", context.key))
    controls = set(customers.loc[place < rounded, "customer"])
    is_control = planned["customer_id"].astype("str").isin(controls)
    return pd.Series(np.where(is_control, CONTROL, TREATMENT), index=planned.index, dtype="str")


def estimate_effect(lines: pd.DataFrame, level: float = 0.95) -> Estimate:
    """Estimate by how much the treated lines came back less, from the outcomes of both arms.

    The difference of the arms in each stratum, weighted by its treated lines (post-stratification; Miratrix, Sekhon &
    Yu 2013, Adjusting treatment effect estimates by post-stratification in randomized experiments), with the variance
    of sums over customers, since the lines of a customer come back together (Cameron & Miller 2015, A practitioner's
    guide to cluster-robust inference). Strata without one of the arms tell nothing and are left out.

    Parameters
    ----------
    lines : ``customer_id``, ``stratum``, ``arm`` and ``returned`` of lines whose outcome is final

    Raises
    ------
    ParamsError
        No stratum has both arms.
    """
    arms = lines.groupby("stratum")["arm"].transform("nunique")
    told = lines.assign(returned=lines["returned"].astype(float))[arms == 2]
    if told.empty:
        raise ParamsError(
            f"holdout: none of {lines['stratum'].nunique()} strata has lines of both arms. Wait for more nights, or "
            "raise decision.holdout in policy.yaml."
        )
    weight = told[told["arm"] == TREATMENT].groupby("stratum").size() / (told["arm"] == TREATMENT).sum()
    means = told.groupby(["stratum", "arm"])["returned"].mean().unstack()  # noqa: PD010
    difference = float(((means[CONTROL] - means[TREATMENT]) * weight).sum())
    error = math.sqrt(_variance(told, weight))
    half = _normal(0.5 + level / 2) * error
    return Estimate(
        treated=int((told["arm"] == TREATMENT).sum()),
        controls=int((told["arm"] == CONTROL).sum()),
        treated_rate=float((means[TREATMENT] * weight).sum()),
        control_rate=float((means[CONTROL] * weight).sum()),
        difference=difference,
        low=difference - half,
        high=difference + half,
    )


def nights_needed(
    effect: float, return_rate: float, lines_a_night: float, holdout: float, power: float = 0.8, level: float = 0.95
) -> int:
    """Return after how many nights an effect shows with the given probability.

    The normal approximation for two proportions and unequal arms (Fleiss, Levin & Paik 2003, Statistical methods for
    rates and proportions, section 4.3), without its continuity correction. Customers with several lines make it
    somewhat longer.

    Parameters
    ----------
    effect : share by which the return rate of the treated lines is lowered, e.g. 0.2 from 0.5 to 0.4
    return_rate : of the lines that would be treated, if they are left alone
    lines_a_night : in both arms together
    holdout : share left alone

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
    left, treated = return_rate, return_rate * (1 - effect)
    together = holdout * left + (1 - holdout) * treated
    under_none = math.sqrt(together * (1 - together) * (1 / holdout + 1 / (1 - holdout)))
    under_effect = math.sqrt(left * (1 - left) / holdout + treated * (1 - treated) / (1 - holdout))
    width = _normal(0.5 + level / 2) * under_none + _normal(power) * under_effect
    # Rounded, a tiny effect is none.
    ratio = width / (left - treated) if treated < left else math.inf
    nights = ratio * ratio / lines_a_night
    if not math.isfinite(nights):
        raise ParamsError(f"holdout: an effect of {effect} on {lines_a_night} lines a night never shows. Give more.")
    return math.ceil(nights)


def _variance(told: pd.DataFrame, weight: pd.Series) -> float:
    """Return the variance of the difference: squares of each customer's sum of weighted residuals."""
    size = told.groupby(["stratum", "arm"])["returned"].transform("size")
    residual = told["returned"] - told.groupby(["stratum", "arm"])["returned"].transform("mean")
    sign = np.where(told["arm"] == CONTROL, 1.0, -1.0)
    # Of few lines the mean takes one degree of freedom.
    part = sign * told["stratum"].map(weight) * residual / size * np.sqrt(size / np.maximum(size - 1, 1))
    sums = part.groupby(told["customer_id"]).sum()
    return float((sums**2).sum()) + _variance_of_alike(told, weight)


def _variance_of_alike(told: pd.DataFrame, weight: pd.Series) -> float:
    """Return what arms add in which all lines came back, or none, or there is but one: they look certain and are not.

    One more line of each kind is thought of (Agresti & Caffo 2000, Simple and effective confidence intervals for
    proportions and differences of proportions), and customers are counted instead of lines.
    """
    arms = told.groupby(["stratum", "arm"])
    cells = arms["returned"].agg(["mean", "nunique"]).join(arms["customer_id"].nunique())
    alike = cells[cells["nunique"] == 1]
    count = alike["customer_id"]
    share = (count * alike["mean"] + 1) / (count + 2)
    weights = weight.reindex(alike.index.get_level_values("stratum")).to_numpy()
    return float((weights**2 * share * (1 - share) / count).sum())


def _normal(probability: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(probability)
