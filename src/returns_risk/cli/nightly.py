"""The commands `returns-risk nightly`, `ledger`, `explain` and `feedback`."""

import os
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from returns_risk.cli.common import ParamsFile, now, open_ledger

if TYPE_CHECKING:
    from returns_risk.nightly import Digest
    from returns_risk.params import Params

__all__ = ["explain", "feedback", "ledgers", "nights"]

nights = typer.Typer(help="The nightly run: from the extract to the export and the ledger.")
ledgers = typer.Typer(help="Ledger: what was scored, decided and exported.", no_args_is_help=True)
feedback = typer.Typer(help="Feedback: what operations did with the flagged orders.", no_args_is_help=True)

AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The night.", show_default="today in the shop's time zone"),
]
Order = Annotated[str, typer.Argument(help="Id of an order.")]


@nights.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    as_of: AsOf = None,
    model: Annotated[str | None, typer.Option(help="Alias or number.", show_default="nightly.model")] = None,
    again: Annotated[bool, typer.Option("--again", help="Do a finished night once more.")] = False,
    backfill: Annotated[bool, typer.Option("--backfill", help="For the record: exported apart, never sent.")] = False,
    log_format: Annotated[Literal["text", "json"], typer.Option(help="Of the log on stderr.")] = "text",
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Ingest, validate, score with the champion, decide, export, and write the ledger."""
    if context.invoked_subcommand is not None:
        return
    from returns_risk.entry import start_logging

    if backfill and model is None:
        raise typer.BadParameter("a backfill takes the model of its time; name its version", param_hint="--model")
    start_logging(as_json=log_format == "json")
    loaded = _load(params, as_of)
    if as_of is None:
        typer.echo(f"as of {loaded.as_of}, today in {loaded.source.time_zone}", err=True)
    digest = _run_and_tell(loaded, model or loaded.nightly.model, again=again, backfill=backfill)
    if log_format == "json":
        import json

        typer.echo(json.dumps(digest.content(), ensure_ascii=False))
    else:
        typer.echo(digest.text())


@nights.command("status")
def tell_status(
    expect_by: Annotated[
        datetime, typer.Option(formats=["%H:%M"], help="When it has to be there, on the shop's clock.")
    ] = datetime(1900, 1, 1),  # noqa: DTZ001 - a time of the day
    as_of: AsOf = None,
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Say whether a night has run; exit code 18 where it is due and is not there."""
    from returns_risk.nightly import require_run

    loaded = _load(params, as_of)
    now = datetime.now(ZoneInfo(loaded.source.time_zone))
    # A night of the past is overdue at any time of today.
    clock = now.time() if now.date() <= loaded.as_of else datetime.max.time()
    typer.echo(require_run(open_ledger(loaded), loaded.source.name, loaded.as_of, clock, expect_by.time()))


@ledgers.command("verify")
def verifyopen_ledger(params: ParamsFile = Path("params.yaml")) -> None:
    """Follow the ledger's chain from its beginning; say how many rows there are and the hash of the latest."""
    verified = open_ledger(_load(params, None)).verify()
    rows = f"{verified.entries:,} entries and {verified.lines:,} lines"
    typer.echo(f"{rows}, all as written; the latest: {verified.head}")


@ledgers.command("show")
def show_order(order: Order, params: ParamsFile = Path("params.yaml")) -> None:
    """Print what the ledger says of an order, night by night, and its feedback."""
    from returns_risk.cli.ledger_tables import print_order

    loaded = _load(params, None)
    ledger = open_ledger(loaded)
    told = [one for one in ledger.entries("feedback", loaded.source.name) if one.content["order_id"] == order]
    print_order(order, ledger.runs_of_order(loaded.source.name, order), told)


def explain(order: Order, params: ParamsFile = Path("params.yaml")) -> None:
    """Say why an order was decided on as it was, and work it out again from the ledger."""
    from returns_risk.cli.ledger_tables import print_explained
    from returns_risk.nightly import explain_order

    loaded = _load(params, None)
    print_explained(order, explain_order(open_ledger(loaded), loaded.source.name, order))


@feedback.command("import")
def import_feedback(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX: order_id, disposition, and line_id, comment if there.")],
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Read back what operations did; rows the ledger has already are counted and left out."""
    from returns_risk.nightly import read_feedback, store_feedback

    loaded = _load(params, None)
    rows, rejected = read_feedback(file)
    stored = store_feedback(open_ledger(loaded), loaded.source.name, rows, now())
    findings = [*rejected, *stored.findings]
    typer.echo(f"{file}: {stored.added} stored, {stored.known} known already, {len(findings)} rejected")
    for finding in findings:
        typer.echo(f"  {finding}", err=True)
    if findings:
        raise typer.Exit(5)


def _load(params: Path, as_of: datetime | None) -> "Params":
    from returns_risk.params import load_params

    loaded = load_params(params)
    day: date = datetime.now(ZoneInfo(loaded.source.time_zone)).date() if as_of is None else as_of.date()
    return loaded.model_copy(update={"as_of": day})


def _run_and_tell(params: "Params", model: str, *, again: bool, backfill: bool) -> "Digest":
    """Run the night, and mail how it ended, also where it failed; a night of the past is told to nobody."""
    from returns_risk.errors import BusyError, ReturnsRiskError
    from returns_risk.nightly import Night, digest_of_failure, run_night, send_mail

    mail = None if backfill else params.nightly.mail
    night = Night(params, model, open_ledger(params), now(), again=again, backfill=backfill)
    try:
        digest = run_night(night)
        if not backfill:
            _hand_over(params, night.export)
    except BusyError:
        raise
    except ReturnsRiskError as error:
        if mail is not None:
            send_mail(digest_of_failure(params.source.name, params.as_of.isoformat(), error), mail)
        raise
    if mail is not None and digest.status == "done":
        send_mail(digest, mail)
    return digest


def _hand_over(params: "Params", export: Path) -> None:
    """Give the night to other systems; what they were given already they are not given again."""
    import logging
    import time

    from returns_risk.cli.outbox import OUTBOX
    from returns_risk.nightly import publish_export, require_delivered, send_events

    logger = logging.getLogger(__name__)
    if database := os.environ.get("RETURNS_RISK_DATABASE") or params.nightly.database:
        logger.info("table flagged_orders: %d rows", publish_export(export, database))
    if url := os.environ.get("RETURNS_RISK_WEBHOOK_URL") or params.nightly.webhook:
        outbox = os.environ.get("RETURNS_RISK_OUTBOX") or OUTBOX
        put, tally = send_events(export, url, outbox, time.time, time.sleep)
        logger.info("webhook: %d new events, %d sent, %d wait", put.added, tally.sent, tally.waiting)
        require_delivered(tally)
