"""What people should know about a policy: return reasons in it that the model never predicts."""

import logging

import pandas as pd

from returns_risk.config.policy import ANY, Policy

__all__ = ["find_notices"]

_logger = logging.getLogger(__name__)


def find_notices(shares: pd.DataFrame, policy: Policy) -> list[str]:
    """Return, and log, a notice about reasons in the policy that are never predicted: their effects never apply.

    Parameters
    ----------
    shares : P(reason | return), the reasons as columns
    """
    reasons_of = {name: [*intervention.effect] for name, intervention in policy.interventions.items()}
    reasons_of |= {name: [*action.reasons] for name, action in policy.sku_actions.items()}
    unpredicted: dict[str, list[str]] = {}
    for name, reasons in reasons_of.items():
        for reason in reasons:
            if reason != ANY and reason not in shares:
                unpredicted.setdefault(reason, []).append(name)
    if not unpredicted:
        return []
    if len(shares.columns):
        listed = "; ".join(f"{reason} ({', '.join(names)})" for reason, names in unpredicted.items())
        predicted = ", ".join(map(str, shares.columns))
        notice = (
            f"reasons of policy.yaml that are misspelt or too rare have no effect: {listed}. Predicted are {predicted}"
        )
    else:
        notice = "no reasons are predicted, so that only effects on any reason count: none is stated, or too rarely"
    _logger.warning("%s", notice)
    return [notice]
