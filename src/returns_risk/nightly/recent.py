"""The nights before a night, from the ledger: their figures, and the lines that were planned and not yet done."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from returns_risk.export.recent_nights import CARRIED, RecentNights
from returns_risk.ledger import Entry, Ledger
from returns_risk.scoring.columns import TREATED

__all__ = ["recent_nights"]

_NIGHTS = 14
Line = dict[str, Any]


def recent_nights(ledger: Ledger, source: str, as_of: str, before: int | None = None) -> RecentNights:
    """Return the last 14 nights before a night, with what they planned and what was reported on it.

    Lines of a night are carried over where nobody has reported on them, and others of that night were reported on.
    Without any feedback all its orders may be done: nothing is carried over, so that nobody is contacted twice.

    Feedback is about the planned lines of its order, or its line where it names one, up to its own night; and it is the
    feedback of the latest of their nights.

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
    numbered = {run.number: run for run in _until(ledger.entries("run", source), before)}
    planned = ledger.planned_lines(source, nights[-1], since=nights[0])
    treated: dict[str, list[Line]] = {night: [] for night in nights}
    for line in planned:
        run = numbered.get(line["run"])
        if line["decision"] in TREATED and run is not None and run.as_of in treated:
            treated[run.as_of].append(line | {"night": run.as_of, "planned_at": run.at})
    feedback = _until(ledger.entries("feedback", source), before)
    done, reported = _match([line for lines in treated.values() for line in lines], feedback)
    waiting = {night: [line for line in lines if line["line_id"] not in done] for night, lines in treated.items()}
    return RecentNights.of(
        [_describe(night, lines, len(reported[night])) for night, lines in treated.items()],
        [_carried(line) for night, lines in waiting.items() if reported[night] for line in lines],
        [line for night, lines in waiting.items() if not reported[night] for line in lines],
    )


def _until(entries: Iterable[Entry], before: int | None) -> list[Entry]:
    return [entry for entry in entries if before is None or entry.number < before]


def _match(planned: Sequence[Line], feedback: Iterable[Entry]) -> tuple[set[str], dict[str, set[str]]]:
    """Return the planned lines that feedback is about, and by night the orders on which its people have reported."""
    of_order: dict[str, list[Line]] = defaultdict(list)
    for line in planned:
        of_order[line["order_id"]].append(line)
    done: set[str] = set()
    reported: dict[str, set[str]] = defaultdict(set)
    for entry in feedback:
        order = entry.content["order_id"]
        if lines := [line for line in of_order.get(order, []) if _is_about(entry, line)]:
            done.update(line["line_id"] for line in lines)
            reported[max(line["night"] for line in lines)].add(order)
    return done, reported


def _is_about(entry: Entry, line: Line) -> bool:
    """Say whether feedback on an order is about one of its lines: not about one that was planned later."""
    if entry.content.get("line_id", line["line_id"]) != line["line_id"]:
        return False
    if (night := entry.content.get("as_of")) is not None:
        return bool(line["night"] <= night)
    # A table names no night: people can only have worked on what was planned when it was imported.
    return datetime.fromisoformat(line["planned_at"]) <= datetime.fromisoformat(entry.at)


def _describe(night: str, lines: list[Line], reported: int) -> dict[str, Any]:
    orders = {line["order_id"] for line in lines}
    return {
        "as_of": night,
        "orders": len(orders),
        "value": round(sum(round(line["value"], 2) for line in lines), 2),
        "reported": reported,
    }


def _carried(line: Line) -> Line:
    return {name: line.get(name) for name in CARRIED}
