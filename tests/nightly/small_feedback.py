"""Files of feedback brought back to a small shop, and the rows of them that its ledger has."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.errors import FeedbackError, SourceError
from returns_risk.ledger import Ledger

__all__ = ["URL", "bring_back", "refused", "score", "stored", "write_sheet"]

AT = "2026-03-02T04:00:00+00:00"
URL = "sqlite:///ledger/ledger.db"
NOTES = Path("data/state")


def score(as_of, *lines, exported=True, backfill=False):
    """Append a run of lines, each ``order line decision``."""
    frame = pd.DataFrame([line.split() for line in lines], columns=["order_id", "line_id", "decision"], dtype="str")
    content = {"backfill": backfill, "summary": {"export": {"files": {}}}}
    entry = Ledger(URL, NOTES).append_run("demo", as_of, AT, content, frame)
    if exported:
        Ledger(URL, NOTES).append_export(entry, AT)


def bring_back(file, content=None):
    """Import a file; return exit code, the first line on stdout, and those on stderr."""
    if content is not None:
        Path(file).write_bytes(content if isinstance(content, bytes) else content.encode())
    result = CliRunner().invoke(app, ["feedback", "import", str(file)])
    code = result.exit_code
    if isinstance(result.exception, FeedbackError):
        code = result.exception.exit_code
    elif isinstance(result.exception, Exception):
        raise result.exception
    return code, result.stdout.splitlines()[0], [line.strip() for line in result.stderr.splitlines()]


def stored():
    return [entry.content for entry in Ledger(URL).entries("feedback", "demo")]


def write_sheet(file, *rows):
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, start=1):
        for position, value in enumerate(row, start=1):
            book.active.cell(number, position, value)
    book.save(file)
    book.close()


def refused(file, content):
    Path(file).write_bytes(content)
    with pytest.raises(SourceError, match=r"CSV.* XLSX") as caught:
        bring_back(file)
    errors = str(caught.value)
    assert errors.startswith(f"{file}: ")
    assert "\n" not in errors
    assert len(errors) < 3000
    assert stored() == []
    return errors
