"""The report of a validation as a page."""

from pathlib import Path
from typing import Any

import pandas as pd

from returns_risk.io.files import write_folder
from returns_risk.io.templates import load_templates
from returns_risk.validation.checks import Validation

__all__ = ["write_docs"]

_TEMPLATES = Path(__file__).parent / "templates"


def write_docs(validation: Validation, as_of: pd.Timestamp, docs: Path) -> None:
    """Write the report of a validation as a page into the folder ``docs``, which is replaced.

    Raises
    ------
    ExportError
        ``docs`` cannot be written.
    """
    # Great Expectations' pages ask five other hosts for their styles and scripts, and are empty without them.
    tables = [_describe(name, validation) for name in validation.tables]
    counts = validation.late_returns
    late = [] if counts is None else counts[counts["late"] > 0].to_dict("records")
    page = load_templates(_TEMPLATES).get_template("validation.html")
    failures = [check.rule for check in validation.checks if not check.passed]
    time = f"{as_of:%Y-%m-%d %H:%M} UTC"
    html = page.render(
        as_of=time,
        count=len(validation.checks),
        failed=len(failures),
        failures=failures,
        tables=tables,
        late_returns=late,
    )
    write_folder(docs, {"index.html": html})


def _describe(name: str, validation: Validation) -> dict[str, Any]:
    """Return the rows of a table in counts, and its rules: those that rows break before the others."""
    checks = [check for check in validation.checks if check.table == name]
    broken = [check for check in checks if check.broken or not check.passed]
    return {
        "name": name,
        "accepted": len(validation.tables[name]),
        "rejected": len(validation.quarantine[name]),
        "broken": sorted(broken, key=lambda check: check.passed),
        "kept": [check for check in checks if check not in broken],
    }
