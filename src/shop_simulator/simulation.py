"""Simulates a shop from its first day to a given day."""

from datetime import date

from returns_risk.contract.days import day_number
from returns_risk.errors import ParamsError, SourceError
from shop_simulator.applied import Applied, nothing_applied
from shop_simulator.catalogue import Catalogue, draw_makers
from shop_simulator.definition import Definition
from shop_simulator.orders import first_customers
from shop_simulator.seasons import LONGEST_YEARS, Calendar
from shop_simulator.shop import LONGEST_STORY, Shop

__all__ = ["open_shop", "simulate"]

_EARLIEST_YEAR = 1980


def open_shop(definition: Definition) -> Shop:
    """Return the shop on the morning of its first day."""
    catalogue, calendar = Catalogue(definition, draw_makers(definition)), Calendar(definition.start.year)
    shop = Shop(definition, definition.first_day, catalogue, calendar)
    shop.catalogue.open_shop()
    first_customers(definition, shop.customers)
    return shop


def simulate(definition: Definition, until: date, applied: Applied | None = None) -> Shop:
    """Simulate a shop from its first day to the beginning of the day ``until``.

    The same definition and the same interventions give the same shop; a later ``until`` only adds days.

    Raises
    ------
    ParamsError
        ``until`` is not after the shop's start, or too long after it.
    SourceError
        An intervention concerns a line that had not been ordered yet.
    """
    day = day_number(until)
    if definition.start.year < _EARLIEST_YEAR:
        raise ParamsError(f"start {definition.start}: a shop opens in {_EARLIEST_YEAR} or later. Choose another day.")
    if not definition.first_day < day <= definition.first_day + LONGEST_YEARS * 365 - LONGEST_STORY:
        raise ParamsError(
            f"until {until}: the shop opens on {definition.start}, and the day that is not simulated any more has to "
            f"come after it, within {LONGEST_YEARS - 1} years. Choose another day."
        )
    applied = applied or nothing_applied()
    if len(applied.day) and applied.day[0] <= definition.first_day:
        raise SourceError(
            f"applied interventions: {int((applied.day <= definition.first_day).sum())} are dated {definition.start} "
            "or earlier, when no line of the shop had been ordered. Correct their applied_on."
        )
    shop = open_shop(definition)
    shop.advance(day, applied)
    return shop
