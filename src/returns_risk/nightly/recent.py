"""The nights before a night, from the ledger: their figures, and the lines that were planned and not yet done."""

from collections.abc import Iterable
from typing import Any

from returns_risk.export.recent_nights import CARRIED, RecentNights
from returns_risk.ledger import Entry, Ledger
from returns_risk.scoring.columns import TREATED

__all__ = ["recent_nights"]

_NIGHTS = 14
Line = dict[str, Any]


def recent_nights(ledger: Ledger, source: str, as_of: str, before: int | None = None) -> RecentNights:
    """Return the last 14 nights before a night, with what they planned and what was reported on it.

    Lines of a night are carried over where nobody has reported on their order, and others of that night were reported
    on. Without any feedback all its orders may be done: nothing is carried over, so that nobody is contacted twice.

    Parameters
    ----------
    as_of : of the night, ISO
    before : number of the night's run where its export is made again; later entries of the ledger do not count then

    Raises
    ------
    LedgerError
        The ledger cannot be read.
    """
    runs = {run.as_of: run for run in _until(ledger.nights(source), before) if run.as_of < as_of}
    nights = sorted(runs)[-_NIGHTS:]
    if not nights:
        return RecentNights()
    dates = {run.number: run.as_of for run in _until(ledger.entries("run", source), before)}
    planned = ledger.planned_lines(source, nights[-1], since=nights[0])
    treated: dict[str, list[Line]] = {night: [] for night in nights}
    for line in planned:
        if line["decision"] in TREATED and (night := dates.get(line["run"])) in treated:
            treated[night].append(line | {"night": night})
    reported = {entry.content["order_id"] for entry in _until(ledger.entries("feedback", source), before)}
    return RecentNights.of(
        [_describe(night, lines, reported) for night, lines in treated.items()],
        [_carried(line) for lines in treated.values() for line in _unreported(lines, reported)],
        [line for lines in treated.values() for line in lines if not _has_feedback(lines, reported)],
    )


def _until(entries: Iterable[Entry], before: int | None) -> list[Entry]:
    return [entry for entry in entries if before is None or entry.number < before]


def _describe(night: str, lines: list[Line], reported: set[str]) -> dict[str, Any]:
    orders = {line["order_id"] for line in lines}
    return {
        "as_of": night,
        "orders": len(orders),
        "value": round(sum(round(line["value"], 2) for line in lines), 2),
        "reported": len(orders & reported),
    }


def _unreported(lines: list[Line], reported: set[str]) -> list[Line]:
    """Return the lines of a night on whose orders nobody has reported; none where the night has no feedback."""
    waiting = [line for line in lines if line["order_id"] not in reported]
    return waiting if _has_feedback(lines, reported) else []


def _has_feedback(lines: list[Line], reported: set[str]) -> bool:
    return any(line["order_id"] in reported for line in lines)


def _carried(line: Line) -> Line:
    return {name: line.get(name) for name in CARRIED}
