"""Shared by the commands: how they run, the option ``--params``, the ledger, and the clock."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from returns_risk.errors.printable import guard_streams
from returns_risk.io.logging import keep_private, reporting_errors, share_processors, start_logging

if TYPE_CHECKING:
    from returns_risk.config.params import Params
    from returns_risk.ledger import Ledger

__all__ = ["ParamsFile", "load_source", "now", "open_ledger", "parse_day", "parse_time", "run_app"]

ParamsFile = Annotated[Path, typer.Option("--params", help="File of the parameters.")]


def run_app(app: typer.Typer) -> NoReturn:
    """Run a command line and end the process; a user's error is printed as one line and gives its exit code."""
    guard_streams()
    start_logging()
    keep_private()
    share_processors()
    sys.exit(reporting_errors(app))


def load_source(params_file: Path) -> "tuple[Params, Ledger, str]":
    """Return the parameters, their ledger and the name of their source."""
    from returns_risk.config.params import load_params

    params = load_params(params_file)
    return params, open_ledger(params), params.source.name


def open_ledger(params: "Params") -> "Ledger":
    """Return the ledger of ``RETURNS_RISK_LEDGER``, or else of the parameters."""
    from returns_risk.ledger import Ledger, ledger_url

    return Ledger(ledger_url(params.nightly.ledger), Path("data/state"))


def parse_day(text: str) -> datetime:
    """Read a day of the command line."""
    return _parse(text, "%Y-%m-%d", "is no day; write it as in 2026-03-02")


def parse_time(text: str | datetime) -> datetime:
    """Read a time of the day of the command line; typer also passes the default."""
    return text if isinstance(text, datetime) else _parse(text, "%H:%M", "is no time of the day; write it as in 05:00")


def _parse(text: str, layout: str, finding: str) -> datetime:
    try:
        return datetime.strptime(text, layout)  # noqa: DTZ007 - a day or a time by the shop's clock
    except ValueError:
        raise typer.BadParameter(f"{text!r} {finding}") from None


def now() -> str:
    """Return the current time in UTC as ISO 8601; the library itself never reads the clock."""
    return datetime.now(UTC).isoformat(timespec="seconds")
