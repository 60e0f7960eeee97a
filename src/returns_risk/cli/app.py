"""Commands and their options."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from returns_risk.entry import reporting_errors, start_logging

__all__ = ["app", "main"]

app = typer.Typer(
    help="Predicts which order lines will come back before they ship, why, and where acting pays.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
sources = typer.Typer(help="Sources: folders of SELECTs in sources/.", no_args_is_help=True)
features = typer.Typer(help="Features: definitions in features/*.yaml.", no_args_is_help=True)
app.add_typer(sources, name="sources")
app.add_typer(features, name="features")

ParamsFile = Annotated[Path, typer.Option("--params", help="The chain's parameters.")]


def main() -> None:
    """Run the command line; a user's error ends with one line and its exit code."""
    start_logging()
    sys.exit(reporting_errors(app))


@app.command()
def simulate(
    raw: Annotated[Path, typer.Option(help="Folder to write the raw files to.")] = Path("data/raw/demo"),
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another shop.")] = 7,
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="First day that is not simulated: the as-of.")
    ] = datetime(2026, 3, 2),  # noqa: DTZ001 - a calendar day
    days: Annotated[int, typer.Option(min=30, help="Days before it.")] = 540,
    lines: Annotated[int, typer.Option(min=100, help="Order lines, about.")] = 60_000,
) -> None:
    """Make up a small fashion shop for the demo source."""
    from returns_risk.cli.shop import make_shop

    make_shop(raw, seed, until.date(), days, lines)


@app.command()
def show(
    params: ParamsFile = Path("params.yaml"),
    top: Annotated[int, typer.Option(min=1, help="How many lines.")] = 10,
) -> None:
    """Print the riskiest flagged lines of the latest run with their reasons, and where everything is."""
    from returns_risk.cli.results import show_results

    show_results(params, top)


@sources.command("check")
def check_source(
    name: Annotated[str, typer.Argument(help="Folder in sources/.")],
    raw: Annotated[Path, typer.Option(help="Where its raw files are.")],
    time_zone: Annotated[str, typer.Option(help="The shop's, e.g. Europe/Berlin.")] = "UTC",
) -> None:
    """Run the SELECTs of a source and say what they give, what is missing and what that switches off."""
    from returns_risk.cli.inspection import check_source as check

    check(name, raw, time_zone)


@features.command("list")
def list_features(
    params: ParamsFile = Path("params.yaml"),
    every: Annotated[
        bool, typer.Option("--all", help="Also those the latest run's source has no columns for.")
    ] = False,
) -> None:
    """Print every feature with its meaning."""
    from returns_risk.cli.inspection import list_features as print_features

    print_features(params, every=every)


@features.command("explain")
def explain_feature(name: Annotated[str, typer.Argument(help="Name of one feature.")]) -> None:
    """Say what one feature means, in which file it is defined and what it may know."""
    from returns_risk.cli.inspection import explain_feature as explain

    explain(name)
