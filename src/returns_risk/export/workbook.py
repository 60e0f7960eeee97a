"""The flagged orders as a workbook: a sheet of orders, one row each, and a sheet of their lines."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from returns_risk.explain import say_decision, say_for_order
from returns_risk.export.about import describe_workbook, head_column
from returns_risk.io.files import atomic_file

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["fold_orders", "write_workbook"]

_MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""Workbooks say when they were made; so that the same run gives the same bytes, all say this."""
_IDS = ("order_id", "line_id", "sku", "size")
_SHARES = ("risk", "risk_low", "risk_high", "return_reason_share", "highest_risk")
_MONEY = ("unit_price", "line_value", "value", "value_low", "value_high", "order_value", "expected_saving")
_WIDE = 60
_NARROW = 9
_LINE = 15
"""Height of a line of text, in points."""
_BUTTON = 3
"""Room for the filter's button beside the longest word of a header."""
_LEGEND = 95
"""Width of the texts of the last sheet, which are wrapped."""


def fold_orders(flagged: pd.DataFrame) -> pd.DataFrame:
    """Return one row an order, its lines folded, the order that saves most first.

    Parameters
    ----------
    flagged : flagged lines as they are exported

    Returns
    -------
    ``order_id``, ``ordered_on``, ``market`` and ``warehouse`` where the source has them, ``expected_saving`` (expected, of what
    is to be done), ``highest_risk``, ``what_to_do`` (of each line that something is planned for, held ones too; or else
    why nothing is), ``reason`` (the first of the riskiest line), ``lines`` (flagged ones), ``order_value`` of them and
    its ``currency``.
    """
    todo = flagged["decision"].isin(["act", "review"]) if "decision" in flagged else pd.Series(False, flagged.index)
    value = flagged["value"] if "value" in flagged else pd.Series(np.nan, flagged.index)
    told = flagged.assign(
        expected_saving=value.where(todo, 0.0).round(2),
        what_to_do=_say(flagged),
        reason=flagged.get("reason_1"),
    ).sort_values(["order_id", "risk", "line_id"], ascending=[True, False, True])
    groups = told.groupby("order_id", sort=False)
    same = {name: (name, "first") for name in ("ordered_on", "market", "warehouse", "currency") if name in told}
    orders = groups.agg(
        **same,
        expected_saving=("expected_saving", "sum"),
        highest_risk=("risk", "max"),
        what_to_do=("what_to_do", say_for_order),
        reason=("reason", "first"),
        lines=("line_id", "size"),
        order_value=("line_value", "sum"),
    ).reset_index()
    # Beside the sum that it is the currency of.
    orders = orders[
        [name for name in orders if name != "currency"] + [name for name in ("currency",) if name in orders]
    ]
    return orders.sort_values(
        ["expected_saving", "highest_risk", "order_id"], ascending=[False, False, True], ignore_index=True
    )


def write_workbook(path: Path, flagged: pd.DataFrame, manifest: dict[str, Any]) -> None:
    """Write the sheets ``Orders``, ``Lines`` and ``About``: frozen headers, filters, widths, ids as text.

    Text is written as text: nothing in it is run as a formula or turned into a link, a number or a date.

    Raises
    ------
    ExportError
        The file cannot be written.
    """
    from xlsxwriter import Workbook

    with atomic_file(path) as aside:
        # Nothing but strings, so that no cell of a shop's data is taken for a formula, a link or a number.
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "in_memory": True,
        }
        book = Workbook(str(aside), options)
        book.set_properties({"title": "Flagged orders", "created": _MADE.replace(tzinfo=None)})
        currency = manifest.get("plan", {}).get("currency")
        sheets = {"Orders": fold_orders(flagged), "Lines": flagged}
        for name, frame in sheets.items():
            _write_sheet(book, name, frame, currency)
        _write_about(book, describe_workbook(sheets, flagged, manifest))
        book.close()


def _say(flagged: pd.DataFrame) -> pd.Series:
    """Return decision and text of each line, with its id where something is planned."""
    if "decision" not in flagged:
        return pd.Series([("none", "")] * len(flagged), index=flagged.index, dtype=object)
    names = ["decision", "intervention", "no_action_reason", "line_id"]
    rows = zip(*(flagged[name].astype("str").fillna("") for name in names), strict=True)
    told = [
        (decision, say_decision(decision, planned, no_action_reason) + (f" ({line})" if planned else ""))
        for decision, planned, no_action_reason, line in rows
    ]
    return pd.Series(told, index=flagged.index, dtype=object)


def _write_sheet(book: "Workbook", name: str, frame: pd.DataFrame, currency: str | None = None) -> None:
    sheet: Worksheet = book.add_worksheet(name)
    header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        "share": book.add_format({"num_format": "0%"}),
        "money": book.add_format({"num_format": "#,##0.00"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "text": book.add_format({"num_format": "@"}),
    }
    for place, column in enumerate(frame.columns):
        kind = _kind(str(column), frame[column])
        sheet.write_string(0, place, head_column(str(column), currency), header)
        sheet.set_column(place, place, _width(str(column), frame[column]), formats.get(kind))
        for row, value in enumerate(frame[column], start=1):
            _write_cell(sheet, row, place, value, formats.get(kind), kind)
    sheet.set_row(0, 2 * _LINE)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(frame), max(len(frame.columns) - 1, 0))
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_about(book: "Workbook", rows: list[tuple[str, str, Any]]) -> None:
    sheet: Worksheet = book.add_worksheet("About")
    header = book.add_format({"bold": True, "bottom": 1})
    # Numbers stand where texts do, so that the eye finds them beside what they count.
    shown = {"valign": "top", "text_wrap": True, "align": "left"}
    text, count, money = (book.add_format(shown | {"num_format": one}) for one in ("@", "#,##0", "#,##0.00"))
    for row, cells in enumerate([("about", "what", "is"), *rows]):
        for place, value in enumerate(cells):
            if isinstance(value, int | float):
                sheet.write_number(row, place, value, money if isinstance(value, float) else count)
            else:
                sheet.write_string(row, place, str(value), text if row else header)
    for place, width in enumerate((20, 40, _LEGEND)):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_cell(sheet: "Worksheet", row: int, place: int, value: Any, form: Any, kind: str) -> None:
    if pd.isna(value):
        return
    if kind == "day":
        sheet.write_datetime(row, place, pd.Timestamp(value).to_pydatetime(), form)
    elif kind in ("share", "money", "number"):
        sheet.write_number(row, place, float(value), form)
    else:
        sheet.write_string(row, place, str(value), form)


def _kind(name: str, column: pd.Series) -> str:
    if name in _IDS:
        return "text"
    if name in _SHARES:
        return "share"
    if name in _MONEY:
        return "money"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "day"
    return "number" if pd.api.types.is_numeric_dtype(column.dtype) and column.dtype != bool else "text"


def _width(name: str, column: pd.Series) -> float:
    """Return a width that shows nearly all texts and does not push the next column off the screen."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return 12.0
    header = max(map(len, name.split("_"))) + _BUTTON
    if pd.api.types.is_numeric_dtype(column.dtype):
        return float(max(_NARROW, header) + 1)
    longest = column.dropna().astype("str").str.len().quantile(0.95) if column.notna().any() else 0
    return float(min(_WIDE, max(_NARROW, header, longest)) + 1)
