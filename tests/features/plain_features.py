"""The features once more, line by line in plain Python, from design.md and the docstrings: slow and obvious.

An event is known at an as-of if its *moment* lies before the moment the as-of begins (and it was recorded
before); only then are days compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from returns_risk.config.policy import Policy

__all__ = ["Line", "expected_row", "known_lines"]

NONE = float("nan")
SIZES = {"M": 3.0, "XL": 5.0}

Record = dict[Any, Any]


@dataclass
class Line:
    """One known order line and what had become of it."""

    row: Record
    known: date
    closes: date
    cancelled: date | None
    returns: list[tuple[date, int, str]]

    @property
    def is_closed(self) -> bool:
        return self.cancelled is None or self.cancelled > self.closes

    @property
    def settles(self) -> date:
        return self.closes if self.is_closed or self.cancelled is None else self.cancelled

    @property
    def back_in_time(self) -> int:
        return sum(units for day, units, _ in self.returns if day <= self.closes)

    @property
    def by_day(self) -> list[tuple[date, int, str]]:
        return sorted(self.returns, key=lambda one: (one[0], one[2]))

    def events(self, kind: str) -> list[tuple[date, int, int]]:
        """Days, lines and units of this line's events of one kind."""
        units = int(self.row["quantity"])
        if kind == "ordered":
            return [(self.known, 1, units)]
        if kind == "returned":
            return [(day, int(nth == 0), sent) for nth, (day, sent, _) in enumerate(self.by_day)]
        if kind == "cancelled":
            return [] if self.cancelled is None else [(self.cancelled, 1, units)]
        if not self.is_closed:
            return []
        if kind == "closed":
            return [(self.closes, 1, units)]
        left = units - self.back_in_time
        return [(self.closes, int(self.back_in_time == 0), left)] if left > 0 else []


def missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def known_lines(tables: dict[str, pd.DataFrame], as_of: date, policy: Policy, zone: str) -> list[Line]:
    """List what is known of each line when the day ``as_of`` begins in the shop."""
    local = ZoneInfo(zone)
    moment = datetime(as_of.year, as_of.month, as_of.day, tzinfo=local)

    def day(value: Any) -> date:
        found: date = value.to_pydatetime().astimezone(local).date()
        return found

    def seen(record: Record, name: str) -> bool:
        value: Any = record.get(name)
        return not missing(value) and bool(value.to_pydatetime().timestamp() < moment.timestamp())

    def is_known(record: Record, name: str) -> bool:
        return seen(record, name) and (missing(record.get("recorded_at")) or seen(record, "recorded_at"))

    def latest(record: Record, name: str) -> date:
        return max(day(record[key]) for key in (name, "recorded_at") if not missing(record.get(key)))

    def by(name: str, key: str) -> dict[str, Record]:
        return {one[key]: one for one in tables[name].to_dict("records")} if name in tables else {}

    products, customers = by("products", "sku"), by("customers", "customer_id")
    back: dict[str, list[tuple[date, int, str]]] = {}
    for one in tables["returns"].to_dict("records"):
        if is_known(one, "returned_at"):
            back.setdefault(one["line_id"], []).append(
                (latest(one, "returned_at"), int(one["quantity"]), "" if missing(one.get("reason")) else one["reason"])
            )
    lines = []
    for order in tables["order_lines"].to_dict("records"):
        if not is_known(order, "ordered_at"):
            continue
        row = products.get(order["sku"], {}) | customers.get(order["customer_id"], {}) | order
        market: Any = row.get("market")
        terms = policy.default if missing(market) else policy.markets.get(market, policy.default)
        arrives = (
            day(row["ordered_at"]) + timedelta(days=terms.delivery_days)
            if missing(row.get("promised_at"))
            else day(row["promised_at"]) + timedelta(days=terms.grace_days)
        )
        if seen(row, "delivered_at"):
            arrives = min(arrives, day(row["delivered_at"]))
        known = latest(row, "ordered_at")
        lines.append(
            Line(
                row=row,
                known=known,
                closes=max(arrives + timedelta(days=terms.return_window_days), known),
                cancelled=max(day(row["cancelled_at"]), known) if seen(row, "cancelled_at") else None,
                returns=[(max(when, known), units, why) for when, units, why in back.get(row["line_id"], [])],
            )
        )
    return lines


def expected_row(lines: list[Line], line: Line, as_of: date, definitions: Any) -> dict[str, float]:
    """Give the history and basket features of one line at an as-of."""
    expected: dict[str, float] = {}
    for one in definitions.definitions:
        if one.kind == "history":
            expected |= _history(one, lines, line, as_of, expected)
        elif one.kind == "basket":
            order = [other for other in lines if other.row["order_id"] == line.row["order_id"]]
            expected |= {name: _basket(column, order, line) for name, column in one.columns.items()}
    return expected


def _history(one: Any, lines: list[Line], line: Line, as_of: date, above: dict[str, float]) -> dict[str, float]:
    has_key = not any(missing(line.row.get(name)) for name in one.key)
    same = [other for other in lines if has_key and all(other.row.get(n) == line.row[n] for n in one.key)]
    name, found = one.entity, {}

    def total(kind: str, measure: str, window: Any, members: list[Line] = same) -> float:
        first = date.min if window == "all" else as_of - timedelta(days=window)
        if measure == "days":
            return len({day for other in members for day, *_ in other.events(kind) if first <= day < as_of})
        price: Callable[[Line], float] = lambda other: float(other.row["unit_price"])  # noqa: E731
        return sum(
            {"lines": count, "units": units, "money": units * price(other)}[measure]
            for other in members
            for day, count, units in other.events(kind)
            if first <= day < as_of
        )

    def rate(window: Any) -> float:
        base = one.prior_rate if one.parent is None else above[f"{one.parent}_return_rate_all"]
        closed, kept = total("closed", "lines", window), total("kept", "lines", window)
        return float((closed - kept + one.strength * base) / (closed + one.strength))

    for window in one.windows:
        ending = "all" if window == "all" else f"{window}d"
        for count in one.counts:
            found[f"{name}_{count}_{ending}"] = (
                total(count.split("_")[0], count.split("_")[1], window) if has_key else NONE
            )
    if one.pending:
        waiting = [other for other in same if other.settles >= as_of]
        found[f"{name}_pending_lines"] = len(waiting) if has_key else NONE
    for window in (one.rate_windows or one.windows) if one.rates else ():
        ending = "all" if window == "all" else f"{window}d"
        if one.rates:
            found[f"{name}_return_rate_{ending}"] = rate(window)
        if one.money_rates:
            base = one.prior_rate if one.parent is None else above[f"{one.parent}_return_rate_all"]
            closed, worth, stayed = (
                total(kind, of, window) for kind, of in (("closed", "lines"), ("closed", "money"), ("kept", "money"))
            )
            lost, weight = (closed * (1 - stayed / worth), closed) if worth > 0 else (0.0, 0.0)
            found[f"{name}_money_return_rate_{ending}"] = (lost + one.strength * base) / (weight + one.strength)
    for kind in one.recency:
        end = line.known if kind == "ordered" else as_of
        days = [day for other in same for day, *_ in other.events(kind) if day < end]
        found[f"{name}_days_since_{kind}"] = float((end - max(days)).days) if days else NONE
    before = [other for other in same if other.known < line.known]
    units = sum(int(other.row["quantity"]) for other in before)
    money = sum(int(other.row["quantity"]) * float(other.row["unit_price"]) for other in before)
    if "quantity" in one.usual:
        found[f"{name}_usual_quantity_ratio"] = int(line.row["quantity"]) / (units / len(before)) if before else NONE
    if "unit_price" in one.usual:
        found[f"{name}_usual_unit_price_ratio"] = float(line.row["unit_price"]) / (money / units) if money else NONE
    days = sorted({other.known for other in before})
    if one.tenure:
        found[f"{name}_tenure_days"] = float((line.known - days[0]).days) if days else NONE
    if one.interpurchase:
        found[f"{name}_interpurchase_days"] = (days[-1] - days[0]).days / (len(days) - 1) if len(days) > 1 else NONE
    if one.trend is not None:
        short, long = one.trend
        most = total("ordered", "lines", long) / long
        few = total("ordered", "lines", short) / short
        found[f"{name}_ordered_trend_{short}d_{long}d"] = few / most if most and has_key else NONE
        if one.rates:
            found[f"{name}_return_rate_trend_{short}d_{long}d"] = rate(short) - rate(long) if has_key else NONE
    for reason, group in one.reasons.items():
        above_it = above.get(f"{one.parent}_{reason}_share_all", one.prior_share)
        for window in dict.fromkeys((*one.reason_windows, "all")):
            first = date.min if window == "all" else as_of - timedelta(days=window)
            firsts = [other.by_day[0] for other in same if other.returns]
            known = [why for day, _, why in firsts if first <= day < as_of]
            share = (sum(why in group for why in known) + one.strength * above_it) / (len(known) + one.strength)
            found[f"{name}_{reason}_share_{'all' if window == 'all' else f'{window}d'}"] = share
    if one.kept_size:
        own = SIZES.get(str(line.row.get("size")))
        kept = [other for other in same for day, n, _ in other.events("kept") if n and day < as_of]
        ranks = [SIZES[other.row["size"]] for other in kept if other.row.get("size") in SIZES]
        found[f"{name}_kept_size_difference"] = own - sum(ranks) / len(ranks) if own is not None and ranks else NONE
    return found


def _basket(column: Any, order: list[Line], line: Line) -> float:
    def value(other: Line, name: str) -> Any:
        if name == "line":
            return 1
        if name == "line_value":
            return int(other.row["quantity"]) * float(other.row["unit_price"])
        return other.row.get(name)

    first = column.operands[0]
    if column.verb == "total":
        return float(sum(value(other, first) for other in order))
    if column.verb == "share":
        whole = sum(value(other, first) for other in order)
        return float(value(line, first) / whole) if whole else NONE
    if column.verb == "rank":
        return 1.0 + len([other for other in order if value(other, first) > value(line, first)])
    if column.verb == "distinct":
        found = {tuple(value(other, name) for name in column.operands) for other in order}
        return float(len([one for one in found if not any(missing(part) for part in one)]))
    if missing(value(line, first)):
        return NONE
    alike = [other for other in order if value(other, first) == value(line, first)]
    return float(len({value(o, column.operands[1]) for o in alike if not missing(value(o, column.operands[1]))}))


def as_frame(rows: dict[str, dict[str, float]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index").astype(np.float64)
