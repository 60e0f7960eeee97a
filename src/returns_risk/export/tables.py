"""The tables of an export: flagged order lines, scores and item actions, as frames and as CSV."""

import csv
import re

import pandas as pd

from returns_risk.export.columns import MESSAGE
from returns_risk.scoring.columns import (
    CERTAINTY,
    CONTEXT,
    DECISION,
    IDS,
    PREDICTION,
    RESOLUTION,
    SHADOW,
    SIZES,
)

__all__ = ["customers_csv", "flagged_csv", "flagged_orders", "scores", "sku_actions_csv", "spreadsheet_safe"]

_PLACES = {
    **dict.fromkeys(("risk", "risk_low", "risk_high", "return_reason_share"), 4),
    **dict.fromkeys(("suggested_size_kept", "ordered_size_kept"), 4),
    **dict.fromkeys(("value", "value_low", "value_high"), 2),
}
"""Decimal places of the columns of ``flagged_orders.csv``."""
_SKU_PLACES = {
    **dict.fromkeys(("return_rate_all", "return_rate_90d", "parent_return_rate"), 4),
    **dict.fromkeys(("expected_returns", "expected_saving"), 2),
}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)"
# Numbers and times, and what reads as a day of a month: 1-Mar, SEP12.
_CHANGED_BY_SPREADSHEETS = re.compile(
    rf" *(?:[\d.,:/e+-]*\d[\d.,:/e+-]*|\d+[-/. ]?{_MONTH}(?:[-/. ]?\d+)?|{_MONTH}[-/. ]?\d+) *", re.IGNORECASE
)


def flagged_orders(candidates: pd.DataFrame, reasons: int) -> pd.DataFrame:
    """Return the flagged lines as they are exported, the most valuable first.

    Parameters
    ----------
    candidates : as ``to_export`` returns them
    reasons : number of columns ``reason_1``, ``reason_2`` ...
    """
    flagged = candidates[candidates["flagged"]].reset_index(drop=True)
    context = [name for name in CONTEXT if name in flagged]
    texts = {
        f"reason_{number + 1}": pd.Series(
            [line[number] if number < len(line) else None for line in flagged["reasons"]], dtype="str"
        )
        for number in range(reasons)
    }
    sizes, resolution, message = (
        [name for name in names if name in flagged] for names in (["ship_by", *SIZES], RESOLUTION, MESSAGE)
    )
    columns = [*IDS[:4], *context, "line_value", *DECISION, "risk", *CERTAINTY, *sizes, *resolution]
    rows = _by_risk(flagged[columns].assign(**texts, **flagged[message]))
    return rows.sort_values("value", ascending=False, kind="stable", ignore_index=True)


def scores(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return risk and decision of every candidate, the highest risk first."""
    return _by_risk(candidates[[*IDS, *PREDICTION, *DECISION, *SHADOW]])


def _by_risk(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort by risk, highest first; ids settle ties so that the order never depends on the input's."""
    return frame.sort_values(["risk", "order_id", "line_id"], ascending=[False, True, True], ignore_index=True)


def flagged_csv(flagged: pd.DataFrame) -> str:
    """Return ``flagged_orders.csv``."""
    days = {"ordered_on": flagged["ordered_on"].dt.strftime("%Y-%m-%d")}
    times = {
        name: flagged[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ") for name in ("ship_by", "reply_by") if name in flagged
    }
    text = flagged.assign(**days, **times).round(_PLACES)
    return _quoted(_safe(text, ids=("order_id", "line_id", "sku", "size", "suggested_size")))


def sku_actions_csv(actions: pd.DataFrame) -> str:
    """Return ``skus.csv``: the actions proposed for items."""
    items = [spreadsheet_safe(str(item), is_id=True) for item in actions["item"]]
    text = actions.astype(dict.fromkeys(_SKU_PLACES, "float64")).round(_SKU_PLACES)
    return _quoted(text.assign(item=pd.Series(items, index=actions.index, dtype="str")))


def customers_csv(customers: pd.DataFrame) -> str:
    """Return ``customers.csv``: ``order_id`` and the shop's own ``customer_id``."""
    return _quoted(_safe(customers, ids=("order_id", "customer_id")))


def _safe(frame: pd.DataFrame, ids: tuple[str, ...]) -> pd.DataFrame:
    """Return the frame with texts that no spreadsheet changes or runs."""
    text = frame.copy()
    for name in text.select_dtypes(include=["str", "category"]).columns:
        safe = [spreadsheet_safe(str(v), is_id=name in ids) if isinstance(v, str) else "" for v in text[name]]
        text[name] = pd.Series(safe, index=text.index, dtype="str")
    return text


def _quoted(text: pd.DataFrame) -> str:
    # Spreadsheets recognise UTF-8 by the byte order mark. Text is quoted throughout: a carriage return
    # inside a cell would otherwise begin a row, and there a formula.
    return "\ufeff" + text.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)


def spreadsheet_safe(text: str, *, is_id: bool = False) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula, or before an id it would change.

    >>> spreadsheet_safe("=HYPERLINK(1)"), spreadsheet_safe("00123", is_id=True), spreadsheet_safe("AB-1", is_id=True)
    ("'=HYPERLINK(1)", "'00123", 'AB-1')
    """
    changes = is_id and _CHANGED_BY_SPREADSHEETS.fullmatch(text) is not None
    return f"'{text}" if changes or text.lstrip(" ").startswith(_FORMULA_STARTS) else text
