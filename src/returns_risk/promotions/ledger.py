"""What was decided about models, row after row: a file that shows every later change to it."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from returns_risk.errors import RegistryError
from returns_risk.files import locked, write_text

__all__ = ["Ledger", "Row"]

_FIRST = "0" * 64


@dataclass(frozen=True)
class Row:
    """One row as it stands in the ledger."""

    number: int
    """From 1 on."""
    hash: str
    """SHA-256 of the hash of the row before it and of its own entry."""
    entry: dict[str, Any]


class Ledger:
    """Rows in a file of JSON lines, each chained to the one before by its hash.

    Whoever changes, removes or inserts a row leaves a hash that does not follow from what stands before it (Haber &
    Stornetta 1991, How to time-stamp a digital document). Rows cut off at the end leave a chain that is whole:
    whoever holds the hash of the latest row sees that as well.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, entry: dict[str, Any]) -> Row:
        """Add a row, which is on disk when this returns, or not there at all.

        Parameters
        ----------
        entry : JSON values; no NaN, and nothing of persons

        Raises
        ------
        RegistryError
            Another process is writing, or the rows that are there are not what was written.
        ExportError
            The file cannot be written.
        """
        with self._alone():
            rows = self.entries()
            number, former = len(rows) + 1, rows[-1].hash if rows else _FIRST
            row = Row(number, _chain(former, number, entry), entry)
            # Written aside as a whole and renamed: a ledger of decisions is short, and half a row would break it.
            write_text(self.path, "".join(f"{_line(one)}\n" for one in [*rows, row]))
            return row

    def entries(self) -> list[Row]:
        """Return all rows, the oldest first; none if there is no ledger yet.

        Raises
        ------
        RegistryError
            A row is not what was written; the message names the first.
        """
        rows: list[Row] = []
        for number, line in enumerate(self._lines(), start=1):
            row = _read(line, number, rows[-1].hash if rows else _FIRST)
            if row is None:
                raise RegistryError(
                    f"{self.path}: row {number} is not what was written, or one before it is missing. "
                    "Restore the file from a backup; nothing is promoted or rolled back until then."
                )
            rows.append(row)
        return rows

    def verify(self) -> tuple[int, str]:
        """Follow the chain from its beginning; return the number of rows and the hash of the latest.

        Raises
        ------
        RegistryError
            A row is not what was written.
        """
        rows = self.entries()
        return len(rows), rows[-1].hash if rows else _FIRST

    def _lines(self) -> list[str]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise RegistryError(f"{self.path}: cannot be read ({error}). Restore the file from a backup.") from error
        return text.removesuffix("\n").split("\n") if text else []

    @contextmanager
    def _alone(self) -> Iterator[None]:
        place = self.path.with_name(f"{self.path.name}.lock")
        try:
            with locked(place):
                yield
        except BlockingIOError as error:
            raise RegistryError(
                f"{self.path}: {error.filename2 or 'another process'} is writing to it. Run again when it has ended."
            ) from error


def _chain(former: str, number: int, entry: dict[str, Any]) -> str:
    return hashlib.sha256(f"{former}\n{number}\n{_canonical(entry)}".encode()).hexdigest()


def _line(row: Row) -> str:
    return _canonical({"number": row.number, "hash": row.hash, "entry": row.entry})


def _canonical(content: Any) -> str:
    """Write JSON in the one way that its hash is of."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _read(line: str, number: int, former: str) -> Row | None:
    """Return a row, or None if it is not what was written."""
    try:
        content = json.loads(line)
        row = Row(content["number"], content["hash"], content["entry"])
        # The line is compared as well: what JSON reads alike need not be what was written.
        same = row.number == number and row.hash == _chain(former, number, row.entry) and line == _line(row)
    except (ValueError, KeyError, TypeError):
        return None
    return row if same else None
