"""Status of a night, for a monitoring system."""

from datetime import date, datetime, time

from returns_risk.errors import MissingRunError
from returns_risk.errors.printable import printable
from returns_risk.ledger import Entry, Ledger

__all__ = ["require_run"]


def require_run(ledger: Ledger, source: str, as_of: date, now: datetime, expected_by: time) -> str:
    """Return a sentence about a night that has run or is not due yet, and a line for each of its warnings.

    Parameters
    ----------
    now : in the shop's time zone
    expected_by : when the night is due, on the day of its as-of

    Raises
    ------
    MissingRunError
        The night is due, and it is not in the ledger or its export was not published.
    """
    run = ledger.latest_run(source, as_of.isoformat())
    withdrawals = [entry for entry in ledger.withdrawals(source).values() if entry.as_of == as_of.isoformat()]
    if run is not None and ledger.is_exported(run):
        warnings = run.content["summary"]["extract"].get("warnings", [])
        done = f"{source} {as_of}: done, entry {run.number}, written at {run.at}"
        return "\n  ".join([done, *(printable(f"WARNING: {warning}", layout="") for warning in warnings)])
    due = f"due on {as_of} by {expected_by:%H:%M}, it is {now:%Y-%m-%d %H:%M}"
    if now.replace(tzinfo=None) < datetime.combine(as_of, expected_by):
        return f"{source} {as_of}: not run yet{_describe_withdrawal(withdrawals)}, {due}"
    missing = "no run in the ledger" if run is None else "in the ledger, but its export was not published"
    raise MissingRunError(
        f"{source} {as_of}: {missing}{_describe_withdrawal(withdrawals)}, {due}. "
        f"See the log of returns-risk nightly, and run it: returns-risk nightly --as-of {as_of}."
    )


def _describe_withdrawal(withdrawals: list[Entry]) -> str:
    if not withdrawals:
        return ""
    latest = withdrawals[-1]
    return f" (one was withdrawn at {latest.at}: {latest.content['reason']})"
