"""Geometry of the page's charts: bars and lines in pixels, which the template writes as SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from returns_risk.doctor.findings import Delays

__all__ = ["Chart", "draw_delays", "draw_orders", "draw_rates"]

WIDTH, HEIGHT = 680, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 60, 24, 26
_GAP = 16
"""Pixels between labels that must not overlap."""
_MOST_MARKETS = 5
_LEAST_LINES = 30
"""Matured lines of a month and market that make a rate."""
_MOST_BARS = 45


@dataclass(frozen=True)
class Bar:
    """A rectangle; ``kind`` is a class of the style sheet."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True)
class Line:
    """A polyline with its points and the position of its name."""

    name: str
    points: tuple[tuple[float, float, str], ...]
    label_y: float


@dataclass(frozen=True)
class Chart:
    """A chart with its axes; ticks and marks are pairs of position and text."""

    title: str
    y_ticks: tuple[tuple[float, str], ...]
    x_ticks: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    marks: tuple[tuple[float, float, str], ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM


def draw_orders(months: pd.DataFrame) -> Chart | None:
    """Draw the orders of each month as bars; None without orders."""
    if months.empty:
        return None
    names = _all_months(months["month"])
    orders = months.set_index("month")["orders"].reindex(names, fill_value=0)
    top, y_ticks = _axis(int(orders.max()))
    step = (WIDTH - _LEFT - _RIGHT) / len(names)
    bars = []
    for index, (month, count) in enumerate(orders.items()):
        y = _height(count / top)
        x = _LEFT + (index + 0.12) * step
        bars.append(Bar(x, y, 0.76 * step, HEIGHT - _BOTTOM - y, "all", f"{month}: {count:,} orders"))
    return Chart("Orders by month", y_ticks, _month_ticks(names, step), tuple(bars))


def draw_rates(market_months: pd.DataFrame, markets: pd.DataFrame) -> Chart | None:
    """Draw the return rate of each month for the largest markets; None where no month has enough matured lines."""
    largest = markets["market"].head(_MOST_MARKETS).tolist()
    enough = market_months[market_months["matured"].ge(_LEAST_LINES) & market_months["market"].isin(largest)]
    if enough.empty:
        return None
    rates = enough.assign(rate=enough["returned"] / enough["matured"])
    names = _all_months(rates["month"])
    top, y_ticks = _axis(float(rates["rate"].max()), percent=True)
    step = (WIDTH - _LEFT - _RIGHT) / len(names)
    middles = {month: _LEFT + (number + 0.5) * step for number, month in enumerate(names)}
    lines = []
    for market in largest:
        rows = rates[rates["market"] == market]
        points = tuple(
            (middles[month], _height(rate / top), f"{market}, {month}: {rate:.1%} of {count:,} lines")
            for month, rate, count in zip(rows["month"], rows["rate"], rows["matured"], strict=True)
        )
        lines.append(Line(str(market), points, points[-1][1] if points else 0.0))
    drawn = _spread([line for line in lines if line.points])
    return Chart("Return rate by month of the order", y_ticks, _month_ticks(names, step), lines=drawn)


def draw_delays(delays: Delays) -> Chart | None:
    """Draw how many days after delivery or order the returns came, within their window and after it."""
    if delays.days.empty:
        return None
    counts = delays.days.groupby("day")[["in_time", "late"]].sum().reset_index()
    total = counts[["in_time", "late"]].sum(axis=1)
    usual = int(counts["day"][total.cumsum() >= 0.995 * total.sum()].min())
    last = max(usual, *(int(days) + 3 for days in delays.windows if days <= 2 * usual + 30), 1)
    width = math.ceil((last + 1) / _MOST_BARS)
    bins = counts["day"].clip(0, last) // width
    stacks = counts.groupby(bins)[["in_time", "late"]].sum()
    top, y_ticks = _axis(int(stacks.sum(axis=1).max()))
    number = last // width + 1
    step = (WIDTH - _LEFT - _RIGHT) / number
    bars = [bar for index, row in stacks.iterrows() for bar in _stack(int(str(index)), row, top, step, width)]
    every = max(1, math.ceil(number / 9))
    ticks = [(_LEFT + (index + 0.5) * step, f"{index * width}") for index in range(0, number, every)]
    title = f"Days from {delays.since} to return"
    return Chart(title, y_ticks, tuple(ticks), tuple(bars), marks=_window_marks(delays, last, step / width))


def _stack(index: int, row: pd.Series, top: float, step: float, width: int) -> list[Bar]:
    x, bars, below = _LEFT + (index + 0.1) * step, [], 0
    days = f"day {index}" if width == 1 else f"days {index * width} to {index * width + width - 1}"
    for kind, text in (("in_time", "within the window"), ("late", "after the window")):
        if row[kind]:
            y = _height((below + row[kind]) / top)
            height = _height(below / top) - y
            bars.append(Bar(x, y, 0.8 * step, height, kind, f"{days}: {row[kind]:,} {text}"))
        below += row[kind]
    return bars


def _window_marks(delays: Delays, last: int, day: float) -> tuple[tuple[float, float, str], ...]:
    """Return x, y and text of a mark for each window length, those of the markets with the most returns first."""
    sizes = delays.days.groupby("market", observed=True)[["in_time", "late"]].sum().sum(axis=1)
    largest = sizes.sort_values(ascending=False, kind="stable").head(_MOST_MARKETS).index
    marks: dict[int, list[str]] = {}
    for market in largest:
        marks.setdefault(int(delays.windows[market]), []).append(str(market))
    named = len(marks) > 1
    return tuple(
        (_LEFT + (days + 1) * day, _TOP - 6 + _GAP * index, f"{days} days" + (f": {', '.join(names)}" if named else ""))
        for index, (days, names) in enumerate(sorted(marks.items()))
        if 0 <= days <= last
    )


def _spread(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Move names apart that would overlap; the order of the lines, and with it their colours, stays."""
    heights: dict[str, float] = {}
    lowest = -math.inf
    for line in sorted(lines, key=lambda line: line.label_y):
        lowest = heights[line.name] = max(line.label_y, lowest + _GAP)
    below = max(0.0, lowest - (HEIGHT - _BOTTOM))
    return tuple(Line(line.name, line.points, heights[line.name] - below) for line in lines)


def _height(share: float) -> float:
    return HEIGHT - _BOTTOM - share * (HEIGHT - _BOTTOM - _TOP)


def _axis(largest: float, *, percent: bool = False) -> tuple[float, tuple[tuple[float, str], ...]]:
    """Return the end of an axis from zero, and its ticks at round numbers."""
    largest = max(largest, 0.01 if percent else 1.0)
    power = 10.0 ** math.floor(math.log10(largest / 4))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * 4 >= largest)
    step = step if percent else max(step, 1.0)
    number = math.ceil(round(largest / step, 6))
    top = number * step
    values = [index * step for index in range(number + 1)]
    texts = [f"{100 * value:.3g} %" if percent else f"{value:,.0f}" for value in values]
    return top, tuple((_height(value / top), text) for value, text in zip(values, texts, strict=True))


def _all_months(months: pd.Series) -> list[str]:
    """Return all months from the first to the last, also those without an order."""
    return [str(month) for month in pd.period_range(months.min(), months.max(), freq="M")]


def _month_ticks(names: Sequence[str], step: float) -> tuple[tuple[float, str], ...]:
    every = max(1, math.ceil(len(names) / 6))
    return tuple((_LEFT + (index + 0.5) * step, name) for index, name in enumerate(names) if index % every == 0)
