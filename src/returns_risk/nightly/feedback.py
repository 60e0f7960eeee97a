"""Feedback of operations on flagged orders: read from a file, checked, and stored once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from returns_risk.errors import SourceError
from returns_risk.io.redaction import redact
from returns_risk.ledger import Ledger
from returns_risk.nightly.feedback_table import read_table

__all__ = ["DISPOSITIONS", "FeedbackRow", "ImportResult", "read_feedback", "store_feedback"]

DISPOSITIONS = ("done", "not_possible", "wrong_flag", "customer_kept")
_REQUIRED = ("order_id", "disposition")
_OPTIONAL = ("line_id", "comment")
_MAX_COMMENT = 2_000  # characters
_MAX_QUOTED = 40
"""Columns, and characters of a cell, that an error quotes: a damaged file may have any number."""


@dataclass(frozen=True)
class FeedbackRow:
    """A row of feedback on an order or a line."""

    row: int
    """As a spreadsheet numbers it; the header is row 1."""
    content: dict[str, str]
    """``order_id``, ``disposition``, and ``line_id`` and ``comment`` where given."""

    @property
    def place(self) -> str:
        """Row number, order and line, for messages."""
        line = f", line {self.content['line_id'][:_MAX_QUOTED]}" if "line_id" in self.content else ""
        return f"row {self.row}: order {self.content['order_id'][:_MAX_QUOTED]}{line}"


@dataclass(frozen=True)
class ImportResult:
    """The result of storing the rows of a file."""

    added: int
    known: int
    """Rows that the ledger had already."""
    errors: tuple[str, ...]
    """Why rows were rejected: no run scored their order or line."""
    warnings: tuple[str, ...]
    """Stored rows that report a treatment of control lines."""


def read_feedback(file: Path) -> tuple[list[FeedbackRow], list[str]]:
    """Read a file of feedback with ``order_id``, ``disposition``, and optionally ``line_id`` and ``comment``.

    Ids may carry the apostrophe with which exports protect them from spreadsheets; dispositions may be in any case,
    with spaces. Rows without a disposition are ignored: they are still to be worked on.

    Returns
    -------
    The valid rows, and for each invalid row a sentence with its number, value and remedy.

    Raises
    ------
    SourceError
        The file is missing, is neither CSV nor XLSX, or lacks a column.
    """
    table = read_table(file)
    columns = _find_columns(file, table.header)
    rows, errors = [], []
    for number, cells in table.rows:
        values = {name: _clean(cells[place]) if place < len(cells) else "" for name, place in columns.items()}
        values["disposition"] = values["disposition"].lower().replace(" ", "_")
        if len(cells) > len(table.header):
            errors.append(
                f"row {number}: it has {len(cells)} cells and the header {len(table.header)}; put texts that contain "
                "the delimiter in double quotes"
            )
        elif values["disposition"] and (error := _find_error(values)):
            errors.append(f"row {number}: {error}")
        elif values["disposition"]:
            rows.append(FeedbackRow(number, {name: value for name, value in values.items() if value}))
    return rows, errors


def store_feedback(ledger: Ledger, source: str, rows: Sequence[FeedbackRow], at: str) -> ImportResult:
    """Append each row to the ledger, unless the ledger has it already or no run scored its order and line.

    Comments are redacted first. A row that reports a treated control line is stored as well, with a warning, since the
    treatment did happen.
    """
    known = {_identity(entry.content) for entry in ledger.entries("feedback", source)}
    scored = ledger.lines_of_orders(source, list(dict.fromkeys(row.content["order_id"] for row in rows)))
    new, duplicates, errors, warnings = [], 0, [], []
    for row in rows:
        content = _redact_comment(row.content)
        decisions = _find_decisions(content, scored)
        if not decisions:
            errors.append(f"{row.place}: no run scored it; correct the id{_hint_at_zeros(content, scored)}")
        elif _identity(content) in known:
            duplicates += 1
        else:
            new.append(content)
            known.add(_identity(content))
            if content["disposition"] == "done" and _is_control(decisions):
                warnings.append(
                    f"{row.place}: stored, but it belongs to the control group, and treating it spoils the comparison; "
                    "treat only what is decided as act or review"
                )
    # Another import may have stored the same rows since.
    added = ledger.append_new("feedback", source, at, new) if new else 0
    return ImportResult(added, duplicates + len(new) - added, tuple(errors), tuple(warnings))


def _find_columns(file: Path, header: Sequence[str]) -> dict[str, int]:
    """Return the positions of the feedback columns by name."""
    names = [name.strip().lower().replace(" ", "_") for name in header]
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
    if not values["order_id"]:
        return f"disposition {values['disposition']!r} without an order; fill in order_id"
    if values["disposition"] not in DISPOSITIONS:
        quoted = f"order {values['order_id'][:_MAX_QUOTED]}, disposition {values['disposition'][:_MAX_QUOTED]!r}"
        return f"{quoted}; it must be one of {', '.join(DISPOSITIONS)}"
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


def _hint_at_zeros(content: dict[str, str], scored: dict[str, dict[str, str]]) -> str:
    name = "line_id" if content["order_id"] in scored else "order_id"
    if not content[name].isdecimal():
        return ""
    return f". A spreadsheet may have dropped its leading zeros: format the column {name} as text before filling it in"


def _identity(content: dict[str, str]) -> tuple[str, ...]:
    return tuple(str(content.get(name, "")) for name in (*_REQUIRED, *_OPTIONAL))


def _redact_comment(content: dict[str, str]) -> dict[str, str]:
    return content | {"comment": redact(content["comment"])} if "comment" in content else content


def _clean(cell: str) -> str:
    return cell.strip().removeprefix("'")
