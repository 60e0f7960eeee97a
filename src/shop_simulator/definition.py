"""What makes one shop this shop and no other: seed, beginning, size, planted dirt and drifts."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import date

import numpy as np

from returns_risk.contract.days import day_number
from returns_risk.errors import ParamsError

__all__ = ["ACCIDENTS", "DRIFTS", "FAULT_MEANINGS", "ROW_FAULTS", "Definition", "random_numbers", "with_dirt"]

ROW_FAULTS = {
    "duplicates": 0.002,
    "missing_keys": 0.002,
    "impossible_dates": 0.002,
    "unknown_skus": 0.002,
    "currency_slips": 0.002,
    "late_rows": 0.01,
    "encoding": 0.2,
}
"""Faults of single rows and their default share of the rows."""
ACCIDENTS = ("schema_drift", "volume_collapse", "broken_encoding")
"""Faults of a whole extract, from their day on or, for the last two, on that day."""
DRIFTS = ("new_season", "new_brand", "policy_change")
"""Changes of the world from their day on."""
FAULT_MEANINGS = {
    "duplicates": "an order line is exported twice, word for word",
    "missing_keys": "a line without an article, an order without a customer",
    "impossible_dates": "shipped a month before it was ordered, received a year before",
    "unknown_skus": "an article that is not in the article table",
    "currency_slips": "prices in złoty labelled as euro",
    "late_rows": "a line or a return is exported up to a week late",
    "encoding": "a brand with umlauts, UTF-8 read as Latin-1 (share of the brand's styles)",
    "schema_drift": "from that extract on, `qty` is called `quantity`",
    "volume_collapse": "that extract has 30% of its order lines",
    "broken_encoding": "the returns of that extract are in Latin-1",
    "new_season": "half of the apparel styles go, many new ones come",
    "new_brand": "a new brand sells well, runs small, and flatters in its photos",
    "policy_change": "a return costs German customers 3.95 EUR",
}


@dataclass(frozen=True)
class Definition:
    """With the interventions applied, this decides everything that ever happens in a shop."""

    seed: int = 7
    start: date = date(2024, 9, 8)
    """First day with orders."""
    lines_per_day: int = 105
    """Order lines of an average day of the first year, about."""
    faults: tuple[tuple[str, float], ...] = ()
    """Kind and share of ``ROW_FAULTS``."""
    accidents: tuple[tuple[str, str], ...] = ()
    """Kind and ISO date of ``ACCIDENTS``."""
    drifts: tuple[tuple[str, str], ...] = ()
    """Kind and ISO date of ``DRIFTS``."""

    @property
    def first_day(self) -> int:
        """``start`` in days since 1970-01-01."""
        return day_number(self.start)

    def day_of(self, kind: str) -> int | None:
        """Return the day of an accident or drift in days since 1970-01-01, None where there is none."""
        days = dict((*self.accidents, *self.drifts)).get(kind)
        return None if days is None else day_number(date.fromisoformat(days))

    def as_json(self) -> str:
        """Return the definition as JSON on one line."""
        return json.dumps(asdict(self) | {"start": self.start.isoformat()})

    @classmethod
    def from_json(cls, text: str) -> "Definition":
        """Read what ``as_json`` wrote."""
        values = json.loads(text)
        pairs = {name: tuple(tuple(pair) for pair in values[name]) for name in ("faults", "accidents", "drifts")}
        return cls(values["seed"], date.fromisoformat(values["start"]), values["lines_per_day"], **pairs)


def with_dirt(definition: Definition, options: list[str]) -> Definition:
    """Return a definition with faults to plant.

    Parameters
    ----------
    options : list of str
        ``duplicates``, ``late_rows=0.02``, ``schema_drift=2026-02-10`` or ``rows`` (all faults of rows).

    Raises
    ------
    ParamsError
        A kind is unknown, a share is not between 0 and 1, or a date is missing, none, or too early.
    """
    given: dict[str, str] = {}
    for option in options:
        kind, _, value = option.partition("=")
        given |= dict.fromkeys(ROW_FAULTS, value) if kind == "rows" else {kind: value}
    unknown = [kind for kind in given if kind not in (*ROW_FAULTS, *ACCIDENTS, *DRIFTS)]
    if unknown:
        known = ", ".join(("rows", *ROW_FAULTS, *(f"{kind}=DATE" for kind in (*ACCIDENTS, *DRIFTS))))
        raise ParamsError(f"--dirt {unknown[0]}: there is no such fault. Choose among {known}.")
    soiled = replace(
        definition,
        faults=tuple((kind, _share(kind, given[kind])) for kind in ROW_FAULTS if kind in given),
        accidents=tuple((kind, _date(kind, given[kind])) for kind in ACCIDENTS if kind in given),
        drifts=tuple((kind, _date(kind, given[kind])) for kind in DRIFTS if kind in given),
    )
    for kind, day in (*soiled.accidents, *soiled.drifts):
        if date.fromisoformat(day) <= soiled.start:
            raise ParamsError(f"--dirt {kind}={day}: the shop opens on {soiled.start}. Choose a later day.")
    return soiled


def random_numbers(definition: Definition, room: str, day: int) -> np.random.Generator:
    """Return a fresh stream for one room on one day: a further draw in one leaves all others as they are."""
    stream = int.from_bytes(hashlib.sha256(room.encode()).digest()[:4], "big")
    return np.random.default_rng(np.random.SeedSequence(definition.seed, spawn_key=(stream, day)))


def _share(kind: str, text: str) -> float:
    try:
        share = float(text) if text else ROW_FAULTS[kind]
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        raise ParamsError(f"--dirt {kind}={text}: {text} is not a share between 0 and 1. Write {kind}=0.01 or so.")
    return share


def _date(kind: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ParamsError(f"--dirt {kind}={text}: {kind} happens on a day. Write {kind}=2026-02-10 or so.") from error
