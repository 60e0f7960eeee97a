"""Suspicion of leakage: a model that is too good before shipment, or rests on a single feature."""

import logging

import pandas as pd

from returns_risk.config.params import LeakageParams
from returns_risk.errors import LeakageError

__all__ = ["require_plausible"]

_NAMED = 3
_logger = logging.getLogger(__name__)


def require_plausible(recipe: str, auc: float, shares: pd.Series, params: LeakageParams) -> dict[str, str]:
    """Stop where a model looks as if a feature contained the outcome.

    Whether an order comes back is open while it waits in the warehouse: no history predicts it nearly for sure (Kaufman
    et al. 2012, Leakage in data mining: formulation, detection, and avoidance, advise to suspect exactly that).

    Parameters
    ----------
    auc : mean of the folds
    shares : of each feature in the attributions, mean of the folds

    Returns
    -------
    The suspicions that are accepted, with the reasons given.

    Raises
    ------
    LeakageError
        The AUC or the share of a feature is above its limit, and ``leakage.accepted`` does not say why it may be.
    """
    strongest = shares.sort_values(ascending=False, kind="stable").head(_NAMED)
    suspicions = {
        str(name): f"{name} makes up {share:.0%} of what the model {recipe} rests on, more than leakage.max_share "
        f"({params.max_share:.0%})"
        for name, share in strongest.items()
        if share > params.max_share
    }
    if auc > params.max_auc:
        named = ", ".join(f"{name} ({share:.0%})" for name, share in strongest.items())
        suspicions["auc"] = (
            f"the model {recipe} has an AUC of {auc:.3f} on lines that had not shipped, more than leakage.max_auc "
            f"({params.max_auc}); it rests most on {named}"
        )
    for name, finding in suspicions.items():
        if name not in params.accepted:
            raise LeakageError(
                f"backtest: {finding}. Find out whether it knows the outcome, e.g. by how its source fills it in after "
                "the return; leave it out in models/recipes, or say in params.yaml under leakage.accepted why "
                f"{name} is right: {{{name}: reason}}."
            )
        _logger.warning("accepted (%s): %s", params.accepted[name], finding)
    return {name: params.accepted[name] for name in suspicions}
