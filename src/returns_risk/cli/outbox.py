"""The commands `returns-risk outbox` and `returns-risk publish`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from returns_risk.cli.common import ParamsFile, open_ledger

if TYPE_CHECKING:
    from rich.table import Table

    from returns_risk.delivery import OutboxEvent

__all__ = ["OUTBOX", "outbox", "publish"]

OUTBOX = "sqlite:///data/outbox.db"

outbox = typer.Typer(help="Outbox: events of a night for other systems.", no_args_is_help=True)

Database = Annotated[
    str, typer.Option(envvar="RETURNS_RISK_OUTBOX", show_envvar=True, help="Address of the outbox's database.")
]
Export = Annotated[Path | None, typer.Option(help="Folder of the export.", show_default="that of the latest night")]
DeadLetters = Annotated[
    list[str] | None, typer.Option("--event", help="Id of a dead letter; repeatable. Default: all.")
]


@outbox.command("status")
def show_status(
    database: Database = OUTBOX,
    top: Annotated[int, typer.Option(min=1, help="Number of events listed per table.")] = 10,
) -> None:
    """Count the events by state, and list the oldest waiting events and the dead letters with their last errors."""
    from returns_risk.cli.screen import Console
    from returns_risk.delivery import count_events, list_events, open_outbox

    counts = count_events(database)
    others = [f", {counts[state]} {state}" for state in ("dismissed", "withdrawn") if counts[state]]
    typer.echo(f"{counts['sent']} sent, {counts['pending']} waiting, {counts['dead']} dead letters{''.join(others)}")
    if counts["pending"] + counts["dead"]:
        with open_outbox(database) as engine:
            waiting, dead = list_events(engine, "pending", top), list_events(engine, "dead", top)
        if waiting:
            Console().print(_waiting_table(waiting))
        if dead:
            Console().print(_dead_letter_table(dead))
            typer.echo("When the cause is fixed, send them again: returns-risk outbox redrive, then deliver.")
            typer.echo("To give them up: returns-risk outbox dismiss --reason ...")


@outbox.command("deliver")
def deliver_events(
    url: Annotated[
        str, typer.Option(envvar="RETURNS_RISK_WEBHOOK_URL", show_envvar=True, help="Address of the webhook.")
    ],
    database: Database = OUTBOX,
    export: Export = None,
    patience: Annotated[
        float, typer.Option(min=0.0, help="Seconds after which remaining events are left for the next delivery.")
    ] = 600.0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one try, including the whole answer.")] = 10.0,
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Add the night's events to the outbox, each once, and send all waiting events of its source.

    Orders with a line that has shipped or was cancelled, or of a customer who has opted out, by the present raw files,
    are held back, and those whose message asks for an answer by a time that has passed. The environment variable
    RETURNS_RISK_WEBHOOK_SECRET holds the secret that signs the events.
    """
    import time
    from functools import partial

    from returns_risk.config.params import load_params
    from returns_risk.delivery.publish import WebhookConfig, require_delivered, send_events
    from returns_risk.export.manifest import read_manifest
    from returns_risk.nightly.closed_lines import closed_by_raw_files
    from returns_risk.nightly.deadlines import delivery_time

    loaded, folder, clock = load_params(params), export or _latest_export(), datetime.now(UTC)
    webhook = WebhookConfig(url, database, time.time, time.sleep, patience, timeout)
    closed = partial(closed_by_raw_files, loaded.source, clock)
    night = loaded.model_copy(update={"as_of": read_manifest(folder).as_of})
    delivery = send_events(
        folder, webhook, loaded.source.name, closed, delivery_time(open_ledger(loaded), night, clock)
    )
    typer.echo(
        f"{delivery.added} events added to the outbox, {delivery.unchanged} unchanged, {delivery.changed} changed\n"
        f"{delivery.sent} sent, {delivery.dead} dead letters, {delivery.waiting} waiting{delivery.held_back.describe()}"
    )
    require_delivered(delivery)


@outbox.command("redrive")
def redrive_events(database: Database = OUTBOX, event: DeadLetters = None) -> None:
    """Make dead letters pending again, so that the next delivery sends them."""
    import time

    from returns_risk.delivery import open_outbox, redrive

    with open_outbox(database) as engine:
        count = redrive(engine, time.time(), event or [])
    typer.echo(f"{count} dead letters will be sent by the next delivery")


@outbox.command("dismiss")
def dismiss_events(
    reason: Annotated[str, typer.Option(help="Stored in the outbox; do not name persons.")],
    database: Database = OUTBOX,
    event: DeadLetters = None,
) -> None:
    """Give up dead letters: they stay in the outbox with the reason, but are never sent."""
    import time

    from returns_risk.delivery import dismiss, open_outbox
    from returns_risk.io.redaction import redact

    if not reason.strip():
        raise typer.BadParameter("--reason is empty: it is stored in the outbox.")
    with open_outbox(database) as engine:
        count = dismiss(engine, time.time(), redact(reason.strip()), event or [])
    typer.echo(f"{count} dead letters dismissed")


def publish(
    database: Annotated[
        str, typer.Option(envvar="RETURNS_RISK_DATABASE", show_envvar=True, help="Address of the database.")
    ],
    export: Export = None,
) -> None:
    """Replace the night's rows in the table flagged_orders of a database by those of the export."""
    from returns_risk.delivery.publish import publish_export

    folder = export or _latest_export()
    typer.echo(f"{publish_export(folder, database)} rows of {folder} are in flagged_orders")


def _latest_export() -> Path:
    from returns_risk.errors import DeliveryError
    from returns_risk.export.folders import EXPORTS

    exports = sorted(EXPORTS.glob("as_of=????-??-??"))
    if not exports:
        raise DeliveryError(f"{EXPORTS}/: has no export of a night. Run returns-risk nightly, or name one: --export.")
    return exports[-1]


def _waiting_table(events: "list[OutboxEvent]") -> "Table":
    from rich.markup import escape

    table = _table("waiting events, the oldest first", "event", "of", "next try", "last error")
    for event in events:
        due = f"{datetime.fromtimestamp(event.due_at, UTC):%Y-%m-%d %H:%M:%S} UTC"
        error = f"try {event.tries}: {event.last_error or 'no answer yet'}" if event.tries else "not tried yet"
        table.add_row(event.event_id, _origin(event), due, escape(error))
    return table


def _dead_letter_table(events: "list[OutboxEvent]") -> "Table":
    from rich.markup import escape

    table = _table("dead letters", "event", "of", "last error")
    for event in events:
        table.add_row(event.event_id, _origin(event), escape(f"try {event.tries}: {event.last_error}"))
    return table


def _table(title: str, *columns: str) -> "Table":
    from rich.table import Table

    table = Table(title=title)
    for name in columns:
        # At least 10 characters, so that dates are not cut on a narrow terminal.
        table.add_column(name, no_wrap=name == "event", min_width=10, overflow="fold")
    return table


def _origin(event: "OutboxEvent") -> str:
    from rich.markup import escape

    return escape(f"{event.kind.replace('_', ' ')}, {event.source} {event.as_of}")
