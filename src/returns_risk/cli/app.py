"""The command ``returns-risk`` and its groups."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from returns_risk.cli.common import ParamsFile, parse_day, run_app
from returns_risk.cli.decisions import decisions, policies
from returns_risk.cli.keys import keys
from returns_risk.cli.ledger import explain, feedback, ledgers
from returns_risk.cli.models import models
from returns_risk.cli.nightly import nights
from returns_risk.cli.outbox import outbox, publish

__all__ = ["app", "main"]

app = typer.Typer(
    help="Predicts before shipment which order lines will be returned, why, and where an intervention pays.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
sources = typer.Typer(help="Sources: folders of SELECTs in sources/.", no_args_is_help=True)
features = typer.Typer(help="Features: definitions in features/definitions/*.yaml.", no_args_is_help=True)
app.add_typer(sources, name="sources")
app.add_typer(features, name="features")
app.add_typer(models, name="models")
app.add_typer(policies, name="policy")
app.add_typer(decisions, name="decision")
app.add_typer(nights, name="nightly")
app.add_typer(ledgers, name="ledger")
app.add_typer(feedback, name="feedback")
app.command("explain")(explain)
app.add_typer(outbox, name="outbox")
app.add_typer(keys, name="key")
app.command("publish")(publish)


def main() -> None:
    """Run the command ``returns-risk``."""
    run_app(app)


@app.command()
def show(
    params: ParamsFile = Path("params.yaml"),
    top: Annotated[int, typer.Option(min=1, help="Number of orders.")] = 10,
    opens: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Print the orders of the latest night, or else of the chain, as the page lists them, with reasons and files."""
    from returns_risk.cli.results import show_results

    show_results(params, top, opens=opens)


@sources.command("check")
def check_source(
    name: Annotated[str | None, typer.Argument(help="Folder in sources/; by default that of params.yaml.")] = None,
    raw: Annotated[
        Path | None, typer.Option(help="Folder of its raw files; by default that of params.yaml, for its source.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Time zone of the shop; by default that of params.yaml for its source, or UTC.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_day,
            metavar="YYYY-MM-DD",
            help="By default that of params.yaml for its source, or the day after the latest order.",
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="File (.html) to write the findings to as a page.")] = None,
    gx: Annotated[
        Path | None, typer.Option(help="Evaluate the rules with Great Expectations; folder to write its results to.")
    ] = None,
) -> None:
    """Run the SELECTs and the rules of a source, print what they bring, and end as the chain would."""
    from returns_risk.cli.doctor import check_source as check

    check(name, raw, time_zone, None if as_of is None else as_of.date(), html, gx)


@sources.command("new")
def new_source(
    name: Annotated[str, typer.Argument(help="Name of the new folder in sources/.")],
    system: Annotated[str, typer.Option("--from", help="Shop system; an unknown one lists all.")],
) -> None:
    """Begin a source with the SELECTs for the export of a shop system; print the commands to run next."""
    from returns_risk.cli.sources import new_source as new

    new(name, system)


@features.command("list")
def list_features(
    params: ParamsFile = Path("params.yaml"),
    every: Annotated[bool, typer.Option("--all", help="Include features whose columns the source lacks.")] = False,
) -> None:
    """Print every feature with its meaning."""
    from returns_risk.cli.inspection import list_features as print_features

    print_features(params, every=every)


@features.command("audit")
def audit_features(
    params: ParamsFile = Path("params.yaml"),
    nights: Annotated[int, typer.Option(min=1, help="Number of past nights.")] = 12,
    lines: Annotated[int, typer.Option(min=1, help="Lines per night.")] = 1000,
) -> None:
    """Recompute features as of past nights without later data, and report every feature that differs."""
    from returns_risk.cli.inspection import audit_features as audit

    audit(params, nights, lines)


@features.command("explain")
def explain_feature(name: Annotated[str, typer.Argument(help="Name of a feature.")]) -> None:
    """Print the meaning of a feature, its file, and the data it may use."""
    from returns_risk.cli.inspection import explain_feature as explain

    explain(name)
