"""How a stage or a command starts and ends: logging, one line for an error, an exit code."""

import json
import logging
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from returns_risk.credentials import mask_credentials
from returns_risk.errors import ReturnsRiskError

if TYPE_CHECKING:
    from returns_risk.params import Params

__all__ = ["reporting_errors", "run_stage", "start_logging"]

_logger = logging.getLogger(__name__)


def run_stage(stage: Callable[["Params"], None]) -> None:
    """Run a stage with ``params.yaml`` of the working folder; a user's error ends the process with its exit code."""
    from returns_risk.params import load_params

    start_logging()
    sys.exit(reporting_errors(lambda: stage(load_params())))


def start_logging(*, as_json: bool = False) -> None:
    """Log to stderr, one line per step; as text, or one JSON object a line, errors among them."""
    own = logging.StreamHandler(sys.stderr)
    own.setFormatter(_Lines("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[own])
    if as_json:
        for handler in logging.getLogger().handlers:
            handler.setFormatter(_JsonLines())


class _Lines(logging.Formatter):
    """Text without the credentials of URLs, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return mask_credentials(super().format(record))


class _JsonLines(logging.Formatter):
    """One JSON object a line, as log collectors read it."""

    def format(self, record: logging.LogRecord) -> str:
        told = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        trace = {"trace": self.formatException(record.exc_info)} if record.exc_info else {}
        found = {name: mask_credentials(text) for name, text in ({"at": at} | told | trace).items()}
        return json.dumps(found, ensure_ascii=False)


def reporting_errors(action: Callable[[], None]) -> int:
    """Run an action; tell a user's error in one line on stderr and return its exit code, 0 if all went well.

    With ``RETURNS_RISK_DEBUG`` set the traceback is shown as well. A defect ends with Python's own traceback; where the
    log is JSON, with one object that has it, and 1.
    """
    try:
        action()
    except ReturnsRiskError as error:
        if os.environ.get("RETURNS_RISK_DEBUG"):
            _logger.exception("where it came from")
        _tell(" ".join(str(error).split()))
        return error.exit_code
    except Exception as error:
        if not _logs_json():
            raise
        _logger.exception("a defect: %s", type(error).__name__)
        return 1
    return 0


def _tell(error: str) -> None:
    if _logs_json():
        _logger.error(error)
    else:
        sys.stderr.write(f"error: {error}\n")


def _logs_json() -> bool:
    return any(isinstance(handler.formatter, _JsonLines) for handler in logging.getLogger().handlers)
