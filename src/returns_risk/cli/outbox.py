"""The commands `returns-risk outbox` and `returns-risk publish`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from returns_risk.errors import DeliveryError

if TYPE_CHECKING:
    from rich.table import Table

    from returns_risk.outbox import Dead

__all__ = ["SECRET_VARIABLE", "outbox", "publish"]

SECRET_VARIABLE = "RETURNS_RISK_WEBHOOK_SECRET"  # noqa: S105 - its name
_OUTBOX = "sqlite:///data/outbox.db"

outbox = typer.Typer(help="Outbox: what other systems are told of a night.", no_args_is_help=True)

Database = Annotated[
    str, typer.Option(envvar="RETURNS_RISK_OUTBOX", show_envvar=True, help="Address of the outbox's database.")
]
Export = Annotated[Path | None, typer.Option(help="Folder of the export.", show_default="that of the as-of")]
ParamsFile = Annotated[Path, typer.Option("--params", help="The chain's parameters.")]


@outbox.command("status")
def show_status(
    database: Database = _OUTBOX, top: Annotated[int, typer.Option(min=1, help="Dead letters to list.")] = 10
) -> None:
    """Count what is sent, waits or was given up, and list dead letters with their last error."""
    from rich.console import Console

    from returns_risk.outbox import count_states, list_dead, open_outbox

    with open_outbox(database) as engine:
        counts, dead = count_states(engine), list_dead(engine, top)
    typer.echo(f"{counts['sent']} sent, {counts['pending']} waiting, {counts['dead']} dead letters")
    if dead:
        Console().print(_dead_letters(dead))


@outbox.command("deliver")
def deliver_events(
    url: Annotated[
        str, typer.Option(envvar="RETURNS_RISK_WEBHOOK_URL", show_envvar=True, help="Where events are posted.")
    ],
    database: Database = _OUTBOX,
    export: Export = None,
    params: ParamsFile = Path("params.yaml"),
    patience: Annotated[
        float, typer.Option(min=0.0, help="Seconds after which the rest is left for the next delivery.")
    ] = 600.0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds in which the receiver has to answer.")] = 10.0,
) -> None:
    """Put the night's events into the outbox, once each, and send what waits there.

    The secret that they are signed with is taken from RETURNS_RISK_WEBHOOK_SECRET.
    """
    import time

    from returns_risk.outbox import Receiver, deliver, open_outbox, put_events, read_events

    receiver = Receiver(url, os.environ.get(SECRET_VARIABLE, "").strip(), timeout)
    events = read_events(export or _export_of(params))
    with open_outbox(database) as engine:
        put = put_events(engine, events, time.time())
        typer.echo(f"{put.added} events put into the outbox, {put.known} were there, {put.changed} with other content")
        tally = deliver(engine, receiver, now=time.time, sleep=time.sleep, patience=patience)
    typer.echo(f"{tally.sent} sent, {tally.dead} given up, {tally.waiting} wait")
    if tally.dead or tally.waiting:
        raise DeliveryError(
            f"outbox: {tally.dead} events are dead letters and {tally.waiting} wait. See why: returns-risk outbox "
            "status; then run deliver again, after redrive for dead letters."
        )


@outbox.command("redrive")
def redrive_events(
    database: Database = _OUTBOX,
    event: Annotated[list[str] | None, typer.Option(help="Id of a dead letter; repeatable. All without it.")] = None,
) -> None:
    """Make dead letters ready to be sent by the next delivery."""
    import time

    from returns_risk.outbox import open_outbox, redrive

    with open_outbox(database) as engine:
        count = redrive(engine, time.time(), event or [])
    typer.echo(f"{count} dead letters are sent with the next delivery")


def publish(
    database: Annotated[
        str, typer.Option(envvar="RETURNS_RISK_DATABASE", show_envvar=True, help="Address of the database.")
    ],
    export: Export = None,
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Make the night's rows in the table flagged_orders of a database what the export says."""
    import json
    from datetime import date

    from returns_risk.exports.database import publish_table
    from returns_risk.stores import read_frame

    folder = export or _export_of(params)
    if not (folder / "_SUCCESS").exists():
        raise DeliveryError(f"{folder}: there is no finished export. Run the chain first: dvc repro.")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    flagged = read_frame(folder / "flagged_orders.parquet", "score")
    count = publish_table(flagged, database, manifest["source"], date.fromisoformat(manifest["as_of"]))
    typer.echo(f"{count} rows of {manifest['source']} as of {manifest['as_of']} are in flagged_orders")


def _export_of(params: Path) -> Path:
    from returns_risk.params import load_params

    return Path(f"exports/as_of={load_params(params).as_of}")


def _dead_letters(dead: "list[Dead]") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="dead letters")
    for name in ("event", "of", "tries", "last error"):
        table.add_column(name, no_wrap=name == "event", justify="right" if name == "tries" else "left")
    for one in dead:
        kind = one.kind.replace("_", " ")
        told = escape(f"{kind}, {one.source} {one.as_of}")
        table.add_row(one.event_id, told, str(one.tries), escape(one.last_error))
    return table
