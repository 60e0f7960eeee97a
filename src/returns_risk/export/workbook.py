"""The workbook that a shift works from: orders to do, messages, items, figures and help; the rest is hidden."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.export.about import head_column, meaning_of
from returns_risk.export.dispositions import name_dispositions
from returns_risk.export.page_words import team_language
from returns_risk.export.recent_nights import RecentNights
from returns_risk.export.sheets import (
    list_control_group,
    list_items,
    list_messages,
    list_orders,
    select_lines,
    summarise,
    to_local,
)
from returns_risk.export.workbook_words import WorkbookWords
from returns_risk.export.worksheets import count_lines, fit_page, set_heights, write_table
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
_ALL_LINES = "All lines"
"""Sheet with the columns of the files, whatever the team's language: formulas and filters refer to it."""
_OWNERS = 20
"""Cells for the initials of owners, in the sheet of the help."""
_ZOOM = 90
"""Of the sheet of orders, in percent: its columns fit on a screen of 1,400 pixels."""
_MAX_PROMPT = 255


def write_workbook(
    path: Path, flagged: pd.DataFrame, run: ScoredRun, manifest: dict[str, Any], recent: RecentNights | None = None
) -> None:
    """Write sheets in the team's language: orders to do, messages, items, summary and help, and two hidden ones.

    Hidden are the control group, and all lines as the files have them. Lines that an earlier night planned, and that
    nobody has reported on, are among the orders to do and the messages.

    Parameters
    ----------
    flagged : the flagged lines as they are exported
    recent : the nights before, where the run is a night
    """
    from xlsxwriter import Workbook

    words = WorkbookWords(team_language(run.policy), manifest["plan"]["currency"])
    recent, languages, zone = recent or RecentNights(), run.policy.languages, manifest.get("time_zone", "UTC")
    flagged, lines = to_local(flagged, zone), to_local(select_lines(run, recent), zone)
    with atomic_file(path) as aside:
        book = Workbook(str(aside), _OPTIONS)
        book.set_properties({"title": words.title, "created": _CREATED})
        _write_to_do(book, list_orders(lines, words.page, languages), run.policy, words)
        write_table(book, words.sheet("messages"), list_messages(lines, words), words.head)
        items = list_items(run.sku_actions, words)
        write_table(book, words.sheet("items"), items, words.head, if_empty=words.no_items)
        _write_summary(book, words, summarise(lines, manifest, recent.nights, words))
        _write_help(book, words)
        control_group = list_control_group(flagged, words.page, languages)
        write_table(book, words.sheet("control"), control_group, words.head).hide()
        _write_all_lines(book, flagged, manifest["plan"]["currency"])
        book.close()


def _write_to_do(book: "Workbook", orders: pd.DataFrame, policy: Policy, words: WorkbookWords) -> None:
    from xlsxwriter.utility import quote_sheetname

    sheet = write_table(book, words.sheet("to_do"), orders, words.head, policy.links.to_order)
    sheet.set_zoom(_ZOOM)
    last, columns = max(len(orders), 1), list(orders)
    owner, disposition = columns.index("owner"), columns.index("disposition")
    first_owner = len(words.list_help()) + 3
    owners = f"={quote_sheetname(words.sheet('help'))}!$A${first_owner}:$A${first_owner + _OWNERS - 1}"
    sheet.data_validation(1, owner, last, owner, {"validate": "list", "source": owners, "show_error": False})
    choices = name_dispositions(words.page.language)
    sheet.data_validation(1, disposition, last, disposition, {"validate": "list", "source": choices})
    grey = book.add_format({"font_color": "#6b6b6b", "bg_color": "#e8e8e8"})
    letter = chr(ord("A") + disposition)
    is_done = {"type": "formula", "criteria": f'=${letter}2<>""', "format": grey}
    sheet.conditional_format(1, 0, last, len(columns) - 1, is_done)


def _write_all_lines(book: "Workbook", flagged: pd.DataFrame, currency: str) -> None:
    """Write the lines with the columns of the files, whose meaning shows when a header is selected, and hide them."""
    sheet = write_table(book, _ALL_LINES, flagged, lambda name: head_column(name, currency), wrap=False)
    for position, name in enumerate(flagged):
        prompt = {"input_title": str(name)[:32], "input_message": meaning_of(str(name))[:_MAX_PROMPT]}
        sheet.data_validation(0, position, 0, position, {"validate": "any", **prompt})
    sheet.hide()


def _write_summary(book: "Workbook", words: WorkbookWords, rows: list[tuple[str, Any]]) -> None:
    sheet: Worksheet = book.add_worksheet(words.sheet("summary"))
    # Numbers are aligned like texts, so that the eye finds them beside what they count.
    layout = {"valign": "top", "text_wrap": True, "align": "left"}
    text, count, money = (book.add_format(layout | {"num_format": code}) for code in ("@", "#,##0", "#,##0.00"))
    head = book.add_format(layout | {"num_format": "@", "bold": True, "top": 1})
    widths = (48.0, 80.0)
    for position, width in enumerate(widths):
        sheet.set_column(position, position, width)
    for row, (what, value) in enumerate(rows):
        label = head if what == words.figure("nights") else text
        sheet.write_string(row, 0, what, label)
        if isinstance(value, int | float):
            sheet.write_number(row, 1, value, money if isinstance(value, float) else count)
        else:
            sheet.write_string(row, 1, str(value), label)
    lines = [max(count_lines(str(cell), width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    set_heights(sheet, np.array(lines, dtype=np.float64), first=0)
    fit_page(sheet)


def _write_help(book: "Workbook", words: WorkbookWords) -> None:
    """Write the help, and below it cells for the initials of owners."""
    sheet: Worksheet = book.add_worksheet(words.sheet("help"))
    sentences, width = words.list_help(), 100.0
    sheet.set_column(0, 0, width)
    text = book.add_format({"valign": "top", "text_wrap": True, "num_format": "@"})
    head = book.add_format({"bold": True, "bottom": 1})
    for row, sentence in enumerate(sentences):
        sheet.write_string(row, 0, sentence, text)
    set_heights(sheet, np.array([count_lines(sentence, width) for sentence in sentences], dtype=np.float64), first=0)
    sheet.write_string(len(sentences) + 1, 0, words.owners, head)
    for row in range(_OWNERS):
        sheet.write_blank(len(sentences) + 2 + row, 0, None, text)
    fit_page(sheet)
