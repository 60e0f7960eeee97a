"""The command ``shop-simulator``: simulates the demo shop, and compares scores and plans with its ground truth."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from returns_risk.cli.common import run_app

__all__ = ["app", "main"]

app = typer.Typer(
    help="Simulates a shop whose return probabilities are known.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

RawFolder = Annotated[Path, typer.Option(help="Folder of the raw files.")]
TruthFolder = Annotated[Path, typer.Option(help="Folder of the ground truth, which the chain never reads.")]


def main() -> None:
    """Run the command ``shop-simulator``."""
    run_app(app)


@app.command()
def simulate(
    raw: RawFolder = Path("data/raw/demo"),
    truth: TruthFolder = Path("truth/demo"),
    applied: Annotated[
        Path, typer.Option(help="CSV of interventions carried out: line_id, intervention, applied_on.")
    ] = Path("data/applied/demo.csv"),
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="First day that is not simulated: the as-of.", show_default="2026-03-02"
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Another seed, another shop.", show_default="7")] = None,
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day with orders.", show_default="2024-09-08")
    ] = None,
    lines_per_day: Annotated[
        int | None, typer.Option(min=1, help="Order lines of an average day, about.", show_default="105")
    ] = None,
    dirt: Annotated[
        list[str] | None,
        typer.Option(help="Fault to plant: rows, duplicates, late_rows=0.02, schema_drift=2026-02-10 ...; repeatable."),
    ] = None,
    next_day: Annotated[bool, typer.Option("--next-day", help="Add one day to the shop in --truth.")] = False,
) -> None:
    """Simulate a shop for the demo source, day after day, and write its ground truth to a folder of its own."""
    from shop_simulator import Places
    from shop_simulator.printing import continue_shop, make_shop

    places = Places(raw, truth, applied)
    if next_day:
        continue_shop(places, until=until, seed=seed is not None, start=start, lines_per_day=lines_per_day, dirt=dirt)
    else:
        first = start.date() if start else None
        last = until.date() if until else date(2026, 3, 2)
        make_shop(places, last, dirt or [], seed=seed, start=first, lines_per_day=lines_per_day)


@app.command("plausibility")
def show_plausibility(
    truth: TruthFolder = Path("truth/demo"),
    markdown: Annotated[bool, typer.Option("--markdown", help="As a Markdown table.")] = False,
) -> None:
    """Print the figures of a simulated shop beside published ones."""
    from shop_simulator.printing import print_plausibility

    print_plausibility(truth, markdown=markdown)


@app.command("oracle")
def show_oracle(
    truth: TruthFolder = Path("truth/demo"),
    scores: Annotated[Path | None, typer.Option(help="scores.parquet of a run, compared with the truth.")] = None,
    first: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Without scores: ordered from then.", show_default="all")
    ] = (
        datetime(1970, 1, 1)  # noqa: DTZ001 - a calendar day
    ),
    last: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Without scores: ordered until then.", show_default="all")
    ] = (
        datetime(2100, 1, 1)  # noqa: DTZ001 - a calendar day
    ),
    capacity_share: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of lines one can act on.")] = 0.05,
    capacity: Annotated[
        list[str] | None, typer.Option(help="Lines an intervention can take, e.g. quality_check=50; repeatable.")
    ] = None,
) -> None:
    """Print the best that any model and any plan could do on a simulated shop's lines."""
    from shop_simulator.printing import print_oracle

    print_oracle(truth, scores, first.date(), last.date(), capacity_share, capacity or [])
