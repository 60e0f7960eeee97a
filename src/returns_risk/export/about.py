"""What a workbook says of itself: the run, its lines in figures, and what each column means."""

import re
from typing import Any

import pandas as pd

__all__ = ["COLUMNS", "describe_workbook", "head_column"]

COLUMNS = {
    "order_id": "the order, as the shop names it",
    "line_id": "the line of the order, as the shop names it",
    "sku": "the item, as the shop names it",
    "ordered_on": "day of the order in the shop's time zone",
    "market": "where the order goes",
    "warehouse": "where it leaves from",
    "brand": "of the item",
    "category": "of the item",
    "size": "of the item",
    "colour": "of the item",
    "expected_saving": "expected saving of the lines to act on or review; lines of the control group save nothing",
    "highest_risk": "highest risk among the lines of the order",
    "what_to_do": (
        "the intervention of each line; 'needs review': decide first; 'control group': leave the line alone; "
        "'no action' and why, where nothing is planned for the whole order"
    ),
    "reason": "the strongest fact that raises the risk of the riskiest line",
    "lines": "flagged lines of the order",
    "order_value": "value of the flagged lines of the order",
    "currency": "currency of prices and order values",
    "quantity": "units ordered",
    "unit_price": "price of one unit",
    "line_value": "quantity times price",
    "decision": (
        "act: do it; review: needs review; hold: leave it alone, so that the effect is measured by comparison; "
        "none: nothing is planned"
    ),
    "intervention": "the planned intervention; not carried out where the decision is holdout",
    "value": "expected saving of the intervention, its cost deducted",
    "value_low": "lower bound of the value",
    "value_high": "upper bound of the value",
    "arm": "treatment or control, where something is planned",
    "no_action_reason": "why nothing is planned",
    "risk": "probability that any unit of the line comes back within its return window",
    "risk_low": "lower bound of the risk",
    "risk_high": "upper bound of the risk",
    "evidence": (
        "outcomes known: strong (five of the customer and twenty of the item), some (one of the two), thin or none"
    ),
    "return_reason": "the likeliest reason should the line come back; empty where the model is not sure enough",
    "return_reason_share": "share of such returns that have this reason",
    "reason_1": "a fact that raises the risk; the first is the strongest",
    "message": "ready to be sent where something is to be done, to the customer or the warehouse",
}
"""What the columns of the sheets mean; ``reason_1`` stands for all that are numbered like it."""
_SAVED = ("expected_saving", "value", "value_low", "value_high")
"""Columns in the policy's currency."""
_FIGURES = {
    "act": "to act on",
    "review": "to review",
    "holdout": "control group",
    "none": "no action",
}
Row = tuple[str, str, Any]


def head_column(name: str, currency: str | None) -> str:
    """Return the header of a column, with the currency where it is the policy's.

    >>> head_column("value_low", "EUR"), head_column("line_value", "EUR")
    ('value low (EUR)', 'line value')
    """
    unit = f" ({currency})" if currency and name in _SAVED else ""
    return name.replace("_", " ") + unit


def describe_workbook(sheets: dict[str, pd.DataFrame], flagged: pd.DataFrame, manifest: dict[str, Any]) -> list[Row]:
    """Return rows of part, what and its text or number: the run, its lines, the columns sheet by sheet, hashes last.

    Parameters
    ----------
    sheets : by name, as they are written
    flagged : flagged lines as they are exported
    manifest : of the export; what it does not say is left out
    """
    currency = manifest.get("plan", {}).get("currency")
    legend = [
        (f"columns of {sheet}", head_column(str(name), currency), _meaning(str(name)))
        for sheet, frame in sheets.items()
        for name in frame
    ]
    hashes = [("made from, SHA-256", name, told) for name, told in manifest.get("made_from", {}).items()]
    return [*_run(manifest), *_lines(flagged, manifest), *legend, *hashes]


def _meaning(name: str) -> str:
    return COLUMNS.get(re.sub(r"^reason_\d+$", "reason_1", name), "")


def _run(manifest: dict[str, Any]) -> list[Row]:
    plan = manifest.get("plan", {})
    told = {
        "as of": manifest.get("as_of"),
        "source": manifest.get("source"),
        "model of the risk, version": manifest.get("model_version"),
        "model of the reasons, version": manifest.get("reason_model_version") or "none",
        "policy, version": plan.get("policy"),
        "currency of expected savings": plan.get("currency"),
    }
    notices = [("run", "notice", text) for text in plan.get("notices", [])]
    return [("run", what, text) for what, text in told.items() if text is not None] + notices


def _lines(flagged: pd.DataFrame, manifest: dict[str, Any]) -> list[Row]:
    plan = manifest.get("plan", {})
    counts = {what: plan[name] for name, what in _FIGURES.items() if name in plan}
    told: dict[str, Any] = {"open": sum(counts.values())} if len(counts) == len(_FIGURES) else {}
    told |= {"flagged": len(flagged)} | counts
    if plan.get("closed"):
        told["left out: shipped, cancelled or returned since the as-of"] = plan["closed"]
    if "decision" in flagged:
        treated = flagged[flagged["decision"].isin(["act", "review"])]
        saved = {"value": "", "value_low": " at worst", "value_high": " at best"}
        unit = f" ({plan['currency']})" if "currency" in plan else ""
        sums = treated[list(saved)].round(2).sum()
        told |= {f"expected saving{when}{unit}": round(float(sums[name]), 2) for name, when in saved.items()}
    return [("lines", what, number) for what, number in told.items()]
