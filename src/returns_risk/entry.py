"""How a stage or a command starts and ends: logging, one line for an error, an exit code."""

import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from returns_risk.errors import ReturnsRiskError

if TYPE_CHECKING:
    from returns_risk.params import Params

__all__ = ["reporting_errors", "run_stage", "start_logging"]


def run_stage(stage: Callable[["Params"], None]) -> None:
    """Run a stage with ``params.yaml`` of the working folder; a user's error ends the process with its exit code."""
    from returns_risk.params import load_params

    start_logging()
    sys.exit(reporting_errors(lambda: stage(load_params())))


def start_logging() -> None:
    """Log to stderr, one line per step."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)


def reporting_errors(action: Callable[[], None]) -> int:
    """Run an action; print a user's error as one line on stderr and return its exit code, 0 if all went well.

    With ``RETURNS_RISK_DEBUG`` set the traceback is shown as well.
    """
    try:
        action()
    except ReturnsRiskError as error:
        if os.environ.get("RETURNS_RISK_DEBUG"):
            logging.getLogger(__name__).exception("where it came from")
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return error.exit_code
    return 0
