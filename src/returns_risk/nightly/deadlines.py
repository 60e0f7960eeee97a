"""The time by which the deadlines of messages are compared at a delivery."""

from datetime import datetime, timedelta

from returns_risk.config.params import Params
from returns_risk.contract.days import start_of_day
from returns_risk.ledger import Ledger

__all__ = ["delivery_time"]


def delivery_time(ledger: Ledger, params: Params, clock: datetime) -> datetime:
    """Return the time by which the deadlines of messages are compared: the clock, or the as-of of a night of the past.

    A night that was first run more than ``featurize.open_days`` after its as-of is a demonstration or a test: no order
    waits so long, and by the clock all its messages would be late. A night that is only run again late keeps the clock.

    Parameters
    ----------
    params : with the as-of of the night that is delivered
    clock : UTC
    """
    as_of = start_of_day(params.as_of, params.source.time_zone).to_pydatetime()
    runs = [run for run in ledger.nights(params.source.name) if run.as_of == params.as_of.isoformat()]
    late = bool(runs) and datetime.fromisoformat(runs[0].at) - as_of > timedelta(days=params.featurize.open_days)
    return as_of if late else clock
