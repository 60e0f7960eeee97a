"""What operations did with flagged orders: read from their file, held against the ledger, stored once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from returns_risk.errors import SourceError
from returns_risk.ledger import Ledger
from returns_risk.redaction import redact

__all__ = ["DISPOSITIONS", "Stored", "read_feedback", "store_feedback"]

DISPOSITIONS = ("done", "not_possible", "wrong_flag", "customer_kept")
_NEEDED = ("order_id", "disposition")
_OPTIONAL = ("line_id", "comment")


@dataclass(frozen=True)
class Stored:
    """What became of the rows of a file."""

    added: int
    known: int
    """The ledger had them already."""
    findings: tuple[str, ...]
    """Why others were refused."""

    @property
    def unknown(self) -> int:
        """Rows about what no run scored."""
        return len(self.findings)


def read_feedback(file: Path) -> tuple[list[dict[str, Any]], list[str]]:
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
    frame = _read(file)
    names = {str(column).strip().lower().replace(" ", "_"): column for column in frame.columns}
    if missing := [name for name in _NEEDED if name not in names]:
        raise SourceError(
            f"{file}: the column {missing[0]} is missing; it has {list(frame.columns)}. Keep the export's order_id and "
            "add a column disposition."
        )
    rows, findings = [], []
    for number, row in enumerate(frame.to_dict("records"), start=2):
        told = {name: _text(row[names[name]]) for name in (*_NEEDED, *_OPTIONAL) if name in names}
        if not told["disposition"]:
            continue
        told["disposition"] = told["disposition"].lower().replace(" ", "_")
        if not told["order_id"] or told["disposition"] not in DISPOSITIONS:
            findings.append(
                f"row {number}: order {told['order_id'] or '(none)'}, disposition {told['disposition']!r}; it has to "
                f"be one of {', '.join(DISPOSITIONS)}"
            )
        else:
            rows.append({name: value for name, value in told.items() if value})
    return rows, findings


def store_feedback(ledger: Ledger, source: str, rows: list[dict[str, Any]], at: str) -> Stored:
    """Add each row to the ledger, unless it says the same already or no run scored its order and line.

    Comments are redacted first.
    """
    known = {_identity(entry.content) for entry in ledger.entries("feedback", source)}
    scored = ledger.lines_of_orders(source, list(dict.fromkeys(row["order_id"] for row in rows)))
    added, again, findings = [], 0, []
    for row in map(_redacted, rows):
        lines = scored.get(row["order_id"], set())
        if not lines or ("line_id" in row and row["line_id"] not in lines):
            place = f"order {row['order_id']}" + (f", line {row['line_id']}" if "line_id" in row else "")
            findings.append(f"{place}: no run scored it; correct the id")
        elif _identity(row) in known:
            again += 1
        else:
            added.append(row)
            known.add(_identity(row))
    ledger.append_all("feedback", source, at, added)
    return Stored(len(added), again, tuple(findings))


def _identity(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name, "")) for name in (*_NEEDED, *_OPTIONAL))


def _redacted(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"comment": redact(row["comment"])} if "comment" in row else row


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value).strip().removeprefix("'")


def _read(file: Path) -> pd.DataFrame:
    try:
        if file.suffix.lower() == ".xlsx":
            return pd.read_excel(file, dtype="str")
        return pd.read_csv(file, dtype="str", sep=None, engine="python", encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        finding = " ".join(str(error).split())
        raise SourceError(f"{file}: cannot be read ({finding}). Give a CSV in UTF-8 or an XLSX file.") from error
