"""The report of a validation as a page."""

from pathlib import Path

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
    tables = [
        {
            "name": name,
            "accepted": len(accepted),
            "rejected": len(validation.quarantine[name]),
            "checks": [check for check in validation.checks if check.table == name],
        }
        for name, accepted in validation.tables.items()
    ]
    counts = validation.late_returns
    late = [] if counts is None else counts[counts["late"] > 0].to_dict("records")
    page = load_templates(_TEMPLATES).get_template("validation.html")
    failed = sum(not check.passed for check in validation.checks)
    time = f"{as_of:%Y-%m-%d %H:%M} UTC"
    html = page.render(as_of=time, rules=len(validation.checks), failed=failed, tables=tables, late_returns=late)
    write_folder(docs, {"index.html": html})
