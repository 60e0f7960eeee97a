"""Whether a night has run: what a monitor asks."""

from datetime import date, datetime, time

from returns_risk.errors import MissingRunError
from returns_risk.ledger import Entry, Ledger

__all__ = ["require_run"]


def require_run(ledger: Ledger, source: str, as_of: date, now: datetime, expected_by: time) -> str:
    """Say where the run of a night stands.

    Parameters
    ----------
    now : in the shop's time zone
    expected_by : when the run of a night is due, on its day

    Raises
    ------
    MissingRunError
        It is not there though it is due: not in the ledger, or its export did not get to its place.
    """
    entry = ledger.latest_run(source, as_of.isoformat())
    withdrawn = [one for one in ledger.withdrawals(source).values() if one.as_of == as_of.isoformat()]
    if entry is not None and ledger.is_exported(entry):
        return f"{source} {as_of}: done, entry {entry.number}, written at {entry.at}"
    due = f"due on {as_of} by {expected_by:%H:%M}, it is {now:%Y-%m-%d %H:%M}"
    if now.replace(tzinfo=None) < datetime.combine(as_of, expected_by):
        return f"{source} {as_of}: not there yet{_say_withdrawn(withdrawn)}, {due}"
    missing = "no run in the ledger" if entry is None else "in the ledger, but its export is not in place"
    missing += _say_withdrawn(withdrawn)
    raise MissingRunError(
        f"{source} {as_of}: {missing}, {due}. "
        f"See the log of returns-risk nightly, and run it: returns-risk nightly --as-of {as_of}."
    )


def _say_withdrawn(withdrawals: list[Entry]) -> str:
    if not withdrawals:
        return ""
    latest = withdrawals[-1]
    return f" (one was withdrawn at {latest.at}: {latest.content['reason']})"
