"""The commands `returns-risk nightly`, `ledger`, `explain` and `feedback`."""

import logging
import os
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from returns_risk.cli.common import ParamsFile, now, open_ledger
from returns_risk.errors.printable import printable

if TYPE_CHECKING:
    from returns_risk.config.params import Params
    from returns_risk.nightly import Channels, Digest

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
    future: Annotated[bool, typer.Option("--future", help="Accept a night after today.")] = False,
    new_key: Annotated[bool, typer.Option("--new-key", help="The pseudonym key was changed on purpose.")] = False,
    few_candidates: Annotated[
        bool, typer.Option("--few-candidates", help="Far fewer candidates than on recent nights are right.")
    ] = False,
    log_format: Annotated[Literal["text", "json"], typer.Option(help="Of the log on stderr.")] = "text",
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Ingest, validate, score with the champion, decide, export, and write the ledger."""
    if context.invoked_subcommand is not None:
        return
    from returns_risk.io.logging import start_logging
    from returns_risk.nightly import Night, run_and_tell

    if backfill and model is None:
        raise typer.BadParameter("a backfill takes the model of its time; name its version", param_hint="--model")
    start_logging(as_json=log_format == "json")
    loaded = _load(params, as_of)
    if not future:
        _require_past(loaded)
    if as_of is None:
        _say(f"as of {loaded.as_of}, today in {loaded.source.time_zone}", as_json=log_format == "json")
    which = model or loaded.nightly.model
    night = Night(
        loaded,
        which,
        open_ledger(loaded),
        now(),
        again=again,
        backfill=backfill,
        new_key=new_key,
        few_candidates=few_candidates,
    )
    undelivered = run_and_tell(night, _channels(loaded), lambda digest: _show(digest, as_json=log_format == "json"))
    if undelivered:
        raise undelivered[0]


@nights.command("status")
def tell_status(
    expect_by: Annotated[
        datetime, typer.Option(formats=["%H:%M"], help="When it has to be there, on the shop's clock.")
    ] = datetime(1900, 1, 1),  # noqa: DTZ001 - a time of the day
    as_of: AsOf = None,
    tell: Annotated[
        bool, typer.Option("--alert", help="Tell of a missing night by mail and webhook, as nightly tells of failures.")
    ] = False,
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Say whether a night has run; exit code 18 where it is due and is not there, 15 where there are dead letters."""
    from returns_risk.delivery.publish import require_no_dead
    from returns_risk.errors import MissingRunError
    from returns_risk.nightly import alert, require_run

    loaded = _load(params, as_of)
    clock = datetime.now(ZoneInfo(loaded.source.time_zone))
    try:
        typer.echo(require_run(open_ledger(loaded), loaded.source.name, loaded.as_of, clock, expect_by.time()))
    except MissingRunError as error:
        if tell:
            alert(_channels(loaded), loaded.source.name, loaded.as_of.isoformat(), error)
        raise
    if waiting := require_no_dead(_outbox()):
        typer.echo(f"outbox: {waiting:,} events wait")


@nights.command("withdraw")
def withdraw(
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The night.")],
    reason: Annotated[str, typer.Option(help="Goes into the ledger; no names of persons.")],
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Take a night back that should not have been: its plans count no more, and what was not sent stays unsent."""
    from returns_risk.nightly import withdraw_night

    if not reason.strip():
        raise typer.BadParameter("say why, in a few words", param_hint="--reason")
    loaded = _load(params, as_of)
    database = os.environ.get("RETURNS_RISK_DATABASE") or loaded.nightly.database
    ledger, source = open_ledger(loaded), loaded.source.name
    done = withdraw_night(ledger, source, loaded.as_of, reason.strip(), now(), _outbox(), database)
    sent = len(done.entry.content["sent"])
    typer.echo(f"{source} {loaded.as_of}: withdrawn, entry {done.entry.number}, {done.entry.hash}")
    typer.echo(f"  export: {done.export or 'there was none'}; rows deleted from the table: {done.rows:,}")
    typer.echo(
        f"  events held back: {done.events:,}; orders that were sent before, and are not planned again: {sent:,}"
    )


@ledgers.command("verify")
def verify(
    params: ParamsFile = Path("params.yaml"),
    accept: Annotated[
        bool, typer.Option("--accept", help="This ledger is the right one: in a new folder, or after a restore.")
    ] = False,
) -> None:
    """Follow the ledger's chain from its beginning; say how many rows there are and the hash of the latest."""
    from returns_risk.nightly import require_nights

    loaded = _load(params, None)
    ledger = open_ledger(loaded)
    verified = ledger.verify()
    if accept:
        ledger.accept(loaded.source.name)
    ledger.require_noted(loaded.source.name)
    require_nights(ledger, loaded.source.name)
    rows = f"{verified.entries:,} entries and {verified.lines:,} lines"
    typer.echo(f"{rows}, all as written; the latest: {verified.head}")


@ledgers.command("show")
def show_order(order: Order, params: ParamsFile = Path("params.yaml")) -> None:
    """Print what the ledger says of an order, night by night, and its feedback."""
    from returns_risk.cli.ledger_tables import print_order
    from returns_risk.nightly import tell_order

    loaded = _load(params, None)
    print_order(*tell_order(open_ledger(loaded), loaded.source.name, order))


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
    counts = f"{stored.added} stored, {stored.known} known already, {len(findings)} rejected"
    # Typer drops an escape sequence where nobody sees colours; it is to be seen.
    typer.echo(f"{printable(str(file))}: {counts}")
    for told in (*findings, *stored.hints):
        typer.echo(printable(f"  {told}", layout=""), err=True)
    if findings:
        raise typer.Exit(5)


def _say(what: str, *, as_json: bool) -> None:
    """Say something on stderr as what follows there is said."""
    if as_json:
        logging.getLogger(__name__).info(what)
    else:
        typer.echo(what, err=True)


def _load(params: Path, as_of: datetime | None) -> "Params":
    from returns_risk.config.params import load_params

    loaded = load_params(params)
    day: date = datetime.now(ZoneInfo(loaded.source.time_zone)).date() if as_of is None else as_of.date()
    return loaded.model_copy(update={"as_of": day})


def _require_past(params: "Params") -> None:
    """Refuse a night after today: it would stand in the way of all real ones."""
    from returns_risk.errors import ParamsError

    zone = params.source.time_zone
    today = datetime.now(ZoneInfo(zone)).date()
    if params.as_of > today:
        raise ParamsError(
            f"--as-of {params.as_of}: is after today, {today} in {zone}; nights before it would be refused from then "
            "on. Correct the date; if it is meant, add --future."
        )


def _channels(params: "Params") -> "Channels":
    """Return where a night goes, from the environment and the parameters."""
    import time

    from returns_risk.delivery.publish import WebhookConfig
    from returns_risk.nightly import Channels

    url = os.environ.get("RETURNS_RISK_WEBHOOK_URL") or params.nightly.webhook
    return Channels(
        database=os.environ.get("RETURNS_RISK_DATABASE") or params.nightly.database,
        webhook=WebhookConfig(url, _outbox(), time.time, time.sleep) if url else None,
        mail=params.nightly.mail,
        outbox=_outbox(),
    )


def _outbox() -> str:
    from returns_risk.cli.outbox import OUTBOX

    return os.environ.get("RETURNS_RISK_OUTBOX") or OUTBOX


def _show(digest: "Digest", *, as_json: bool) -> None:
    import json

    typer.echo(json.dumps(digest.content(), ensure_ascii=False) if as_json else digest.text())
