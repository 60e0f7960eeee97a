"""What operations did with flagged orders: read from their file, held against the ledger, stored once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from returns_risk.errors import SourceError
from returns_risk.io.redaction import redact
from returns_risk.ledger import Ledger
from returns_risk.nightly.feedback_file import read_table

__all__ = ["DISPOSITIONS", "Stored", "Told", "read_feedback", "store_feedback"]

DISPOSITIONS = ("done", "not_possible", "wrong_flag", "customer_kept")
_NEEDED = ("order_id", "disposition")
_OPTIONAL = ("line_id", "comment")
_LONGEST_COMMENT = 2_000
_LONGEST = 40
"""Columns, and letters of a cell, that an error tells: a file that is no table may hold any number."""


@dataclass(frozen=True)
class Told:
    """What a row of a file says of an order or a line."""

    row: int
    """As a spreadsheet numbers it; the header is row 1."""
    content: dict[str, str]
    """``order_id``, ``disposition``, and ``line_id`` and ``comment`` where they are given."""

    @property
    def place(self) -> str:
        """Where it stands and what it is about."""
        line = f", line {self.content['line_id'][:_LONGEST]}" if "line_id" in self.content else ""
        return f"row {self.row}: order {self.content['order_id'][:_LONGEST]}{line}"


@dataclass(frozen=True)
class Stored:
    """What became of the rows of a file."""

    added: int
    known: int
    """The ledger had them already."""
    findings: tuple[str, ...]
    """Why others were refused: no run scored what they are about."""
    hints: tuple[str, ...]
    """What should not have been done, of what was stored."""


def read_feedback(file: Path) -> tuple[list[Told], list[str]]:
    """Read a file of feedback: ``order_id``, ``disposition``, and ``line_id`` and ``comment`` if they are there.

    Ids may carry the apostrophe that exports put before what a spreadsheet would change; dispositions may be written
    in any case, with spaces. A row without a disposition is one that nobody has come to yet.

    Returns
    -------
    The good rows, and for each bad one a sentence with its row, value and remedy.

    Raises
    ------
    SourceError
        The file is missing, is neither CSV nor XLSX, or lacks a column.
    """
    table = read_table(file)
    columns = _find_columns(file, table.header)
    rows, findings = [], []
    for number, cells in table.rows:
        told = {name: _clean(cells[place]) if place < len(cells) else "" for name, place in columns.items()}
        told["disposition"] = told["disposition"].lower().replace(" ", "_")
        if len(cells) > len(table.header):
            findings.append(
                f"row {number}: it has {len(cells)} cells and the header {len(table.header)}; put texts that hold the "
                "delimiter in double quotes"
            )
        elif told["disposition"] and (finding := _find_fault(told)):
            findings.append(f"row {number}: {finding}")
        elif told["disposition"]:
            rows.append(Told(number, {name: value for name, value in told.items() if value}))
    return rows, findings


def store_feedback(ledger: Ledger, source: str, rows: Sequence[Told], at: str) -> Stored:
    """Add each row to the ledger, unless it says the same already or no run scored its order and line.

    Comments are redacted first. A row that tells that a line was treated which was left alone to compare is stored as
    well, with a hint: it is what happened.
    """
    known = {_identity(entry.content) for entry in ledger.entries("feedback", source)}
    scored = ledger.lines_of_orders(source, list(dict.fromkeys(row.content["order_id"] for row in rows)))
    added, again, findings, hints = [], 0, [], []
    for row in rows:
        content = _redact_comment(row.content)
        decisions = _find_decisions(content, scored)
        if not decisions:
            findings.append(f"{row.place}: no run scored it; correct the id{_hint_at_zeros(content, scored)}")
        elif _identity(content) in known:
            again += 1
        else:
            added.append(content)
            known.add(_identity(content))
            if content["disposition"] == "done" and _was_left_alone(decisions):
                hints.append(
                    f"{row.place}: stored, but it was left alone to compare, and treating it spoils the comparison; "
                    "treat what is decided as act or review only"
                )
    # What another import has stored since is not stored twice.
    new = ledger.append_new("feedback", source, at, added) if added else 0
    return Stored(new, again + len(added) - new, tuple(findings), tuple(hints))


def _find_columns(file: Path, header: Sequence[str]) -> dict[str, int]:
    """Return where the columns stand that feedback has."""
    names = [name.strip().lower().replace(" ", "_") for name in header]
    told = f"it has {[name[:_LONGEST] for name in header[:_LONGEST]]}"
    if missing := [name for name in _NEEDED if name not in names]:
        raise SourceError(
            f"{file}: the column {missing[0]} is missing; {told}. Keep the export's order_id and add a column "
            "disposition, in a CSV or on the first sheet of an XLSX file."
        )
    if twice := [name for name in (*_NEEDED, *_OPTIONAL) if names.count(name) > 1]:
        raise SourceError(f"{file}: the column {twice[0]} is there more than once; {told}. Remove all but one.")
    return {name: names.index(name) for name in (*_NEEDED, *_OPTIONAL) if name in names}


def _find_fault(told: dict[str, str]) -> str | None:
    if not told["order_id"]:
        return f"disposition {told['disposition']!r} without an order; fill in order_id"
    if told["disposition"] not in DISPOSITIONS:
        found = f"order {told['order_id'][:_LONGEST]}, disposition {told['disposition'][:_LONGEST]!r}"
        return f"{found}; it has to be one of {', '.join(DISPOSITIONS)}"
    if (length := len(told.get("comment", ""))) > _LONGEST_COMMENT:
        return f"the comment has {length:,} characters; shorten it to {_LONGEST_COMMENT:,}"
    return None


def _find_decisions(content: dict[str, str], scored: dict[str, dict[str, str]]) -> set[str]:
    """Return what was decided on the line, or on the lines of the order; nothing where no run scored it."""
    lines = scored.get(content["order_id"], {})
    return {decision for line, decision in lines.items() if content.get("line_id", line) == line}


def _was_left_alone(decisions: set[str]) -> bool:
    """Say whether there was something to leave alone, and nothing to be done as well."""
    return "holdout" in decisions and decisions.isdisjoint(("act", "review"))


def _hint_at_zeros(content: dict[str, str], scored: dict[str, dict[str, str]]) -> str:
    name = "line_id" if content["order_id"] in scored else "order_id"
    if not content[name].isdecimal():
        return ""
    return f". A spreadsheet may have dropped its leading zeros: format the column {name} as text before filling it in"


def _identity(content: dict[str, str]) -> tuple[str, ...]:
    return tuple(str(content.get(name, "")) for name in (*_NEEDED, *_OPTIONAL))


def _redact_comment(content: dict[str, str]) -> dict[str, str]:
    return content | {"comment": redact(content["comment"])} if "comment" in content else content


def _clean(cell: str) -> str:
    return cell.strip().removeprefix("'")
