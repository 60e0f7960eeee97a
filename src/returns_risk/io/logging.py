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
from pathlib import Path
from types import FrameType

from returns_risk.errors import ResourceError, ReturnsRiskError, Stopped
from returns_risk.errors.credentials import mask_credentials
from returns_risk.errors.printable import printable
from returns_risk.io.files import close_to_others

__all__ = ["find_cause", "keep_private", "reporting_errors", "start_logging"]

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_logger = logging.getLogger(__name__)
_PRIVATE = (
    "data/validated", "data/quarantine", "data/data_docs", "data/nightly", "data/state",
    "data/outbox.db", "features", "models", "exports", "ledger", "mlflow.db", "mlruns", ".dvc",
)  # fmt: skip
"""What a project holds of customers, orders and models; raw files belong to those who deliver them."""


def keep_private() -> None:
    """Keep what is written from here on from other accounts, and in a project what lies open there already.

    A umask that keeps others out stays as it is: with 027 the group may read. Any other becomes 077.
    """
    umask = os.umask(0o077)
    if umask & 0o007 == 0o007:
        os.umask(umask)
    if Path("params.yaml").is_file() and Path("sources").is_dir():
        for place in _PRIVATE:
            close_to_others(Path(place))


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
    except (Exception, Stopped) as error:
        if (code := _report(error)) is None:
            raise
        return code
    finally:
        Stopped.pending = None
    return 0


def _report(error: BaseException) -> int | None:
    """Print an error and return its exit code; None for a defect that Python itself is to show.

    In a function of its own: a second name for the error beside ``except`` would keep it, and all that it holds, until
    the interpreter ends, and DuckDB then lists that on stderr.
    """
    known = find_cause(error) or error
    if isinstance(known, ReturnsRiskError | Stopped):
        if os.environ.get("RETURNS_RISK_DEBUG"):
            _logger.error("where it came from", exc_info=error)
        _tell(printable(" ".join(str(known).split())))
        return known.exit_code
    if not _logs_json():
        return None
    _logger.error("a defect: %s", type(error).__name__, exc_info=error)
    return 1


def find_cause(error: BaseException) -> ReturnsRiskError | Stopped | None:
    """Return why work ended where an error does not say so itself: a signal, or memory that has run out; else None."""
    if Stopped.pending is not None:
        # Whatever came after it: DuckDB, for one, makes a RuntimeError of what a signal's handler raises in a query.
        return Stopped.pending
    cause: BaseException | None = error
    while cause is not None:
        # NumPy's and Arrow's are MemoryErrors; LightGBM passes on what C++ says.
        if isinstance(cause, MemoryError) or getattr(cause, "errno", 0) == errno.ENOMEM or "bad_alloc" in str(cause):
            return ResourceError(
                "memory: there is not enough for this work; what was there before is unchanged. Give the process more "
                "(the machine, the container's or service's limit), or end what else needs it, and run again."
            )
        cause = cause.__cause__
    return None


@contextmanager
def _stoppable() -> Iterator[None]:
    """Raise ``Stopped`` on the first SIGTERM or SIGINT in the block; a second one ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        for one in _SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        Stopped.pending = Stopped(signal.Signals(number).name, 128 + number)
        raise Stopped.pending

    former = {}
    Stopped.pending = None
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
