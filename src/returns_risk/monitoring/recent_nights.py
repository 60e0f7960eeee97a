"""Comparison of tonight's extract with recent nights: number of candidates, and customers who had opted out."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from returns_risk.contract.parquet import read_frame
from returns_risk.errors import DataError
from returns_risk.ledger import Ledger
from returns_risk.monitoring.night_folders import NIGHTS

__all__ = ["latest_opt_outs", "previous_opt_outs", "require_usual_candidates"]

_MAX_NIGHTS, _MIN_NIGHTS, _DAYS = 7, 3, 28
_TOLERATED = 20
"""Candidates by which a night may always be below the others: a small shop has few."""


def require_usual_candidates(ledger: Ledger, source: str, as_of: date, candidates: int, drop: float) -> None:
    """Refuse a night with far fewer candidates than each recent night: its extract is probably incomplete.

    Compared are up to seven nights of the last four weeks, once there are three; so weekends are mostly among them.

    Parameters
    ----------
    candidates : lines open at the as-of, including those closed since
    drop : tolerated share below the lowest of these nights; 20 fewer are always accepted

    Raises
    ------
    DataError
        Names counts and remedy.
    """
    since, until = (as_of - timedelta(days=_DAYS)).isoformat(), as_of.isoformat()
    summaries = {
        run.as_of: run.content["summary"]["candidates"] for run in ledger.nights(source) if since <= run.as_of < until
    }
    # How late a night ran says nothing about its extract, so lines closed since the as-of count, too.
    counts = [summaries[night]["open"] + summaries[night]["closed"] for night in sorted(summaries)[-_MAX_NIGHTS:]]
    if len(counts) < _MIN_NIGHTS:
        return
    lowest = min(counts)
    if candidates < (1 - drop) * lowest and lowest - candidates > _TOLERATED:
        raise DataError(
            f"order_lines: {candidates:,} candidates are open at the as-of {until}; each of the last {len(counts)} "
            f"nights had {lowest:,} or more, and validate.candidates_drop tolerates {drop:.0%} fewer. Deliver the raw "
            "files in full; if there are so few on purpose, as after a holiday, add --few-candidates."
        )


def previous_opt_outs(folder: Path) -> pd.DataFrame | None:
    """Return what customers had said of opting out by the latest earlier night; None if its tables are missing.

    Parameters
    ----------
    folder : of the night's working data, a sibling of the folders of other nights
    """
    files = folder.parent.glob("as_of=????-??-??/validated/customers.parquet")
    return _read_opt_outs([file for file in files if file.parent.parent.name < folder.name])


def latest_opt_outs(source: str) -> pd.DataFrame | None:
    """Return what customers had said of opting out by the latest night of a source; None if its tables are missing."""
    return _read_opt_outs(list((NIGHTS / source).glob("as_of=????-??-??/validated/customers.parquet")))


def _read_opt_outs(files: list[Path]) -> pd.DataFrame | None:
    """Return the opt-outs of the latest of the files."""
    if not files:
        return None
    customers = read_frame(max(files), "nightly")
    if "opted_out" not in customers:
        return None
    return customers.loc[customers["opted_out"].notna(), ["customer_id", "opted_out", "quarantined"]]
