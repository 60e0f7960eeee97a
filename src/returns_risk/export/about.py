"""The sheet About of the workbook: the run, its lines in figures, and the meaning of each column."""

import re
from typing import Any

import pandas as pd

from returns_risk.scoring.columns import TREATED

__all__ = ["COLUMNS", "describe_workbook", "head_column"]

COLUMNS = {
    "order_id": "the order, as the shop names it",
    "line_id": "the line of the order, as the shop names it",
    "sku": "the item, as the shop names it",
    "ordered_on": "day of the order in the shop's time zone",
    "market": "where the order goes",
    "warehouse": "where the order ships from",
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
        "act: do it; review: decide first; holdout: control group, leave it alone so that the effect can be measured; "
        "none: no action"
    ),
    "intervention": "the planned intervention; not carried out where the decision is holdout",
    "value": "expected saving of the intervention, its cost deducted",
    "value_low": "lower bound of the value",
    "value_high": "upper bound of the value",
    "arm": "treatment or control, where something is planned",
    "no_action_reason": "why there is no intervention",
    "risk": "probability that any unit of the line is returned within its return window",
    "risk_low": "lower bound of the risk",
    "risk_high": "upper bound of the risk",
    "evidence": (
        "known outcomes: strong (five of the customer and twenty of the item), some (one of the two), thin or none"
    ),
    "return_reason": "the likeliest reason if the line is returned; empty where the model is not sure enough",
    "return_reason_share": "share of such returns that have this reason",
    "reason_1": "a fact that raises the risk; the first is the strongest",
    "message": "message to the customer or the warehouse, ready to be sent",
}
"""Meaning of the columns of the sheets; ``reason_1`` is the key of all numbered reasons."""
_IN_POLICY_CURRENCY = ("expected_saving", "value", "value_low", "value_high")
_DECISIONS = {"act": "to act on", "review": "to review", "holdout": "control group", "none": "no action"}
Row = tuple[str, str, Any]
"""Part, name, and text or number."""


def head_column(name: str, currency: str) -> str:
    """Return the header of a column, with the policy's currency where amounts are in it.

    >>> head_column("value_low", "EUR"), head_column("line_value", "EUR")
    ('value low (EUR)', 'line value')
    """
    unit = f" ({currency})" if name in _IN_POLICY_CURRENCY else ""
    return name.replace("_", " ") + unit


def describe_workbook(sheets: dict[str, pd.DataFrame], flagged: pd.DataFrame, manifest: dict[str, Any]) -> list[Row]:
    """Return the rows of the sheet ``About``: the run, its lines, the columns sheet by sheet, hashes last.

    Parameters
    ----------
    sheets : frames as they are written, keyed by sheet name
    flagged : flagged lines as they are exported
    manifest : of the export
    """
    currency = manifest["plan"]["currency"]
    columns = [
        (f"columns of {sheet}", head_column(str(name), currency), _meaning(str(name)))
        for sheet, frame in sheets.items()
        for name in frame
    ]
    hashes = [("made from, SHA-256", name, digest) for name, digest in manifest.get("made_from", {}).items()]
    return [*_run(manifest), *_lines(flagged, manifest["plan"]), *columns, *hashes]


def _meaning(name: str) -> str:
    return COLUMNS.get(re.sub(r"^reason_\d+$", "reason_1", name), "")


def _run(manifest: dict[str, Any]) -> list[Row]:
    plan = manifest["plan"]
    facts = {
        "as of": manifest["as_of"],
        "source": manifest["source"],
        "model of the risk, version": manifest["model_version"],
        "model of the reasons, version": manifest["reason_model_version"] or "none",
        "policy, version": plan["policy"],
        "currency of expected savings": plan["currency"],
    }
    return [("run", what, text) for what, text in facts.items()] + [
        ("run", "notice", text) for text in plan.get("notices", [])
    ]


def _lines(flagged: pd.DataFrame, plan: dict[str, Any]) -> list[Row]:
    counts = {what: plan[name] for name, what in _DECISIONS.items()}
    figures: dict[str, Any] = {"open": sum(counts.values()), "flagged": len(flagged)} | counts
    if plan.get("closed"):
        figures["left out: shipped, cancelled or returned since the as-of"] = plan["closed"]
    treated = flagged[flagged["decision"].isin(TREATED)]
    for name, case in {"value": "", "value_low": " at worst", "value_high": " at best"}.items():
        figures[f"expected saving{case} ({plan['currency']})"] = round(float(treated[name].round(2).sum()), 2)
    return [("lines", what, number) for what, number in figures.items()]
