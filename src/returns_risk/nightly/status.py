"""Whether a night has run: what a monitor asks."""

from datetime import date, time

from returns_risk.errors import MissingRunError
from returns_risk.ledger import Ledger

__all__ = ["require_run"]


def require_run(ledger: Ledger, source: str, as_of: date, now: time, expected_by: time) -> str:
    """Say where the run of a night stands.

    Parameters
    ----------
    now, expected_by : of the shop's day

    Raises
    ------
    MissingRunError
        It is not in the ledger though it is due.
    """
    entry = ledger.latest_run(source, as_of.isoformat())
    if entry is not None and not entry.content["backfill"]:
        return f"{source} {as_of}: done, entry {entry.number}, written at {entry.at}"
    if now < expected_by:
        return f"{source} {as_of}: not there yet, due by {expected_by:%H:%M}, it is {now:%H:%M}"
    raise MissingRunError(
        f"{source} {as_of}: no run in the ledger, due by {expected_by:%H:%M}, it is {now:%H:%M}. "
        f"See the log of returns-risk nightly, and run it: returns-risk nightly --as-of {as_of}."
    )
