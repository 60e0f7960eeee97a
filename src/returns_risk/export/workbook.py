"""The workbook that a shift works from: orders to do, messages, items, figures and help; the rest is hidden."""

import textwrap
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.export.about import HELP, head_column, meaning_of
from returns_risk.export.dispositions import name_dispositions
from returns_risk.export.page_words import PageWords, team_language
from returns_risk.export.sheets import (
    list_control_group,
    list_items,
    list_messages,
    list_orders,
    summarise,
    to_local,
)
from returns_risk.io.files import atomic_file
from returns_risk.scoring import ScoredRun

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["write_workbook"]

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001
"""Time of creation in every workbook, so that the same run gives the same bytes."""
# Text cells stay text: nothing in them is run as a formula or turned into a link, a number or a date.
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
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
}  # fmt: skip
_WIDEST, _NARROWEST, _TIME = 60, 6, 17
"""Column widths, in characters; longer texts are wrapped."""
_LINE = 15
"""Height of a line of text, in points."""
_HIGHEST = 400
"""Of a row, in points; Excel allows 409."""
_FILTER_BUTTON = 3
"""Width of the filter's button beside the longest word of a header, in characters."""
_OWNERS = 20
"""Cells for the initials of owners, in the sheet Help."""
_ZOOM = 90
"""Of the sheet To do, in percent: its columns fit on a screen of 1,400 pixels."""
_MAX_PROMPT = 255
Link = Callable[[str], str | None]


def write_workbook(
    path: Path, flagged: pd.DataFrame, run: ScoredRun, manifest: dict[str, Any], nights: pd.DataFrame | None = None
) -> None:
    """Write the sheets ``To do``, ``Messages``, ``Items``, ``Summary`` and ``Help``, and two hidden ones.

    Hidden are ``Control group`` and ``All lines``.

    Parameters
    ----------
    flagged : the flagged lines as they are exported
    nights : ``as_of``, ``orders`` and ``value`` of the nights before, oldest first, where they are known
    """
    from xlsxwriter import Workbook

    currency = manifest["plan"]["currency"]
    flagged = to_local(flagged, manifest.get("time_zone", "UTC"))
    with atomic_file(path) as aside:
        book = Workbook(str(aside), _OPTIONS)
        book.set_properties({"title": "Flagged orders", "created": _CREATED})
        orders = list_orders(flagged, PageWords(team_language(run.policy)), run.policy.languages)
        _write_to_do(book, orders, run.policy, currency)
        _write_table(book, "Messages", list_messages(flagged), currency)
        _write_table(book, "Items", list_items(run.sku_actions), currency)
        _write_summary(book, summarise(flagged, manifest, nights))
        _write_help(book)
        _write_table(book, "Control group", list_control_group(flagged, run.policy.languages), currency).hide()
        lines = _write_table(book, "All lines", flagged, currency, wrap=False)
        for position, name in enumerate(flagged):
            prompt = {"input_title": str(name)[:32], "input_message": meaning_of(str(name))[:_MAX_PROMPT]}
            lines.data_validation(0, position, 0, position, {"validate": "any", **prompt})
        lines.hide()
        book.close()


def _write_to_do(book: "Workbook", orders: pd.DataFrame, policy: Policy, currency: str) -> None:
    sheet = _write_table(book, "To do", orders, currency, policy.links.to_order)
    sheet.set_zoom(_ZOOM)
    last, columns = max(len(orders), 1), list(orders)
    owner, disposition = columns.index("owner"), columns.index("disposition")
    owners = {"validate": "list", "source": f"=Help!$A${len(HELP) + 3}:$A${len(HELP) + 2 + _OWNERS}"}
    sheet.data_validation(1, owner, last, owner, owners | {"show_error": False})
    words = name_dispositions(team_language(policy))
    sheet.data_validation(1, disposition, last, disposition, {"validate": "list", "source": words})
    grey = book.add_format({"font_color": "#6b6b6b", "bg_color": "#e8e8e8"})
    letter = chr(ord("A") + disposition)
    is_done = {"type": "formula", "criteria": f'=${letter}2<>""', "format": grey}
    sheet.conditional_format(1, 0, last, len(columns) - 1, is_done)


def _write_table(
    book: "Workbook", name: str, frame: pd.DataFrame, currency: str, link: Link | None = None, *, wrap: bool = True
) -> "Worksheet":
    """Write a frame below its frozen and filtered headers.

    Parameters
    ----------
    link : returns the address of an order, or None
    wrap : whether rows are as high as their texts; else each is one line, as for sorting and filtering
    """
    sheet: Worksheet = book.add_worksheet(name)
    header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    layout = {"text_wrap": wrap, "valign": "top"}
    formats = {kind: book.add_format({**layout, "num_format": code}) for kind, code in _FORMATS.items()}
    formats["number"] = book.add_format(layout)
    linked = book.add_format({**layout, "num_format": "@", "font_color": "#0b57d0", "underline": 1})
    heights, header_lines = np.ones(len(frame)), 1
    for position, (column, values) in enumerate(frame.items()):
        kind = _kind(str(column), values)
        width = _width(str(column), values)
        head = head_column(str(column), currency)
        sheet.write_string(0, position, head, header)
        # In bold, and beside the button of the filter.
        header_lines = max(header_lines, _count_lines(head, width - _FILTER_BUTTON))
        sheet.set_column(position, position, width, formats[kind])
        write, cells = _writer(sheet, kind), _cells(values, kind)
        for row in np.flatnonzero(values.notna() & (values.astype(object) != "")).tolist():
            address = link(cells[row]) if link is not None and column == "order_id" else None
            if address is None:
                write(row + 1, position, cells[row], formats[kind])
            else:
                sheet.write_url(row + 1, position, address, linked, cells[row])
            if kind == "text" and wrap:
                heights[row] = max(heights[row], _count_lines(cells[row], width))
    _set_heights(sheet, heights)
    sheet.set_row(0, header_lines * _LINE)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(frame), max(len(frame.columns) - 1, 0))
    sheet.repeat_rows(0)
    _fit_page(sheet)
    return sheet


def _write_summary(book: "Workbook", rows: list[tuple[str, Any]]) -> None:
    sheet: Worksheet = book.add_worksheet("Summary")
    # Numbers are aligned like texts, so that the eye finds them beside what they count.
    layout = {"valign": "top", "text_wrap": True, "align": "left"}
    text, count, money = (book.add_format(layout | {"num_format": code}) for code in ("@", "#,##0", "#,##0.00"))
    widths = (48.0, 80.0)
    for position, width in enumerate(widths):
        sheet.set_column(position, position, width)
    for row, (what, value) in enumerate(rows):
        sheet.write_string(row, 0, what, text)
        if isinstance(value, int | float):
            sheet.write_number(row, 1, value, money if isinstance(value, float) else count)
        else:
            sheet.write_string(row, 1, str(value), text)
    lines = [max(_count_lines(str(cell), width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    _set_heights(sheet, np.array(lines, dtype=np.float64), first=0)
    _fit_page(sheet)


def _write_help(book: "Workbook") -> None:
    """Write the help, and below it cells for the initials of owners."""
    sheet: Worksheet = book.add_worksheet("Help")
    width = 100.0
    sheet.set_column(0, 0, width)
    text = book.add_format({"valign": "top", "text_wrap": True, "num_format": "@"})
    head = book.add_format({"bold": True, "bottom": 1})
    for row, sentence in enumerate(HELP):
        sheet.write_string(row, 0, sentence, text)
    _set_heights(sheet, np.array([_count_lines(sentence, width) for sentence in HELP], dtype=np.float64), first=0)
    sheet.write_string(len(HELP) + 1, 0, "owners (initials)", head)
    for row in range(_OWNERS):
        sheet.write_blank(len(HELP) + 2 + row, 0, None, text)
    _fit_page(sheet)


def _set_heights(sheet: "Worksheet", lines: np.ndarray, first: int = 1) -> None:
    """Set the height of rows by their lines of text: not all programs work it out for wrapped texts."""
    for row, count in enumerate(lines.tolist()):
        sheet.set_row(row + first, min(count * _LINE, _HIGHEST))


def _count_lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column, letters being a little wider than digits."""
    paragraphs = text.split("\n")
    return sum(max(1, len(textwrap.wrap(paragraph, max(int(width) - 2, 1)))) for paragraph in paragraphs)


def _fit_page(sheet: "Worksheet") -> None:
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


def _width(name: str, values: pd.Series) -> float:
    """Return a width that shows nearly all texts and does not push the next column off the screen."""
    if name in _WIDTHS:
        return float(_WIDTHS[name])
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return float(_TIME)
    header = max(map(len, name.split("_"))) + _FILTER_BUTTON
    if pd.api.types.is_numeric_dtype(values.dtype):
        return float(max(_NARROWEST, header) + 1)
    texts = values.dropna().astype("str").str.split("\n").explode()
    longest = texts.str.len().quantile(0.95) if len(texts) else 0
    return float(min(_WIDEST, max(_NARROWEST, header, longest)) + 1)
