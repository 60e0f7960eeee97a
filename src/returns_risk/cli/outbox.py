"""The commands `returns-risk outbox` and `returns-risk publish`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from returns_risk.delivery import Dead, Waiting

__all__ = ["OUTBOX", "outbox", "publish"]

OUTBOX = "sqlite:///data/outbox.db"

outbox = typer.Typer(help="Outbox: what other systems are told of a night.", no_args_is_help=True)

Database = Annotated[
    str, typer.Option(envvar="RETURNS_RISK_OUTBOX", show_envvar=True, help="Address of the outbox's database.")
]
Export = Annotated[Path | None, typer.Option(help="Folder of the export.", show_default="that of the latest night")]


@outbox.command("status")
def show_status(
    database: Database = OUTBOX, top: Annotated[int, typer.Option(min=1, help="Events to list of each kind.")] = 10
) -> None:
    """Count what is sent, waits or was given up; list what waits longest and dead letters, with their last errors."""
    from returns_risk.cli.screen import Console
    from returns_risk.delivery import count_events, list_dead, list_waiting, open_outbox

    counts, waiting, dead = count_events(database), [], []
    if counts["pending"] + counts["dead"]:
        with open_outbox(database) as engine:
            waiting, dead = list_waiting(engine, top), list_dead(engine, top)
    given_up = [f", {counts[state]} {state}" for state in ("dismissed", "withdrawn") if counts[state]]
    typer.echo(f"{counts['sent']} sent, {counts['pending']} waiting, {counts['dead']} dead letters{''.join(given_up)}")
    if waiting:
        Console().print(_waiting(waiting))
    if dead:
        Console().print(_dead_letters(dead))
        typer.echo("When the cause is fixed, send them again: returns-risk outbox redrive, then deliver.")
        typer.echo("To give them up: returns-risk outbox dismiss --reason ...")


@outbox.command("deliver")
def deliver_events(
    url: Annotated[
        str, typer.Option(envvar="RETURNS_RISK_WEBHOOK_URL", show_envvar=True, help="Where events are posted.")
    ],
    database: Database = OUTBOX,
    export: Export = None,
    patience: Annotated[
        float, typer.Option(min=0.0, help="Seconds after which the rest is left for the next delivery.")
    ] = 600.0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one try, up to the end of the answer.")] = 10.0,
) -> None:
    """Put the night's events into the outbox, once each, and send what waits there.

    The secret that they are signed with is taken from RETURNS_RISK_WEBHOOK_SECRET.
    """
    import time

    from returns_risk.delivery.publish import WebhookConfig, require_delivered, send_events

    folder = export or _latest_export()
    put, tally, _ = send_events(folder, WebhookConfig(url, database, time.time, time.sleep, patience, timeout))
    typer.echo(f"{put.added} events put into the outbox, {put.known} were there, {put.changed} with other content")
    typer.echo(f"{tally.sent} sent, {tally.dead} dead letters, {tally.waiting} wait")
    require_delivered(tally)


@outbox.command("redrive")
def redrive_events(
    database: Database = OUTBOX,
    event: Annotated[list[str] | None, typer.Option(help="Id of a dead letter; repeatable. All without it.")] = None,
) -> None:
    """Make dead letters ready to be sent by the next delivery."""
    import time

    from returns_risk.delivery import open_outbox, redrive

    with open_outbox(database) as engine:
        count = redrive(engine, time.time(), event or [])
    typer.echo(f"{count} dead letters are sent with the next delivery")


@outbox.command("dismiss")
def dismiss_events(
    reason: Annotated[str, typer.Option(help="Stays in the outbox; name no person.")],
    database: Database = OUTBOX,
    event: Annotated[list[str] | None, typer.Option(help="Id of a dead letter; repeatable. All without it.")] = None,
) -> None:
    """Give dead letters up for good: they stay in the outbox with the reason, and are not sent."""
    import time

    from returns_risk.delivery import dismiss, open_outbox
    from returns_risk.io.redaction import redact

    if not reason.strip():
        raise typer.BadParameter("--reason is empty: it stays in the outbox.")
    with open_outbox(database) as engine:
        count = dismiss(engine, time.time(), redact(reason.strip()), event or [])
    typer.echo(f"{count} dead letters are dismissed")


def publish(
    database: Annotated[
        str, typer.Option(envvar="RETURNS_RISK_DATABASE", show_envvar=True, help="Address of the database.")
    ],
    export: Export = None,
) -> None:
    """Make the night's rows in the table flagged_orders of a database what the export says."""
    from returns_risk.delivery.publish import publish_export

    folder = export or _latest_export()
    count = publish_export(folder, database)
    typer.echo(f"{count} rows of {folder} are in flagged_orders")


def _latest_export() -> Path:
    from returns_risk.errors import DeliveryError
    from returns_risk.export.folders import EXPORTS

    found = sorted(EXPORTS.glob("as_of=????-??-??"))
    if not found:
        raise DeliveryError(
            f"{EXPORTS}/: no night has left an export. Run returns-risk nightly, or name one: --export."
        )
    return found[-1]


def _waiting(waiting: "list[Waiting]") -> "Table":
    from rich.markup import escape

    table = _table("waiting, the oldest first", "event", "of", "next try", "last error")
    for one in waiting:
        due = datetime.fromtimestamp(one.due_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        error = f"try {one.tries}: {one.last_error or 'nothing noted, it may be on its way'}"
        table.add_row(one.event_id, _event(one), due, escape(error) if one.tries else "not tried yet")
    return table


def _dead_letters(dead: "list[Dead]") -> "Table":
    from rich.markup import escape

    table = _table("dead letters", "event", "of", "last error")
    for one in dead:
        table.add_row(one.event_id, _event(one), escape(f"try {one.tries}: {one.last_error}"))
    return table


def _table(title: str, *columns: str) -> "Table":
    from rich.table import Table

    table = Table(title=title)
    for name in columns:
        # So wide that no date is cut on a narrow terminal.
        table.add_column(name, no_wrap=name == "event", min_width=10, overflow="fold")
    return table


def _event(one: "Waiting | Dead") -> str:
    """Say in words what an event is, and of which run."""
    from rich.markup import escape

    return escape(f"{one.kind.replace('_', ' ')}, {one.source} {one.as_of}")
