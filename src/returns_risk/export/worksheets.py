"""Worksheets as people read them: frozen headers with filters, columns and rows as wide and high as their texts."""

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["count_lines", "fit_page", "set_heights", "write_table"]

_FORMATS = {"share": "0%", "money": "#,##0.00", "day": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm", "text": "@"}
_NUMBERS = ("share", "money", "number")
_IDS = ("order_id", "line_id", "sku", "size", "suggested_size", "item")
_SHARES = (
    "risk", "risk_low", "risk_high", "return_reason_share", "suggested_size_kept", "ordered_size_kept",
    "return_rate_90d", "return_rate_all", "parent_return_rate",
)  # fmt: skip
_MONEY = ("unit_price", "line_value", "value", "value_low", "value_high", "expected_saving")
_WIDTHS = {
    "item": 22, "action": 19, "reason": 42, "owner": 9, "disposition": 17, "comment": 26, "subject": 36, "body": 80,
    "carried_over": 11,
}  # fmt: skip
_WIDEST, _NARROWEST, _TIME = 60, 6, 17
"""Column widths, in characters; longer texts are wrapped."""
_LINE = 15
"""Height of a line of text, in points."""
_HIGHEST = 400
"""Of a row, in points; Excel allows 409."""
_FILTER_BUTTON = 3
"""Width of the filter's button beside the longest word of a header, in characters."""
Link = Callable[[str], str | None]


def write_table(
    book: "Workbook",
    name: str,
    frame: pd.DataFrame,
    head: Callable[[str], str],
    link: Link | None = None,
    *,
    wrap: bool = True,
    if_empty: str = "",
) -> "Worksheet":
    """Write a frame below its frozen and filtered headers.

    Parameters
    ----------
    head : returns the header of a column
    link : returns the address of an order, or None
    wrap : whether rows are as high as their texts; else each is one line, as for sorting and filtering
    if_empty : what stands below the headers of a frame without rows
    """
    sheet: Worksheet = book.add_worksheet(name)
    header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    layout = {"text_wrap": wrap, "valign": "top"}
    formats = {kind: book.add_format({**layout, "num_format": code}) for kind, code in _FORMATS.items()}
    formats["number"] = book.add_format(layout)
    linked = book.add_format({**layout, "num_format": "@", "font_color": "#0b57d0", "underline": 1})
    heights, header_lines = np.ones(len(frame)), 1
    for position, (column, values) in enumerate(frame.items()):
        kind, text = _kind(str(column), values), head(str(column))
        width = _width(str(column), text, values)
        sheet.write_string(0, position, text, header)
        # In bold, and beside the button of the filter.
        header_lines = max(header_lines, count_lines(text, width - _FILTER_BUTTON))
        sheet.set_column(position, position, width, formats[kind])
        write, cells = _writer(sheet, kind), _cells(values, kind)
        for row in np.flatnonzero(values.notna() & (values.astype(object) != "")).tolist():
            address = link(cells[row]) if link is not None and column == "order_id" else None
            if address is None:
                write(row + 1, position, cells[row], formats[kind])
            else:
                sheet.write_url(row + 1, position, address, linked, cells[row])
            if kind == "text" and wrap:
                heights[row] = max(heights[row], count_lines(cells[row], width))
    if if_empty and frame.empty:
        sheet.set_column(0, 0, _WIDEST, formats["text"])
        sheet.write_string(1, 0, if_empty, formats["text"])
        heights = np.array([count_lines(if_empty, _WIDEST)], dtype=np.float64)
    set_heights(sheet, heights)
    sheet.set_row(0, header_lines * _LINE)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(frame), max(len(frame.columns) - 1, 0))
    sheet.repeat_rows(0)
    fit_page(sheet)
    return sheet


def set_heights(sheet: "Worksheet", lines: np.ndarray, first: int = 1) -> None:
    """Set the height of rows by their lines of text: not all programs work it out for wrapped texts."""
    for row, count in enumerate(lines.tolist()):
        sheet.set_row(row + first, min(count * _LINE, _HIGHEST))


def count_lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column, letters being a little wider than digits."""
    paragraphs = text.split("\n")
    return sum(max(1, len(textwrap.wrap(paragraph, max(int(width) - 2, 1)))) for paragraph in paragraphs)


def fit_page(sheet: "Worksheet") -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _writer(sheet: "Worksheet", kind: str) -> Callable[..., object]:
    write: Callable[..., object] = sheet.write_number if kind in _NUMBERS else sheet.write_string
    if kind in ("day", "time"):
        write = sheet.write_datetime
    return write


def _cells(values: pd.Series, kind: str) -> list[Any]:
    """Return the values of a column as plain dates, numbers or texts; what is missing is any of these."""
    if kind in ("day", "time"):
        return list(values.dt.to_pydatetime())
    if kind in _NUMBERS:
        return values.to_numpy(dtype=np.float64, na_value=np.nan).tolist()
    return [str(value) for value in values]


def _kind(name: str, values: pd.Series) -> str:
    for kind, names in (("text", _IDS), ("share", _SHARES), ("money", _MONEY), ("time", ("ship_by", "reply_by"))):
        if name in names:
            return kind
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "day"
    return "number" if pd.api.types.is_numeric_dtype(values.dtype) and values.dtype != bool else "text"


def _width(name: str, head: str, values: pd.Series) -> float:
    """Return a width that shows nearly all texts and does not push the next column off the screen."""
    header = max(map(len, head.split())) + _FILTER_BUTTON
    if name in _WIDTHS:
        return float(max(_WIDTHS[name], header + 1))
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return float(max(_TIME, header + 1))
    if pd.api.types.is_numeric_dtype(values.dtype):
        return float(max(_NARROWEST, header) + 1)
    texts = values.dropna().astype("str").str.split("\n").explode()
    longest = texts.str.len().quantile(0.95) if len(texts) else 0
    return float(min(_WIDEST, max(_NARROWEST, header, longest)) + 1)
