"""The flagged orders as a workbook: a sheet of orders, a sheet of their lines, and a sheet about the run."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from returns_risk.explain import say_decision, say_for_order
from returns_risk.export.about import describe_workbook, head_column
from returns_risk.io.files import atomic_file
from returns_risk.scoring.columns import TREATED

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["fold_orders", "write_workbook"]

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001
"""Time of creation in every workbook, so that the same run gives the same bytes."""
# Text cells stay text: nothing in them is run as a formula or turned into a link, a number or a date.
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_FORMATS = {"share": "0%", "money": "#,##0.00", "day": "yyyy-mm-dd", "text": "@"}
_NUMBERS = ("share", "money", "number")
_IDS = ("order_id", "line_id", "sku", "size")
_SHARES = ("risk", "risk_low", "risk_high", "return_reason_share", "highest_risk")
_MONEY = ("unit_price", "line_value", "value", "value_low", "value_high", "order_value", "expected_saving")
_WIDEST, _NARROWEST, _ABOUT_WIDTHS = 60, 9, (20, 40, 95)
"""Column widths, in characters; texts of the sheet About are wrapped."""
_LINE = 15
"""Height of a line of text, in points."""
_FILTER_BUTTON = 3
"""Width of the filter's button beside the longest word of a header, in characters."""


def write_workbook(path: Path, flagged: pd.DataFrame, manifest: dict[str, Any]) -> None:
    """Write the sheets ``Orders``, ``Lines`` and ``About``: frozen headers, filters, widths, ids as text."""
    from xlsxwriter import Workbook

    sheets = {"Orders": fold_orders(flagged), "Lines": flagged}
    with atomic_file(path) as aside:
        book = Workbook(str(aside), _OPTIONS)
        book.set_properties({"title": "Flagged orders", "created": _CREATED})
        for name, frame in sheets.items():
            _write_sheet(book, name, frame, manifest["plan"]["currency"])
        _write_about(book, describe_workbook(sheets, flagged, manifest))
        book.close()


def _write_sheet(book: "Workbook", name: str, frame: pd.DataFrame, currency: str) -> None:
    sheet: Worksheet = book.add_worksheet(name)
    header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
    for position, (column, values) in enumerate(frame.items()):
        kind = _kind(str(column), values)
        sheet.write_string(0, position, head_column(str(column), currency), header)
        sheet.set_column(position, position, _width(str(column), values), formats.get(kind))
        write, cells = _writer(sheet, kind), _cells(values, kind)
        for row in np.flatnonzero(values.notna()).tolist():
            write(row + 1, position, cells[row], formats.get(kind))
    sheet.set_row(0, 2 * _LINE)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(frame), max(len(frame.columns) - 1, 0))
    sheet.repeat_rows(0)
    _fit_page(sheet)


def _write_about(book: "Workbook", rows: list[tuple[str, str, Any]]) -> None:
    sheet: Worksheet = book.add_worksheet("About")
    header = book.add_format({"bold": True, "bottom": 1})
    # Numbers are aligned like texts, so that the eye finds them beside what they count.
    layout = {"valign": "top", "text_wrap": True, "align": "left"}
    text, count, money = (book.add_format(layout | {"num_format": code}) for code in ("@", "#,##0", "#,##0.00"))
    for row, cells in enumerate([("about", "what", "is"), *rows]):
        for position, value in enumerate(cells):
            if isinstance(value, int | float):
                sheet.write_number(row, position, value, money if isinstance(value, float) else count)
            else:
                sheet.write_string(row, position, str(value), text if row else header)
    for position, width in enumerate(_ABOUT_WIDTHS):
        sheet.set_column(position, position, width)
    sheet.freeze_panes(1, 0)
    _fit_page(sheet)


def _fit_page(sheet: "Worksheet") -> None:
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _writer(sheet: "Worksheet", kind: str) -> Callable[..., object]:
    write: Callable[..., object] = sheet.write_number if kind in _NUMBERS else sheet.write_string
    if kind == "day":
        write = sheet.write_datetime
    return write


def _cells(values: pd.Series, kind: str) -> list[Any]:
    """Return the values of a column as plain dates, numbers or texts; what is missing is any of these."""
    if kind == "day":
        return list(values.dt.to_pydatetime())
    if kind in _NUMBERS:
        return values.to_numpy(dtype=np.float64, na_value=np.nan).tolist()
    return [str(value) for value in values]


def _kind(name: str, values: pd.Series) -> str:
    for kind, names in (("text", _IDS), ("share", _SHARES), ("money", _MONEY)):
        if name in names:
            return kind
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "day"
    return "number" if pd.api.types.is_numeric_dtype(values.dtype) and values.dtype != bool else "text"


def _width(name: str, values: pd.Series) -> float:
    """Return a width that shows nearly all texts and does not push the next column off the screen."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return 12.0
    header = max(map(len, name.split("_"))) + _FILTER_BUTTON
    if pd.api.types.is_numeric_dtype(values.dtype):
        return float(max(_NARROWEST, header) + 1)
    longest = values.dropna().astype("str").str.len().quantile(0.95) if values.notna().any() else 0
    return float(min(_WIDEST, max(_NARROWEST, header, longest)) + 1)


def fold_orders(flagged: pd.DataFrame) -> pd.DataFrame:
    """Return one row an order, the highest expected saving first.

    Parameters
    ----------
    flagged : flagged lines as they are exported

    Returns
    -------
    ``order_id``, ``ordered_on``, ``market`` and ``warehouse`` where the source has them, ``expected_saving`` (of the
    lines to act on or review), ``highest_risk``, ``what_to_do`` (of each line with an intervention, control lines
    too; or else why there is none), ``reason`` (the first of the riskiest line), ``lines`` (flagged), ``order_value``
    of them and its ``currency``.
    """
    is_treated = flagged["decision"].isin(TREATED)
    lines = flagged.assign(
        expected_saving=flagged["value"].where(is_treated, 0.0).round(2),
        what_to_do=_texts(flagged),
        reason=flagged.get("reason_1"),
    ).sort_values(["order_id", "risk", "line_id"], ascending=[True, False, True])
    shared = {name: (name, "first") for name in ("ordered_on", "market", "warehouse") if name in lines}
    currency = {"currency": ("currency", "first")} if "currency" in lines else {}
    orders = lines.groupby("order_id", sort=False).agg(
        **shared,
        expected_saving=("expected_saving", "sum"),
        highest_risk=("risk", "max"),
        what_to_do=("what_to_do", say_for_order),
        reason=("reason", "first"),
        lines=("line_id", "size"),
        order_value=("line_value", "sum"),
        **currency,
    )
    return orders.reset_index().sort_values(
        ["expected_saving", "highest_risk", "order_id"], ascending=[False, False, True], ignore_index=True
    )


def _texts(flagged: pd.DataFrame) -> pd.Series:
    """Return decision and text of each line, with its id where it has an intervention."""
    columns = [
        flagged[name].astype("str").fillna("") for name in ("decision", "intervention", "no_action_reason", "line_id")
    ]
    texts = [
        (decision, say_decision(decision, intervention, reason) + (f" ({line})" if intervention else ""))
        for decision, intervention, reason, line in zip(*columns, strict=True)
    ]
    return pd.Series(texts, index=flagged.index, dtype=object)
