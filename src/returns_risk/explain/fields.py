"""What a message may name about a line: each field is known for some lines only."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.config.messages import MessagesPolicy
from returns_risk.explain.facts import Amount, Fact, fact_of
from returns_risk.explain.rows import Row
from returns_risk.explain.size_facts import list_size_facts, too_large_by
from returns_risk.explain.sizes import SIZES
from returns_risk.explain.topics import Topic
from returns_risk.snapshot.lines import rank_of

__all__ = ["Field", "find_fields", "find_quality_facts", "reply_until"]

Field = Amount
"""The format of a value, and the value; None where it is not known."""
_DAMAGE = "cause_damage"
_SHORTEST = pd.Timedelta(hours=8)
"""From the as-of, the start of a day, to the earliest time until which people can be asked to answer."""


def find_fields(
    row: Row,
    topics: list[Topic],
    reference_values: Mapping[str, float],
    policy: MessagesPolicy,
    moment: pd.Timestamp,
) -> dict[str, Field]:
    """Return the fields of a line by placeholder.

    Parameters
    ----------
    topics, reference_values : of the features, for the finding
    moment : the as-of, in the time zone of the line's customers
    """
    zone, ship_by = moment.tz, row.value("ship_by")
    until = reply_until(moment, ship_by, policy)
    # Nobody knows when an overdue line arrives.
    promised = None if _is_overdue(moment, ship_by) else row.value("promised_at")
    size, names, evidence = row.text("size"), row.value(SIZES), row.value("size_evidence")
    finding = next(find_quality_facts(row, topics, reference_values), None)
    sizes = tuple(names) if names is not None and len(names) > 1 else None
    return {
        "order_id": ("text", row.text("order_id")),
        "sku": ("text", row.text("sku")),
        "item": ("item", row.text("category") or ""),
        "brand": ("text", row.text("brand")),
        "category": ("category_name", row.text("category")),
        # One size for all is none to be told or checked.
        "size": ("size", size if size is not None and not np.isnan(rank_of(size)) else None),
        "sizes": ("sizes", sizes),
        **_suggestions(row, reference_values, sizes, evidence),
        "delivery_day": ("weekday_date", None if promised is None else pd.Timestamp(promised).tz_convert(zone)),
        "reply_day": ("date", until),
        "reply_time": ("time", until),
        "finding": ("fact", finding),
        "look_for": ("look_for", _cause_to_check(finding, row.text("return_reason"))),
    }


def _cause_to_check(finding: Fact | None, reason: str | None) -> str:
    """Return the return reason that a check before packing can prevent: what is found, not what else is likely."""
    if finding is not None and finding.group == _DAMAGE:
        return "damaged"
    return "quality" if reason is None or reason == "damaged" else reason


def find_quality_facts(row: Row, topics: list[Topic], reference_values: Mapping[str, float]) -> Iterator[Fact]:
    """Yield the facts about the quality of an item, and the damage on its way, the most specific first."""
    for topic in reversed(topics):
        if topic.history is not None and topic.history.operation == "reason_share":
            fact = fact_of(topic, row, reference_values)
            if fact is not None and fact.kind == "quality" and not fact.is_context:
                yield fact


def _suggestions(
    row: Row, reference_values: Mapping[str, float], sizes: tuple[str, ...] | None, evidence: Any
) -> dict[str, Field]:
    """Return the suggested size by what is known of it: the customer kept it, or the style runs large or small."""
    suggested, side = row.text("suggested_size"), too_large_by(row)
    kept = suggested if suggested is not None and suggested in _kept_sizes(evidence) else None
    runs = {fact.direction for fact in list_size_facts(row, reference_values) if fact.group == "style_fit"}
    differs = suggested if sizes is None and side != 0 and side in runs else None
    return {
        "kept": ("size", kept if sizes is None or kept in sizes else None),
        "smaller": ("size", differs if side > 0 else None),
        "larger": ("size", differs if side < 0 else None),
    }


def _kept_sizes(evidence: Any) -> set[str]:
    entries = evidence.get("customer", ()) if isinstance(evidence, Mapping) else ()
    return {str(entry["size"]) for entry in entries if (entry.get("kept") or 0) > 0}


def reply_until(moment: pd.Timestamp, ship_by: Any, policy: MessagesPolicy) -> pd.Timestamp | None:
    """Return until when a customer may answer; None where the line has to ship before, or is overdue.

    That is ``reply_at`` of the day after the run where the line ships late enough, else of the day of the run.

    Parameters
    ----------
    moment : the as-of, in the time zone of the customer
    ship_by : by which the line has to leave, with a time zone; None where nothing was promised
    """
    leaves = None if ship_by is None else pd.Timestamp(ship_by)
    if _is_overdue(moment, leaves):
        return None
    return _reply_until(moment, leaves, policy.reply_at, policy.reply_hours)


def _is_overdue(moment: pd.Timestamp, ship_by: Any) -> bool:
    """Say whether a line should have left by the as-of."""
    return ship_by is not None and pd.Timestamp(ship_by) <= moment


@lru_cache(maxsize=10_000)
def _reply_until(
    moment: pd.Timestamp, ship_by: pd.Timestamp | None, reply_at: str, reply_hours: float
) -> pd.Timestamp | None:
    hour, minute = map(int, reply_at.split(":"))
    at = moment.tz_localize(None).normalize() + pd.Timedelta(hours=hour, minutes=minute)
    is_too_soon = at < moment.tz_localize(None) + _SHORTEST
    today, tomorrow = (
        time.tz_localize(moment.tz, ambiguous=True, nonexistent="shift_forward")
        for time in (at, at + pd.Timedelta(days=1))
    )
    if ship_by is None:
        return tomorrow if is_too_soon else today
    limit = ship_by.tz_convert(moment.tz) - pd.Timedelta(hours=reply_hours)
    until = min(tomorrow if is_too_soon or tomorrow <= limit else today, limit)
    return until if until >= moment + _SHORTEST else None
