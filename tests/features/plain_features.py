"""The features once more, line by line in plain Python, from design.md and the docstrings: slow and obvious.

An event is known at an as-of if its *moment* lies before the moment the as-of begins (and it was recorded
before); only then are days compared.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from returns_risk.config.policy import MarketPolicy, Policy

__all__ = ["Line", "expected_row", "known_lines"]

NONE = float("nan")
NEVER = date(4840, 11, 25)
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
        return sorted(self.returns, key=lambda item: (item[0], item[2]))

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
    """List the known facts of each line when the day ``as_of`` begins in the shop."""
    local = ZoneInfo(zone)
    moment = datetime(as_of.year, as_of.month, as_of.day, tzinfo=local)

    def day(value: Any) -> date:
        result: date = value.to_pydatetime().astimezone(local).date()
        return result

    def seen(record: Record, name: str) -> bool:
        value: Any = record.get(name)
        return not missing(value) and bool(value.to_pydatetime().timestamp() < moment.timestamp())

    def is_known(record: Record, name: str) -> bool:
        return seen(record, name) and (missing(record.get("recorded_at")) or seen(record, "recorded_at"))

    def latest(record: Record, name: str) -> date:
        return max(day(record[key]) for key in (name, "recorded_at") if not missing(record.get(key)))

    def by(name: str, key: str) -> dict[str, Record]:
        return {item[key]: item for item in tables[name].to_dict("records")} if name in tables else {}

    products, customers = by("products", "sku"), by("customers", "customer_id")
    back: dict[str, list[tuple[date, date, int, str]]] = {}
    for row in tables["returns"].to_dict("records"):
        if is_known(row, "returned_at"):
            reason = "" if missing(row.get("reason")) else row["reason"]
            known = latest(row, "returned_at")
            back.setdefault(row["line_id"], []).append((day(row["returned_at"]), known, int(row["quantity"]), reason))
    lines = []
    for order in tables["order_lines"].to_dict("records"):
        if not is_known(order, "ordered_at"):
            continue
        row = products.get(order["sku"], {}) | customers.get(order["customer_id"], {}) | order
        market: Any = row.get("market")
        terms = policy.default if missing(market) else policy.markets.get(market, policy.default)
        ordered, known = day(row["ordered_at"]), latest(row, "ordered_at")
        opens = (
            ordered + timedelta(days=terms.delivery_days)
            if missing(row.get("promised_at"))
            else day(row["promised_at"]) + timedelta(days=terms.grace_days)
        )
        if seen(row, "delivered_at"):
            opens = min(opens, day(row["delivered_at"]))
        # A source without the column does not say what has shipped; the window waits for no shipment then.
        left = [day(row[name]) for name in ("shipped_at", "delivered_at") if seen(row, name)]
        shipped = min(left, default=NEVER) if "shipped_at" in row else date.min
        sent = [(max(when, known), units, why, on < shipped) for on, when, units, why in back.get(row["line_id"], [])]
        cancelled = [when for when, _, _, cancels in sent if cancels]
        if seen(row, "cancelled_at"):
            cancelled.append(max(day(row["cancelled_at"]), known))
        lines.append(
            Line(
                row=row,
                known=known,
                closes=max(last_day(max(opens, shipped), ordered, terms), known),
                cancelled=min(cancelled, default=None),
                returns=[(when, units, why) for when, units, why, cancels in sent if not cancels],
            )
        )
    return lines


def last_day(opens: date, ordered: date, terms: MarketPolicy) -> date:
    """Give the last day of a return window, walking the calendar day by day."""
    days, earliest = terms.return_window_days, date.min
    for window in terms.windows:
        write: Callable[[date], str] = (lambda day: f"{day:%m-%d}") if window.is_yearly else date.isoformat
        wraps, at = window.from_ > window.to, write(ordered)
        if not (at >= window.from_ or at <= window.to if wraps else window.from_ <= at <= window.to):
            continue
        days = days if window.return_window_days is None else window.return_window_days
        latest = ordered
        for end in (window.to, window.until or window.to):
            while write(latest) != end:
                latest += timedelta(days=1)
        earliest = max(earliest, latest) if window.until else earliest
    return NEVER if opens == NEVER else max(opens + timedelta(days=days), earliest)


def expected_row(lines: list[Line], line: Line, as_of: date, definitions: Any) -> dict[str, float]:
    """Give the history and basket features of one line at an as-of."""
    expected: dict[str, float] = {}
    parents = {definition.entity: definition.parent for definition in definitions.history}
    for definition in definitions.definitions:
        if definition.kind == "history":
            above = expected | _nearest_shares(definition, parents, expected)
            expected |= _history(definition, lines, line, as_of, above)
        elif definition.kind == "basket":
            order = [other for other in lines if other.row["order_id"] == line.row["order_id"]]
            expected |= {name: _basket(column, order, line) for name, column in definition.columns.items()}
        elif definition.kind == "beliefs":
            expected |= _beliefs(definition, lines, line, as_of)
    return expected


def _nearest_shares(definition: Any, parents: dict[str, str | None], expected: dict[str, float]) -> dict[str, float]:
    """Give the share that each share shrinks towards, under the name of the parent's."""
    found = {}
    for reason in definition.reasons:
        entity = definition.parent
        while entity and f"{entity}_{reason}_share_all" not in expected:
            entity = parents[entity]
        if entity:
            found[f"{definition.parent}_{reason}_share_all"] = expected[f"{entity}_{reason}_share_all"]
    return found


def _history(definition: Any, lines: list[Line], line: Line, as_of: date, above: dict[str, float]) -> dict[str, float]:
    has_key = not any(missing(line.row.get(name)) for name in definition.key)
    same = [other for other in lines if has_key and all(other.row.get(n) == line.row[n] for n in definition.key)]
    name, prior_lines, result = definition.entity, definition.strength, {}

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
        base = definition.prior_rate if definition.parent is None else above[f"{definition.parent}_return_rate_all"]
        closed, kept = total("closed", "lines", window), total("kept", "lines", window)
        return float((closed - kept + prior_lines * base) / (closed + prior_lines))

    for window in definition.windows:
        ending = "all" if window == "all" else f"{window}d"
        for count in definition.counts:
            result[f"{name}_{count}_{ending}"] = (
                total(count.split("_")[0], count.split("_")[1], window) if has_key else NONE
            )
    if definition.pending:
        waiting = [other for other in same if other.settles >= as_of]
        result[f"{name}_pending_lines"] = len(waiting) if has_key else NONE
    for window in (definition.rate_windows or definition.windows) if definition.rates else ():
        ending = "all" if window == "all" else f"{window}d"
        if definition.rates:
            result[f"{name}_return_rate_{ending}"] = rate(window)
        if definition.money_rates:
            base = definition.prior_rate if definition.parent is None else above[f"{definition.parent}_return_rate_all"]
            closed, paid, stayed = (
                total(kind, of, window) for kind, of in (("closed", "lines"), ("closed", "money"), ("kept", "money"))
            )
            lost, weight = (closed * (1 - stayed / paid), closed) if paid > 0 else (0.0, 0.0)
            result[f"{name}_money_return_rate_{ending}"] = (lost + prior_lines * base) / (weight + prior_lines)
    for kind in definition.recency:
        end = line.known if kind == "ordered" else as_of
        days = [day for other in same for day, *_ in other.events(kind) if day < end]
        result[f"{name}_days_since_{kind}"] = float((end - max(days)).days) if days else NONE
    before = [other for other in same if other.known < line.known]
    units = sum(int(other.row["quantity"]) for other in before)
    money = sum(int(other.row["quantity"]) * float(other.row["unit_price"]) for other in before)
    if "quantity" in definition.usual:
        result[f"{name}_usual_quantity_ratio"] = int(line.row["quantity"]) / (units / len(before)) if before else NONE
    if "unit_price" in definition.usual:
        result[f"{name}_usual_unit_price_ratio"] = float(line.row["unit_price"]) / (money / units) if money else NONE
    days = sorted({other.known for other in before})
    if definition.tenure:
        result[f"{name}_tenure_days"] = float((line.known - days[0]).days) if days else NONE
    if definition.interpurchase:
        result[f"{name}_interpurchase_days"] = (days[-1] - days[0]).days / (len(days) - 1) if len(days) > 1 else NONE
    if definition.trend is not None:
        short, long = definition.trend
        most = total("ordered", "lines", long) / long
        few = total("ordered", "lines", short) / short
        result[f"{name}_ordered_trend_{short}d_{long}d"] = few / most if most and has_key else NONE
        if definition.rates:
            result[f"{name}_return_rate_trend_{short}d_{long}d"] = rate(short) - rate(long) if has_key else NONE
    for reason, group in definition.reasons.items():
        above_it = above.get(f"{definition.parent}_{reason}_share_all", definition.prior_share)
        for window in dict.fromkeys((*definition.reason_windows, "all")):
            first = date.min if window == "all" else as_of - timedelta(days=window)
            firsts = [other.by_day[0] for other in same if other.returns]
            known = [why for day, _, why in firsts if first <= day < as_of]
            share = (sum(why in group for why in known) + prior_lines * above_it) / (len(known) + prior_lines)
            result[f"{name}_{reason}_share_{'all' if window == 'all' else f'{window}d'}"] = share
    if definition.kept_size:
        line_size = SIZES.get(str(line.row.get("size")))
        kept = [other for other in same for day, n, _ in other.events("kept") if n and day < as_of]
        ranks = [SIZES[other.row["size"]] for other in kept if other.row.get("size") in SIZES]
        result[f"{name}_kept_size_difference"] = (
            line_size - sum(ranks) / len(ranks) if line_size is not None and ranks else NONE
        )
    return result


def _beliefs(definition: Any, lines: list[Line], line: Line, as_of: date) -> dict[str, float]:
    """Follow the belief of every key, outcome after outcome, each key by its values."""
    priors = definition.fitted.variances
    beliefs: dict[tuple[str, tuple[Any, ...]], tuple[float, float]] = {}
    normal = NormalDist()

    def keys(other: Line) -> list[tuple[str, str, tuple[Any, ...]]]:
        parts = {name: _band(band, lines, other) for name, band in definition.bands.items()}
        return [
            (group, " ".join(key), values)
            for group, described in definition.groups.items()
            for key in described.keys
            for values in [tuple(parts[name] if name in parts else other.row.get(name) for name in key)]
            if not any(missing(value) for value in values)
        ]

    def read(name: str, values: tuple[Any, ...]) -> tuple[float, float]:
        return beliefs.get((name, values), (0.0, priors[name]))

    for other, sign in _outcomes(lines, as_of):
        now = {(name, values): read(name, values) for _, name, values in keys(other)}
        deviation = math.sqrt(1 + sum(variance for _, variance in now.values()))
        surprise = sign * (definition.fitted.bias + sum(mean for mean, _ in now.values())) / deviation
        ratio = normal.pdf(surprise) / normal.cdf(surprise)
        for key, (mean, variance) in now.items():
            moved = mean + sign * variance / deviation * ratio
            beliefs[key] = (moved, variance * (1 - variance / deviation**2 * ratio * (ratio + surprise)))
    total, spread = definition.fitted.bias, 0.0
    result = {f"belief_{group}{end}": 0.0 for group in definition.groups for end in ("", "_variance")}
    for group, name, values in keys(line):
        mean, variance = read(name, values)
        total, spread = total + mean, spread + variance
        result[f"belief_{group}"] += mean
        result[f"belief_{group}_variance"] += variance
    return result | {"belief_risk": normal.cdf(total / math.sqrt(1 + spread)), "belief_variance": spread}


def _band(band: Any, lines: list[Line], line: Line) -> Any:
    if band.part is not None:
        local = line.row[band.part[0]].to_pydatetime().astimezone(ZoneInfo("Europe/Berlin"))
        value: float = {"weekday": local.weekday(), "hour": local.hour}[band.part[1]]
    else:
        known = [other for other in lines if other.known <= line.known]
        value = _basket(band, [other for other in known if other.row["order_id"] == line.row["order_id"]], line)
    return NONE if missing(value) else sum(edge <= value for edge in band.edges)


def _outcomes(lines: list[Line], as_of: date) -> list[tuple[Line, int]]:
    """List what became of lines on the day their window closed, by day and hash of the line's id."""
    outcomes = []
    for line in lines:
        if line.closes < as_of and (line.cancelled is None or line.closes < line.cancelled):
            number = int(pd.util.hash_array(np.array([line.row["line_id"]], dtype=object), categorize=False)[0])
            outcomes.append((line.closes, number, line, 1 if line.back_in_time else -1))
    return [(line, sign) for _, _, line, sign in sorted(outcomes, key=lambda item: item[:2])]


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
        complete = sum(value(other, first) for other in order)
        return float(value(line, first) / complete) if complete else NONE
    if column.verb == "rank":
        return 1.0 + len([other for other in order if value(other, first) > value(line, first)])
    if column.verb == "distinct":
        result = {tuple(value(other, name) for name in column.operands) for other in order}
        return float(len([item for item in result if not any(missing(part) for part in item)]))
    if missing(value(line, first)):
        return NONE
    alike = [other for other in order if value(other, first) == value(line, first)]
    return float(len({value(o, column.operands[1]) for o in alike if not missing(value(o, column.operands[1]))}))


def as_frame(rows: dict[str, dict[str, float]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index").astype(np.float64)
