"""Simulates the demo shop and compares scores with its truth; prints the results."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from rich.table import Table

from returns_risk.cli.screen import Console
from returns_risk.errors import ParamsError, SourceError
from shop_simulator import Definition, Places, next_day, read_truth, with_dirt, write_shop
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.oracle import Quality, best_plan, best_quality, plan_value, quality_of
from shop_simulator.plausibility import plausibility

__all__ = ["continue_shop", "make_shop", "print_oracle", "print_plausibility"]


def make_shop(places: Places, until: date, dirt: list[str], **given: Any) -> None:
    """Simulate a shop from its first day on and print the files; options left out are the demo's."""
    definition = with_dirt(Definition(**{name: value for name, value in given.items() if value is not None}), dirt)
    shop, extract = write_shop(places, definition, until)
    _report(places, shop.day, extract.tables, extract.ledger())


def continue_shop(places: Places, **given: Any) -> None:
    """Add a day to a shop and print the files."""
    changed = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if changed:
        raise ParamsError(
            f"--next-day continues the shop as it is; {', '.join(changed)} would make another. Leave out one."
        )
    shop, extract = next_day(places)
    _report(places, shop.day, extract.tables, extract.ledger())


def print_plausibility(truth: Path, *, markdown: bool) -> None:
    """Print the shop's figures beside published ones."""
    rows = [
        (figure.name, figure.simulated, figure.published, figure.source) for figure in plausibility(read_truth(truth))
    ]
    _print_table(("measure", "simulated", "published or aimed at", "source"), rows, markdown=markdown)


def print_oracle(
    truth: Path, scores: Path | None, first: date, last: date, capacity_share: float, capacities: list[str]
) -> None:
    """Print what the best predictor and the best plan do on some lines, and how far the scores given come.

    The lines are those of ``scores``, or else those ordered from ``first`` to ``last``.

    Raises
    ------
    ParamsError, SourceError
        A capacity is not written as NAME=LINES, or there are no such lines or no truth.
    """
    room = dict(_capacity(text) for text in capacities)
    risks = None if scores is None else _read_scores(scores)
    known = read_truth(truth, None if risks is None else risks["line_id"].tolist())
    if risks is None:
        known = known[known["ordered_on"].between(pd.Timestamp(first), pd.Timestamp(last))].reset_index(drop=True)
    if known.empty:
        raise ParamsError(f"{truth}: no line was ordered from {first} to {last}. Choose other days.")
    columns = {
        "oracle, all fates": best_quality(known, capacity_share),
        "oracle, these fates": quality_of(known, known["probability"].to_numpy(dtype="float64"), capacity_share),
    }
    if risks is not None:
        columns["scores, these fates"] = quality_of(known, risks["risk"].to_numpy(dtype="float64"), capacity_share)
    Console().print(f"{len(known):,} lines", highlight=False)
    _print_quality(columns)
    if room:
        _print_plan(known, room)


def _report(places: Places, until: int, tables: dict[str, pa.Table], faults: pd.DataFrame) -> None:
    console = Console()
    counts = ", ".join(f"{len(table):,} {name.replace('_', ' ')}" for name, table in tables.items())
    console.print(f"{places.raw}: {counts}, as of {_date(until)}", highlight=False, soft_wrap=True)
    if len(faults):
        planted = ", ".join(f"{count:,} {kind}" for kind, count in faults["fault"].value_counts(sort=False).items())
        console.print(f"{places.truth}/faults.csv: {planted}", highlight=False, soft_wrap=True)


def _date(day: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + day).isoformat()


def _read_scores(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise SourceError(f"{path}: there are no scores. Name the scores.parquet of a run.")
    try:
        scores = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: cannot be read as Parquet. Name the scores.parquet of a run.") from error
    missing = [name for name in ("line_id", "risk") if name not in scores]
    if missing:
        raise SourceError(f"{path}: columns {missing} are missing. Name the scores.parquet of a run.")
    risk = pd.to_numeric(scores["risk"], errors="coerce")
    bad = ~risk.between(0, 1) | scores["line_id"].duplicated()
    if bad.any() or scores.empty:
        raise SourceError(
            f"{path}: {int(bad.sum())} of {len(scores)} rows have a risk that is not between 0 and 1, or a line_id "
            "that appears twice. Name the scores.parquet of a run."
        )
    return scores.assign(risk=risk)


def _capacity(text: str) -> tuple[str, int]:
    name, _, lines = text.partition("=")
    if not lines.isdecimal():
        raise ParamsError(f"--capacity {text}: is not NAME=LINES. Write e.g. {INTERVENTIONS[0].name}=100.")
    return name, int(lines)


def _print_quality(columns: dict[str, Quality]) -> None:
    names = ("return_rate", "auc", "log_loss", "precision_at_capacity")
    rows = [
        (name.replace("_", " "), *(f"{getattr(quality, name):.4f}" for quality in columns.values())) for name in names
    ]
    _print_table(("figure", *columns), rows, markdown=False)


def _print_plan(truth: pd.DataFrame, room: dict[str, int]) -> None:
    plan = best_plan(truth, room)
    rows = [
        (intervention.name, f"{room.get(intervention.name, 0):,}", f"{int((plan.intervention == number).sum()):,}")
        for number, intervention in enumerate(INTERVENTIONS)
    ]
    _print_table(("intervention", "capacity", "best plan, lines"), rows, markdown=False)
    fate = plan_value(truth, plan.intervention, realised=True)
    Console().print(f"best plan: saves {plan.value:,.2f} EUR in expectation, {fate:,.2f} EUR with these fates")


def _print_table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, markdown: bool) -> None:
    if markdown:
        for row in (columns, ("---",) * len(columns), *rows):
            Console().print(f"| {' | '.join(row)} |", highlight=False, markup=False, soft_wrap=True)
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
