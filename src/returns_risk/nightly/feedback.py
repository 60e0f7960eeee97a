"""Feedback of operations on flagged orders: read from a file, checked, and stored once."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from returns_risk.errors import SourceError
from returns_risk.export.dispositions import find_disposition, name_dispositions
from returns_risk.export.workbook_words import find_column
from returns_risk.io.redaction import redact
from returns_risk.ledger import Ledger
from returns_risk.nightly.feedback_news import find_new
from returns_risk.nightly.feedback_page import read_page_file
from returns_risk.nightly.feedback_table import read_table
from returns_risk.nightly.lost_zeros import find_orders, hint_at_zeros

__all__ = ["FeedbackRow", "ImportResult", "initials", "read_feedback", "store_feedback"]

_REQUIRED = ("order_id", "disposition")
_OPTIONAL = ("line_id", "comment", "owner", "at", "as_of")
_IDS = ("order_id", "line_id")
_OF_PAGE = ("at", "as_of")
"""Columns that only a file of the page has."""
_MAX_COMMENT = 2_000  # characters
_INITIALS = 4
_MAX_QUOTED = 40
"""Columns, and characters of a cell, that an error quotes: a damaged file may have any number."""


@dataclass(frozen=True)
class FeedbackRow:
    """A row of feedback on an order or a line."""

    row: int
    """As a spreadsheet numbers it, the header is row 1; in a file of the page the first is row 1."""
    content: dict[str, str]
    """``order_id``, ``disposition``, and ``line_id``, ``comment``, ``owner``, ``at`` and ``as_of`` where given."""
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    """The file's name of each column."""

    @property
    def place(self) -> str:
        """Row number, order and line, for messages."""
        line = f", line {self.content['line_id'][:_MAX_QUOTED]}" if "line_id" in self.content else ""
        return f"row {self.row}: order {self.content['order_id'][:_MAX_QUOTED]}{line}"


@dataclass(frozen=True)
class ImportResult:
    """The result of storing the rows of a file."""

    stored: tuple[int, ...]
    """Numbers of the rows that are new in the ledger."""
    unchanged: tuple[int, ...]
    """Of those that the ledger had already."""
    errors: tuple[str, ...]
    """Why rows were rejected: no run scored their order or line."""
    warnings: tuple[str, ...]
    """Stored rows that report a treatment of control lines."""
    shortened: tuple[int, ...]
    """Numbers of the stored rows of whose owner only the initials were kept."""


def read_feedback(
    file: Path, source: str, nights: Collection[str] | None = None
) -> tuple[list[FeedbackRow], list[str]]:
    """Read a file of feedback: the page's, the workbook, or a CSV.

    Required are ``order_id`` and ``disposition``, optional ``line_id``, ``comment``, ``owner``, and in a file of the
    page ``at``; its rows have its ``as_of``, too. Headers and dispositions may be in the language of any team, and ids
    may carry the apostrophe with which exports protect them from spreadsheets. Rows without a disposition are ignored:
    they are still to be worked on.

    Parameters
    ----------
    source : that the ledger is kept for; a file of the page names its own
    nights : as-ofs of the source's runs, of which that of a file of the page must be one; None for any

    Returns
    -------
    The valid rows, and for each invalid row a sentence with its number, value and remedy.

    Raises
    ------
    SourceError
        The file is missing, is neither JSON of the page nor CSV nor XLSX, lacks a column, or is of another source
        or of a night that no run has.
    """
    is_page = file.suffix.lower() == ".json"
    table = read_page_file(file, source, nights) if is_page else read_table(file)
    columns = _find_columns(file, table.header)
    if not is_page:
        columns = {name: index for name, index in columns.items() if name not in _OF_PAGE}
    headers = {name: table.header[index].strip() for name, index in columns.items()}
    rows, errors = [], []
    for number, cells in table.rows:
        values = {name: _clean(name, cells[index]) if index < len(cells) else "" for name, index in columns.items()}
        if len(cells) > len(table.header):
            errors.append(
                f"row {number}: it has {len(cells)} cells and the header {len(table.header)}; put texts that contain "
                "the delimiter in double quotes"
            )
        elif values["disposition"] and (error := _find_error(values)):
            errors.append(f"row {number}: {error}")
        elif values["disposition"]:
            if not _without_apostrophe(values.get("line_id", "")):
                values.pop("line_id", None)
            values["disposition"] = str(find_disposition(values["disposition"]))
            rows.append(FeedbackRow(number, {name: value for name, value in values.items() if value}, headers))
    return rows, errors


def store_feedback(ledger: Ledger, source: str, rows: Sequence[FeedbackRow], at: str) -> ImportResult:
    """Append each row to the ledger, unless the ledger has it already or no run scored its order and line.

    A row that takes an earlier correction back is stored again (``find_new``). Ids are tried as they are given, and
    without the apostrophe of an export. Comments are redacted first, and of an owner only the initials are kept. A row
    that reports a treated control line is stored as well, with a warning, since the treatment did happen.
    """
    given = [row.content["order_id"] for row in rows]
    scored = ledger.lines_of_orders(source, list(dict.fromkeys([*given, *map(_without_apostrophe, given)])))
    rows = [replace(row, content=_with_scored_ids(row.content, scored)) for row in rows]
    orders = list(dict.fromkeys(row.content["order_id"] for row in rows))
    with_zeros = find_orders(ledger, source, [order for order in orders if order not in scored])
    errors = [
        f"{row.place}: no run scored it; correct the id{_hint(row, scored, with_zeros)}"
        for row in rows
        if not _find_decisions(row.content, scored)
    ]
    rows = [row for row in rows if _find_decisions(row.content, scored)]
    contents = [_without_personal_data(row.content) for row in rows]
    new = find_new([entry.content for entry in ledger.entries("feedback", source)], contents)
    if new:
        # Another import may have stored the same rows since; then they are not stored twice.
        new = ledger.append_new("feedback", source, at, contents, find_new)
    stored = {position: rows[position] for position in new}
    return ImportResult(
        tuple(row.row for row in stored.values()),
        tuple(row.row for position, row in enumerate(rows) if position not in stored),
        tuple(errors),
        tuple(
            f"{row.place}: stored, but it belongs to the control group, and treating it spoils the comparison; "
            "treat only lines decided as act or review"
            for row in stored.values()
            if row.content["disposition"] == "done" and _is_control(_find_decisions(row.content, scored))
        ),
        tuple(
            row.row
            for position, row in stored.items()
            if contents[position].get("owner", "") != row.content.get("owner", "")
        ),
    )


def initials(owner: str) -> str:
    """Return the initials of a person or a team, at most four letters; initials stay as they are.

    The ledger cannot be changed, so it must not keep the names of those who work: initials are enough for colleagues.

    >>> initials("Anna van der Meer"), initials("anna.meer@shop.example"), initials("AM"), initials("Team Nord")
    ('AVDM', 'AM', 'AM', 'TN')
    """
    words: list[str] = re.findall(r"[^\W\d_]+", owner.partition("@")[0])
    if len(words) == 1 and len(words[0]) <= _INITIALS and words[0].isupper():
        return words[0]
    return "".join(word[0] for word in words).upper()[:_INITIALS]


def _find_columns(file: Path, header: Sequence[str]) -> dict[str, int]:
    """Return the position of each feedback column, whose header may be in the language of any team."""
    names = [find_column(name) or name.strip().lower() for name in header]
    available = f"it has {[name[:_MAX_QUOTED] for name in header[:_MAX_QUOTED]]}"
    if missing := [name for name in _REQUIRED if name not in names]:
        raise SourceError(
            f"{file}: the column {missing[0]} is missing; {available}. Keep the export's order_id and add a column "
            "disposition, in a CSV or on the first sheet of an XLSX file."
        )
    if repeated := [name for name in (*_REQUIRED, *_OPTIONAL) if names.count(name) > 1]:
        raise SourceError(f"{file}: the column {repeated[0]} appears more than once; {available}. Keep only one.")
    return {name: names.index(name) for name in (*_REQUIRED, *_OPTIONAL) if name in names}


def _find_error(values: dict[str, str]) -> str | None:
    if not _without_apostrophe(values["order_id"]):
        return f"disposition {values['disposition']!r} without an order; fill in order_id"
    if find_disposition(values["disposition"]) is None:
        quoted = f"order {values['order_id'][:_MAX_QUOTED]}, disposition {values['disposition'][:_MAX_QUOTED]!r}"
        words = ", ".join(name_dispositions("en"))
        return f"{quoted}; it must be one of {words}, or the same in German, French, Dutch or Polish"
    if (at := values.get("at")) and not _is_time(at):
        return f"order {values['order_id'][:_MAX_QUOTED]}: at {at[:_MAX_QUOTED]!r} is no time; write ISO 8601, in UTC"
    if (length := len(values.get("comment", ""))) > _MAX_COMMENT:
        return f"the comment has {length:,} characters; shorten it to {_MAX_COMMENT:,}"
    return None


def _find_decisions(content: dict[str, str], scored: dict[str, dict[str, str]]) -> set[str]:
    """Return the decisions on the line, or on all lines of the order; empty where no run scored it."""
    lines = scored.get(content["order_id"], {})
    return {decision for line, decision in lines.items() if content.get("line_id", line) == line}


def _is_control(decisions: set[str]) -> bool:
    """Whether a line was held out, and no other was to be treated."""
    return "holdout" in decisions and decisions.isdisjoint(("act", "review"))


def _hint(row: FeedbackRow, scored: dict[str, dict[str, str]], with_zeros: Collection[str]) -> str:
    """Return a hint at the id with zeros in front that was scored: of the line where the order is right."""
    order = row.content["order_id"]
    name, ids = ("line_id", scored[order].keys()) if order in scored else ("order_id", with_zeros)
    return hint_at_zeros(row.content[name], ids, row.headers.get(name, name)[:_MAX_QUOTED])


def _with_scored_ids(content: dict[str, str], scored: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return content with the ids as they are given where a run scored these, else without an export's apostrophe."""
    given = content["order_id"]
    order = given if given in scored else _without_apostrophe(given)
    changed = content | {"order_id": order}
    if (line := content.get("line_id")) is not None and line not in scored.get(order, {}):
        changed["line_id"] = _without_apostrophe(line)
    return changed


def _without_personal_data(content: dict[str, str]) -> dict[str, str]:
    changed = {"comment": redact, "owner": initials}
    redacted = {name: changed[name](value) if name in changed else value for name, value in content.items()}
    return {name: value for name, value in redacted.items() if value}


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _clean(name: str, cell: str) -> str:
    """Return the text of a cell; an id keeps its apostrophe, which may be its own (``_with_scored_ids``)."""
    return cell.strip() if name in _IDS else _without_apostrophe(cell.strip())


def _without_apostrophe(text: str) -> str:
    return text.removeprefix("'")
