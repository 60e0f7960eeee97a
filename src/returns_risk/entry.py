"""How a stage or a command starts and ends: logging, one line for an error, an exit code."""

import json
import logging
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from returns_risk.errors import ReturnsRiskError
from returns_risk.printable import guard_streams, printable

if TYPE_CHECKING:
    from returns_risk.params import Params

__all__ = ["reporting_errors", "run_stage", "start_logging"]

_logger = logging.getLogger(__name__)


def run_stage(stage: Callable[["Params"], None]) -> None:
    """Run a stage with ``params.yaml`` of the working folder; a user's error ends the process with its exit code."""
    from returns_risk.params import load_params

    guard_streams()
    start_logging()
    sys.exit(reporting_errors(lambda: stage(load_params())))


def start_logging(*, as_json: bool = False) -> None:
    """Log to stderr, one line per step; as text, or one JSON object a line, errors among them."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_JsonLines() if as_json else _TextLines("%(asctime)s %(levelname)s %(message)s"))


class _TextLines(logging.Formatter):
    """One line a record, whatever its text holds; only a traceback has more."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - named by the base class
        return printable(super().formatMessage(record), layout="\t")


class _JsonLines(logging.Formatter):
    """One JSON object a line, as log collectors read it."""

    def format(self, record: logging.LogRecord) -> str:
        told = {"level": record.levelname, "logger": record.name, "message": printable(record.getMessage())}
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        trace = {"trace": printable(self.formatException(record.exc_info))} if record.exc_info else {}
        return json.dumps({"at": at} | told | trace, ensure_ascii=False)


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
        _tell(printable(" ".join(str(error).split())))
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
