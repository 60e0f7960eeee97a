"""What several commands share: the option of the parameters, the ledger, the clock."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from returns_risk.config.params import Params
    from returns_risk.ledger import Ledger

__all__ = ["ParamsFile", "now", "open_ledger"]

ParamsFile = Annotated[Path, typer.Option("--params", help="The chain's parameters.")]


def open_ledger(params: "Params") -> "Ledger":
    """Return the ledger of these parameters or of ``RETURNS_RISK_LEDGER``."""
    from returns_risk.ledger import Ledger, ledger_url

    return Ledger(ledger_url(params.nightly.ledger), Path("data/state"))


def now() -> str:
    """Return the time as it goes into the ledger; the library itself never looks at the clock."""
    return datetime.now(UTC).isoformat(timespec="seconds")
