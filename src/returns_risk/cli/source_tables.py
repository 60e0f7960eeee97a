"""The findings of the doctor as tables on the terminal."""

from collections.abc import Sequence

import pandas as pd
from rich import box
from rich.markup import escape
from rich.table import Table

from returns_risk.cli.screen import Console
from returns_risk.doctor import Findings

__all__ = ["print_findings"]

_MONTHS = 13
_MARKETS = 6
_RULES = 8
_COLUMNS = 6
_WARNINGS = 5


def print_findings(findings: Findings) -> None:
    """Print what a source would bring into the chain, and the verdict last."""
    console = Console()
    console.print(f"Source {findings.source} as of {findings.as_of} ({findings.as_of_origin}), {findings.time_zone}")
    tables = [_row_counts(findings), _broken_rules(findings), _months(findings), _markets(findings), _missing(findings)]
    for table in tables:
        if table is not None and table.row_count:
            console.print(table)
    for sentence in [*_rejected_on_purpose(findings), *_facts(findings), *_warnings(findings)]:
        console.print(escape(sentence), highlight=False, soft_wrap=True)
    style = "bold red" if findings.error else "bold green"
    console.print(escape(findings.verdict), style=style, highlight=False, soft_wrap=True)


def _row_counts(findings: Findings) -> Table:
    table = _table(None, ["table", "rows", "accepted", "rejected", "after as-of", "first", "last"], [0, 5, 6])
    for counts in findings.tables:
        numbers = (counts.read, counts.accepted, counts.rejected, counts.later)
        days = (str(counts.first or ""), str(counts.last or ""))
        table.add_row(counts.name, *(f"{number:,}" for number in numbers), *days)
    return table


def _broken_rules(findings: Findings) -> Table:
    table = _table("Broken rules", ["rule", "rows", "share", "tolerated", "result", "example"], [0, 4, 5])
    for check in findings.broken[:_RULES]:
        result = "[bold red]ends the run[/]" if check.severity == "error" else "[yellow]warns[/]"
        if check.passed:
            result = "rejected" if check.rejects_rows else "tolerated"
        numbers = (f"{check.broken:,}", _share(check.broken, check.rows), f"{check.tolerated_share:.1%}")
        table.add_row(check.rule, *numbers, result, escape(check.example or ""))
    return _with_more(table, len(findings.broken), _RULES, "rule")


def _months(findings: Findings) -> Table:
    markets = findings.markets["market"].head(_MARKETS).tolist() if len(findings.markets) > 1 else []
    columns = ["month", "orders", "lines", "return rate", *map(str, markets)]
    table = _table("Orders and return rates of matured lines, by month of the order", columns, [0])
    counts = findings.market_months.to_dict("records")
    rates = {(row["market"], row["month"]): _share(row["returned"], row["matured"]) for row in counts}
    for row in findings.months.tail(_MONTHS).to_dict("records"):
        numbers = (f"{row['orders']:,}", f"{row['lines']:,}", _share(row["returned"], row["matured"]))
        table.add_row(row["month"], *numbers, *(rates.get((market, row["month"]), "-") for market in markets))
    return table


def _markets(findings: Findings) -> Table:
    days = findings.delays.days
    columns = ["market", "lines", "return rate", "returns", "half back by", "window", "late", "open lines"]
    table = _table(f"Markets; days from {findings.delays.since} to return against the return window", columns, [0])
    for row in findings.markets.head(_MARKETS).to_dict("records"):
        market = row["market"]
        window = findings.delays.windows.get(market)
        table.add_row(
            escape(market),
            f"{row['lines']:,}",
            _share(row["returned"], row["matured"]),
            f"{row['back']:,}",
            _median(days[days["market"] == market]),
            "-" if window is None else f"{window} days",
            _share(row["late"], row["back"]),
            f"{row['open']:,}",
        )
    return _with_more(table, len(findings.markets), _MARKETS, "market")


def _median(days: pd.DataFrame) -> str:
    """Return the day by which half of the returns had come."""
    if days.empty:
        return "-"
    counts = days.set_index("day")[["in_time", "late"]].sum(axis=1).sort_index().cumsum()
    return f"day {counts.index[counts >= counts.iloc[-1] / 2][0]}"


def _missing(findings: Findings) -> Table:
    columns = ["column", "features", "for example", "used for"]
    table = _table("Missing columns, and what each would add", columns, [0, 2, 3])
    for column in findings.missing[:_COLUMNS]:
        table.add_row(column.name, f"{column.features or ''}", ", ".join(column.examples[:2]), column.use)
    return _with_more(table, len(findings.missing), _COLUMNS, "column")


def _rejected_on_purpose(findings: Findings) -> list[str]:
    sentences = []
    for table, reasons in findings.rejected_on_purpose.items():
        counts = "; ".join(f"{count:,} {reason}" for reason, count in [*reasons.items()][:_MARKETS])
        sentences.append(f"Rejected by {table}.sql: {counts}.")
    return sentences


def _facts(findings: Findings) -> list[str]:
    warehouses = findings.open_lines.groupby("warehouse", observed=True)["lines"].sum().sort_values(ascending=False)
    places = ", ".join(f"{name} {count:,}" for name, count in warehouses.head(_MARKETS).items())
    reasons = ", ".join(f"{reason!r} {count:,}" for reason, count in [*findings.unmapped_reasons.items()][:_MARKETS])
    unmapped = (
        [f"Reasons missing from reasons.yaml: {len(findings.unmapped_reasons)}, e.g. {reasons}."] if reasons else []
    )
    left_out = "".join(f"; left out: {count:,} {reason}" for reason, count in findings.left_out.items())
    top = "-" if pd.isna(findings.top_customer_share) else f"{findings.top_customer_share:.2%}"
    free = "-" if pd.isna(findings.free_share) else f"{findings.free_share:.2%}"
    return [
        f"Orders of the top customer: {top}. Lines at price 0: {free}.",
        f"Open lines by warehouse: {places or 'none'}{left_out}.",
        *unmapped,
    ]


def _warnings(findings: Findings) -> list[str]:
    more = len(findings.warnings) - _WARNINGS
    lines = [f"Warning: {warning}" for warning in findings.warnings[:_WARNINGS]]
    return [*lines, _and_more(more, "warning")] if more > 0 else lines


def _with_more(table: Table, number: int, most: int, noun: str) -> Table:
    if number > most:
        table.caption = _and_more(number - most, noun)
    return table


def _and_more(number: int, noun: str) -> str:
    return f"and {number} more {noun}{'s' if number > 1 else ''}: --html shows all"


def _table(title: str | None, columns: Sequence[str], left: Sequence[int]) -> Table:
    table = Table(
        title=title, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False
    )
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place in left else "right", no_wrap=place == 0 or name == "result")
    return table


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "-"
