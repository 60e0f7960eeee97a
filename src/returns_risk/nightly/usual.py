"""What a night is compared with: the candidates and the opt-outs of the nights before it."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from returns_risk.contract.parquet import read_frame
from returns_risk.errors import DataError
from returns_risk.ledger import Ledger

__all__ = ["former_opt_outs", "require_usual_candidates"]

_NIGHTS, _LEAST_NIGHTS, _DAYS = 7, 3, 28
_FEW = 20
"""Candidates by which a night may always be below the others: a small shop has few."""


def require_usual_candidates(ledger: Ledger, source: str, as_of: date, candidates: int, drop: float) -> None:
    """Refuse a night that has far fewer candidates than each of the last nights: its extract is hardly complete.

    Compared are up to seven nights of the last four weeks, once there are three: then weekends are mostly among them.

    Parameters
    ----------
    candidates : open at the as-of, with those that were closed since
    drop : share by which there may be fewer than on the lowest of these nights; 20 fewer are always accepted

    Raises
    ------
    DataError
        Names counts and remedy.
    """
    since, night = (as_of - timedelta(days=_DAYS)).isoformat(), as_of.isoformat()
    features = {
        run.as_of: run.content["told"]["features"] for run in ledger.nights(source) if since <= run.as_of < night
    }
    # How late a night ran says nothing about its extract: lines closed since the as-of count, too.
    counts = {day: one["candidates"] + one.get("closed", 0) for day, one in features.items()}
    recent = sorted(counts)[-_NIGHTS:]
    if len(recent) < _LEAST_NIGHTS:
        return
    lowest = min(counts[one] for one in recent)
    if candidates < (1 - drop) * lowest and lowest - candidates > _FEW:
        raise DataError(
            f"order_lines: {candidates:,} candidates are open at the as-of {night}, on each of the last {len(recent)} "
            f"nights there were {lowest:,} or more; validate.candidates_drop tolerates {drop:.0%} fewer. Deliver the "
            "raw files in full; if there are so few on purpose, as after a holiday, add --few-candidates."
        )


def former_opt_outs(folder: Path) -> pd.Series | None:
    """Return the customers who had opted out by the latest earlier night; None if its tables are not here.

    Parameters
    ----------
    folder : of the night's working data, beside those of other nights
    """
    files = folder.parent.glob("as_of=????-??-??/validated/customers.parquet")
    earlier = [file for file in files if file.parent.parent.name < folder.name]
    if not earlier:
        return None
    customers = read_frame(max(earlier), "nightly")
    return (
        customers.loc[customers["opted_out"].fillna(value=False), "customer_id"] if "opted_out" in customers else None
    )
