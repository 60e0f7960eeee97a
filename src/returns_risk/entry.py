"""How a stage or a command starts and ends: logging, one line for an error, an exit code."""

import errno
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING

from returns_risk.credentials import mask_credentials
from returns_risk.errors import ResourceError, ReturnsRiskError, Stopped
from returns_risk.printable import guard_streams, printable

if TYPE_CHECKING:
    from returns_risk.params import Params

__all__ = ["find_resource_error", "reporting_errors", "run_stage", "start_logging"]

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
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
    """One line a record, whatever its text holds; only a traceback has more. Credentials of URLs are masked."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - named by the base class
        return printable(super().formatMessage(record), layout="\t")

    def format(self, record: logging.LogRecord) -> str:
        return mask_credentials(super().format(record))


class _JsonLines(logging.Formatter):
    """One JSON object a line, as log collectors read it."""

    def format(self, record: logging.LogRecord) -> str:
        told = {"level": record.levelname, "logger": record.name, "message": printable(record.getMessage())}
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        trace = {"trace": printable(self.formatException(record.exc_info))} if record.exc_info else {}
        found = {name: mask_credentials(text) for name, text in ({"at": at} | told | trace).items()}
        return json.dumps(found, ensure_ascii=False)


def reporting_errors(action: Callable[[], None]) -> int:
    """Run an action; tell a user's error in one line on stderr and return its exit code, 0 if all went well.

    SIGTERM and SIGINT end it with one line as well, with 143 and 130, once what it had begun is put away.

    With ``RETURNS_RISK_DEBUG`` set the traceback is shown as well. A defect ends with Python's own traceback; where the
    log is JSON, with one object that has it, and 1.
    """
    try:
        with _stoppable():
            action()
    except Stopped as stopped:
        _tell(str(stopped))
        return stopped.exit_code
    except Exception as error:
        known = find_resource_error(error) or error
        if isinstance(known, ReturnsRiskError):
            if os.environ.get("RETURNS_RISK_DEBUG"):
                _logger.exception("where it came from")
            _tell(printable(" ".join(str(known).split())))
            return known.exit_code
        if not _logs_json():
            raise
        _logger.exception("a defect: %s", type(error).__name__)
        return 1
    return 0


def find_resource_error(error: BaseException | None) -> ResourceError | None:
    """Return the user's error where memory has run out, whatever was made of that on the way; None for all else."""
    while error is not None and not isinstance(error, ResourceError):
        # NumPy's and Arrow's are MemoryErrors; LightGBM passes on what C++ says.
        if isinstance(error, MemoryError) or getattr(error, "errno", 0) == errno.ENOMEM or "bad_alloc" in str(error):
            return ResourceError(
                "memory: there is not enough for this work; what was there before is unchanged. Give the process more "
                "(the machine, the container's or service's limit), or end what else needs it, and run again."
            )
        error = error.__cause__
    return error


@contextmanager
def _stoppable() -> Iterator[None]:
    """Raise ``Stopped`` on the first SIGTERM or SIGINT in the block; a second one ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        for one in _SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        raise Stopped(signal.Signals(number).name, 128 + number)

    former = {}
    if threading.current_thread() is threading.main_thread():
        # What whoever started the process has it ignore (nohup, a shell's background job) stays ignored.
        heeded = [one for one in _SIGNALS if signal.getsignal(one) not in (signal.SIG_IGN, None)]
        former = {one: signal.signal(one, stop) for one in heeded}
    try:
        yield
    finally:
        for one, handler in former.items():
            signal.signal(one, handler)


def _tell(error: str) -> None:
    if _logs_json():
        _logger.error(error)
    else:
        sys.stderr.write(f"error: {error}\n")


def _logs_json() -> bool:
    return any(isinstance(handler.formatter, _JsonLines) for handler in logging.getLogger().handlers)
