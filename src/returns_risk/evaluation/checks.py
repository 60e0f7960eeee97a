"""The traffic lights of a model card: what was measured beside the limits that it is held to."""

from typing import Any, Literal

from returns_risk.config.params import LeakageParams
from returns_risk.config.yaml_files import Frozen
from returns_risk.evaluation.markdown import number, share

__all__ = ["CHANCE", "RATE_WORDS", "Check", "check_limits"]

CHANCE = 0.05
"""Probability below which a difference is more than chance explains."""
RATE_WORDS = {
    "flag_rate": "chosen",
    "false_positive_rate": "chosen though kept",
    "true_positive_rate": "chosen of returned",
    "calibration_gap": "calibration gap",
}
"""How people read the rates of the fairness."""
Rows = list[dict[str, Any]]


class Check(Frozen):
    """One limit, what was measured, and whether that is within it."""

    name: str
    limit: str
    measured: str
    light: Literal["green", "amber", "red", "not measured"]
    """Amber: within no limit that stops a model, but somebody has to look at it."""


def check_limits(
    metrics: dict[str, dict[str, float]],
    intervals: dict[str, dict[str, Any]],
    backtest: dict[str, Any],
    gaps: Rows,
    weak_slices: list[str],
    leakage: LeakageParams,
) -> list[Check]:
    """Compare a model with its limits.

    Parameters
    ----------
    metrics : of ``model`` and of each baseline
    intervals : by metric and predictor, with ``low`` and ``high``; empty for reasons
    backtest : ``summary``, ``slices`` and ``attributions``; empty for reasons
    gaps : differences between groups of customers, with ``p_value``
    weak_slices : of the backtest, with a calibration error of more than twice that of chance
    """
    checks = [_check_baselines(metrics, intervals.get("log_loss", {}))]
    if not backtest:
        return checks
    return [*checks, *_check_leakage(backtest, leakage), _check_slices(backtest, weak_slices), _check_groups(gaps)]


def _check_baselines(metrics: dict[str, dict[str, float]], log_loss: dict[str, Any]) -> Check:
    losses = {name: values.get("log_loss", float("nan")) for name, values in metrics.items()}
    others = {name: loss for name, loss in losses.items() if name != "model"}
    measured = "; ".join(f"{name.replace('_', ' ')} {number(loss)}" for name, loss in losses.items())
    better = all(losses["model"] < loss for loss in others.values())
    # The test lines are the same for all, so that intervals that do not even overlap leave no doubt.
    clear = not log_loss or all(
        log_loss["model"]["high"] < log_loss[name]["low"] for name in others if name in log_loss
    )
    names = " and the ".join(name.replace("_", " ") for name in others)
    return Check(
        name="better than simpler predictors",
        limit=f"log loss below that of the {names}",
        measured=measured,
        light="green" if better and clear else "amber" if better else "red",
    )


def _check_leakage(backtest: dict[str, Any], leakage: LeakageParams) -> list[Check]:
    auc = float(backtest["summary"]["metrics"]["model"]["auc"]["mean"])
    largest = max(backtest["attributions"], key=lambda row: row["share"], default=None)
    accepted = backtest["summary"].get("accepted", {})
    checks = [
        (
            "auc",
            "not too good to be true",
            f"AUC of past days at most {leakage.max_auc}",
            number(auc),
            auc <= leakage.max_auc,
        )
    ]
    if largest is not None:
        feature, part = str(largest["feature"]), float(largest["share"])
        limit = f"no feature above {share(leakage.max_share)} of the attributions"
        checks.append((feature, "rests on many facts", limit, f"{feature} {share(part)}", part <= leakage.max_share))
    return [
        Check(
            name=name,
            limit=limit,
            measured=measured,
            light="green" if within else "amber" if finding in accepted else "red",
        )
        for finding, name, limit, measured, within in checks
    ]


def _check_slices(backtest: dict[str, Any], weak_slices: list[str]) -> Check:
    return Check(
        name="calibrated on every slice",
        limit="calibration error at most twice that of chance",
        measured=f"above it: {', '.join(weak_slices) or 'none'} (of {len(backtest['slices'])})",
        light="not measured" if not backtest["slices"] else "amber" if weak_slices else "green",
    )


def _check_groups(gaps: Rows) -> Check:
    apart = [
        f"{row['dimension'].replace('_', ' ')} ({RATE_WORDS[row['rate']]})" for row in gaps if row["p_value"] < CHANCE
    ]
    return Check(
        name="groups of customers treated alike",
        limit=f"no difference that chance does not explain (p below {CHANCE})",
        measured=f"beyond it: {', '.join(apart) or 'none'} (of {len(gaps)})",
        light="not measured" if not gaps else "amber" if apart else "green",
    )
