"""Commands and their options."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from returns_risk.cli.common import ParamsFile
from returns_risk.cli.decisions import decisions, policies
from returns_risk.cli.keys import keys
from returns_risk.cli.models import models
from returns_risk.cli.nightly import explain, feedback, ledgers, nights
from returns_risk.cli.outbox import outbox, publish
from returns_risk.entry import keep_private, reporting_errors, start_logging
from returns_risk.printable import guard_streams

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
histories = typer.Typer(help="History: what is kept of the past for tonight.", no_args_is_help=True)
app.add_typer(histories, name="history")
truths = typer.Typer(help="Truth: what only a made-up shop can tell.", no_args_is_help=True)
app.add_typer(truths, name="truth")
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

RawFolder = Annotated[Path, typer.Option(help="Folder of the raw files.")]
TruthFolder = Annotated[Path, typer.Option(help="Folder of the truth, which the chain never reads.")]


def main() -> None:
    """Run the command line; a user's error ends with one line and its exit code."""
    guard_streams()
    start_logging()
    keep_private()
    sys.exit(reporting_errors(app))


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
    next_day: Annotated[bool, typer.Option("--next-day", help="Go on by one day with the shop in --truth.")] = False,
) -> None:
    """Make up a shop for the demo source, day after day, with the truth beside it."""
    from returns_risk.cli.shop import continue_shop, make_shop
    from returns_risk.simulate import Places

    places = Places(raw, truth, applied)
    if next_day:
        continue_shop(places, until=until, seed=seed is not None, start=start, lines_per_day=lines_per_day, dirt=dirt)
    else:
        first = start.date() if start else None
        last = until.date() if until else date(2026, 3, 2)
        make_shop(places, last, dirt or [], seed=seed, start=first, lines_per_day=lines_per_day)


@truths.command("plausibility")
def show_plausibility(
    truth: TruthFolder = Path("truth/demo"),
    markdown: Annotated[bool, typer.Option("--markdown", help="As a Markdown table.")] = False,
) -> None:
    """Print the figures of a made-up shop beside published ones."""
    from returns_risk.cli.shop import print_plausibility

    print_plausibility(truth, markdown=markdown)


@truths.command("oracle")
def show_oracle(
    truth: TruthFolder = Path("truth/demo"),
    scores: Annotated[Path | None, typer.Option(help="scores.parquet of a run, held against the truth.")] = None,
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
    """Print the best that any model and any plan could do on a made-up shop's lines."""
    from returns_risk.cli.shop import print_oracle

    print_oracle(truth, scores, first.date(), last.date(), capacity_share, capacity or [])


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


@features.command("audit")
def audit_features(
    params: ParamsFile = Path("params.yaml"),
    nights: Annotated[int, typer.Option(min=1, help="Past nights to go back to.")] = 12,
    lines: Annotated[int, typer.Option(min=1, help="Lines of each night.")] = 1000,
) -> None:
    """Go back to past nights, take away what came later, and report every feature that moves."""
    from returns_risk.cli.inspection import audit_features as audit

    audit(params, nights, lines)


@features.command("tonight")
def write_tonight(
    params: ParamsFile = Path("params.yaml"),
    out: Annotated[Path, typer.Option(help="Parquet file to write.")] = Path("data/tonight.parquet"),
) -> None:
    """Compute the features of tonight's candidates from the kept history, of tonight's keys only."""
    from returns_risk.cli.history import write_tonight as write

    write(params, out)


@histories.command("rebuild")
def rebuild_history(params: ParamsFile = Path("params.yaml")) -> None:
    """Sum up the whole past into data/history/."""
    from returns_risk.cli.history import rebuild_history as rebuild

    rebuild(params)


@histories.command("append")
def append_history(params: ParamsFile = Path("params.yaml")) -> None:
    """Bring data/history/ to the as-of: new days, and days whose rows came late or were corrected."""
    from returns_risk.cli.history import append_history as append

    append(params)


@histories.command("check")
def check_history(params: ParamsFile = Path("params.yaml")) -> None:
    """Hold data/history/ against the validated tables, to the last sum."""
    from returns_risk.cli.history import check_history as check

    check(params)


@features.command("explain")
def explain_feature(name: Annotated[str, typer.Argument(help="Name of one feature.")]) -> None:
    """Say what one feature means, in which file it is defined and what it may know."""
    from returns_risk.cli.inspection import explain_feature as explain

    explain(name)
