"""Shared by the commands: the option ``--params``, the ledger, and the clock."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from returns_risk.config.params import Params
    from returns_risk.ledger import Ledger

__all__ = ["ParamsFile", "load_source", "now", "open_ledger"]

ParamsFile = Annotated[Path, typer.Option("--params", help="File of the parameters.")]


def load_source(params_file: Path) -> "tuple[Params, Ledger, str]":
    """Return the parameters, their ledger and the name of their source."""
    from returns_risk.config.params import load_params

    params = load_params(params_file)
    return params, open_ledger(params), params.source.name


def open_ledger(params: "Params") -> "Ledger":
    """Return the ledger of ``RETURNS_RISK_LEDGER``, or else of the parameters."""
    from returns_risk.ledger import Ledger, ledger_url

    return Ledger(ledger_url(params.nightly.ledger), Path("data/state"))


def now() -> str:
    """Return the current time in UTC as ISO 8601; the library itself never reads the clock."""
    return datetime.now(UTC).isoformat(timespec="seconds")
