"""The commands `returns-risk nightly`: run, status, withdraw."""

import logging
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from returns_risk.cli.common import ParamsFile, now, open_ledger, parse_day, parse_time

if TYPE_CHECKING:
    from returns_risk.config.params import Params
    from returns_risk.nightly import Channels, Digest

__all__ = ["nights"]

nights = typer.Typer(help="Nightly run: from the extract to the export and the ledger.")

AsOf = Annotated[
    datetime | None,
    typer.Option(
        parser=parse_day,
        metavar="YYYY-MM-DD",
        help="As-of of the night.",
        show_default="today in the shop's time zone",
    ),
]


@nights.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    as_of: AsOf = None,
    model: Annotated[str | None, typer.Option(help="Alias or number.", show_default="nightly.model")] = None,
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Repeat a finished night with present data; decided lines stay decided.")
    ] = False,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Compute a past night for the record; it is never delivered.")
    ] = False,
    future: Annotated[bool, typer.Option("--future", help="Accept an as-of after today.")] = False,
    new_key: Annotated[bool, typer.Option("--new-key", help="Accept a changed pseudonym key.")] = False,
    few_candidates: Annotated[
        bool, typer.Option("--few-candidates", help="Accept far fewer candidates than on recent nights.")
    ] = False,
    log_format: Annotated[Literal["text", "json"], typer.Option(help="Format of the log on stderr.")] = "text",
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Validate the extract, score and decide tonight's candidates, record them in the ledger, and export them."""
    if context.invoked_subcommand is not None:
        return
    from returns_risk.io.logging import start_logging
    from returns_risk.nightly import Night, run_and_notify

    if backfill and model is None:
        raise typer.BadParameter("a backfill uses the model of its time; name its version", param_hint="--model")
    as_json = log_format == "json"
    start_logging(as_json=as_json)
    loaded = _load(params, as_of)
    if not future:
        _require_past(loaded)
    if as_of is None:
        _report_as_of(loaded, as_json=as_json)
    night = Night(
        loaded,
        model or loaded.nightly.model,
        open_ledger(loaded),
        now(),
        rerun=rerun,
        backfill=backfill,
        new_key=new_key,
        few_candidates=few_candidates,
    )
    undelivered = run_and_notify(night, _channels(loaded), lambda digest: _print_digest(digest, as_json=as_json))
    if undelivered:
        raise undelivered[0]


@nights.command("status")
def check_status(
    expect_by: Annotated[
        datetime,
        typer.Option(
            parser=parse_time,
            metavar="HH:MM",
            help="When the night is due, in the shop's time zone.",
            show_default="00:00",
        ),
    ] = datetime(1900, 1, 1),  # noqa: DTZ001 - a time of the day
    as_of: AsOf = None,
    send_alert: Annotated[
        bool, typer.Option("--alert", help="Report a missing night by mail and webhook, like a failed night.")
    ] = False,
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Check whether a night has run: exit code 18 if it is due and missing, 15 if there are dead letters."""
    from returns_risk.delivery.publish import require_no_dead
    from returns_risk.errors import MissingRunError
    from returns_risk.monitoring import require_run
    from returns_risk.nightly import alert

    loaded = _load(params, as_of)
    clock = datetime.now(ZoneInfo(loaded.source.time_zone))
    try:
        typer.echo(require_run(open_ledger(loaded), loaded.source.name, loaded.as_of, clock, expect_by.time()))
    except MissingRunError as error:
        if send_alert:
            alert(_channels(loaded), loaded.source.name, loaded.as_of.isoformat(), error)
        raise
    if pending := require_no_dead(_outbox()):
        typer.echo(f"outbox: {pending:,} events are pending")


@nights.command("withdraw")
def withdraw(
    as_of: Annotated[datetime, typer.Option(parser=parse_day, metavar="YYYY-MM-DD", help="As-of of the night.")],
    reason: Annotated[str, typer.Option(help="Recorded in the ledger; no names of persons.")],
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Withdraw a night that should not have run: its plans do not count, and pending events are never sent."""
    from returns_risk.nightly import withdraw_night

    if not reason.strip():
        raise typer.BadParameter("give the reason in a few words", param_hint="--reason")
    loaded = _load(params, as_of)
    database = os.environ.get("RETURNS_RISK_DATABASE") or loaded.nightly.database
    ledger, source = open_ledger(loaded), loaded.source.name
    withdrawal = withdraw_night(ledger, source, loaded.as_of, reason.strip(), now(), _outbox(), database)
    sent = len(withdrawal.entry.content["sent"])
    typer.echo(f"{source} {loaded.as_of}: withdrawn, entry {withdrawal.entry.number}, {withdrawal.entry.hash}")
    typer.echo(f"  export: {withdrawal.export or 'none'}; rows deleted from the table: {withdrawal.rows:,}")
    typer.echo(f"  events cancelled: {withdrawal.events:,}; orders sent before, which are not planned again: {sent:,}")


def _load(params: Path, as_of: datetime | None) -> "Params":
    """Load the parameters with the as-of of the night."""
    from returns_risk.config.params import load_params

    loaded = load_params(params)
    day = datetime.now(ZoneInfo(loaded.source.time_zone)).date() if as_of is None else as_of.date()
    return loaded.model_copy(update={"as_of": day})


def _require_past(params: "Params") -> None:
    """Refuse an as-of after today: it would block all nights before it."""
    from returns_risk.errors import ParamsError

    zone = params.source.time_zone
    today = datetime.now(ZoneInfo(zone)).date()
    if params.as_of > today:
        raise ParamsError(
            f"--as-of {params.as_of}: it is after today, {today} in {zone}, and nights before it would be refused from "
            "then on. Correct the date; if it is intended, add --future."
        )


def _report_as_of(params: "Params", *, as_json: bool) -> None:
    message = f"as of {params.as_of}, today in {params.source.time_zone}"
    if as_json:
        logging.getLogger(__name__).info(message)
    else:
        typer.echo(message, err=True)


def _channels(params: "Params") -> "Channels":
    """Return where a night is delivered, from the environment and the parameters."""
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


def _print_digest(digest: "Digest", *, as_json: bool) -> None:
    import json

    typer.echo(json.dumps(digest.content(), ensure_ascii=False) if as_json else digest.text())
