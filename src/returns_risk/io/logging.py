"""Start and end of a process: file permissions, logging, one line and an exit code for an error."""

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
from returns_risk.io.files import restrict_access

__all__ = ["find_cause", "keep_private", "reporting_errors", "share_processors", "start_logging"]

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_logger = logging.getLogger(__name__)
_PRIVATE = (
    "data/validated", "data/quarantine", "data/data_docs", "data/gx_results", "data/nightly",
    "data/state", "data/outbox.db", "features", "models", "exports", "ledger", "mlflow.db", "mlruns", ".dvc",
)  # fmt: skip
"""Files with data of customers, orders and models. Raw files are left to those who deliver them."""


def keep_private() -> None:
    """Deny other accounts access to new files, and to existing data files of the project in the working folder.

    The umask becomes 077 unless it already denies access to others (027 also lets the group read).
    """
    umask = os.umask(0o077)
    if umask & 0o007 == 0o007:
        os.umask(umask)
    if Path("params.yaml").is_file() and Path("sources").is_dir():
        for name in _PRIVATE:
            restrict_access(Path(name))


def share_processors() -> None:
    """Let threads that wait for each other soon sleep, unless ``GOMP_SPINCOUNT`` is set.

    GNU's OpenMP tests 300,000 times whether the others are done before a thread sleeps. LightGBM's threads wait for
    each other thousands of times a second: beside other processes they took several times as long. Without any such
    test (``OMP_WAIT_POLICY=passive``) they take three times as long when nothing else runs. The variable is read when
    LightGBM is imported, later than this.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def start_logging(*, as_json: bool = False) -> None:
    """Log to stderr, one record a line: as text, or as JSON objects, errors included."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_JsonLines() if as_json else _TextLines("%(asctime)s %(levelname)s %(message)s"))


class _TextLines(logging.Formatter):
    """One line per record, also where its text has line breaks; tracebacks have more. Masks credentials in URLs."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - named by the base class
        return printable(super().formatMessage(record), layout="\t")

    def format(self, record: logging.LogRecord) -> str:
        return mask_credentials(super().format(record))


class _JsonLines(logging.Formatter):
    """One JSON object per line, as log collectors read it. Masks credentials in URLs."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": printable(record.getMessage()),
        }
        if record.exc_info:
            fields["trace"] = printable(self.formatException(record.exc_info))
        return json.dumps({name: mask_credentials(text) for name, text in fields.items()}, ensure_ascii=False)


def reporting_errors(action: Callable[[], None]) -> int:
    """Run an action and return its exit code: 0, or that of a user's error, which is printed as one line on stderr.

    SIGTERM and SIGINT end the action with one line and exit codes 143 and 130, after its temporary files are removed.

    With ``RETURNS_RISK_DEBUG`` set the traceback is logged too. A defect raises Python's own traceback; where the log
    is JSON, it is logged as one object instead, and the exit code is 1.
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
    """Print an error and return its exit code; None for a defect whose traceback Python prints.

    A separate function, since a second name for the error would keep it and its frames until the interpreter ends, and
    DuckDB then lists its open objects on stderr.
    """
    known = find_cause(error) or error
    if isinstance(known, ReturnsRiskError | Stopped):
        if os.environ.get("RETURNS_RISK_DEBUG"):
            _logger.error("where it came from", exc_info=error)
        _print_error(printable(" ".join(str(known).split())))
        return known.exit_code
    if not _logs_json():
        return None
    _logger.error("a defect: %s", type(error).__name__, exc_info=error)
    return 1


def find_cause(error: BaseException) -> ReturnsRiskError | Stopped | None:
    """Return the cause that an error hides: a signal or a lack of memory; None if there is no such cause."""
    if Stopped.pending is not None:
        # DuckDB, for one, replaces the exception of a signal handler by a RuntimeError.
        return Stopped.pending
    cause: BaseException | None = error
    while cause is not None:
        # NumPy and Arrow raise MemoryErrors; LightGBM repeats the message of C++.
        if isinstance(cause, MemoryError) or getattr(cause, "errno", 0) == errno.ENOMEM or "bad_alloc" in str(cause):
            return ResourceError(
                "memory: there is not enough for this work; the previous content is unchanged. Give the process more "
                "(the machine, the container's or service's limit), or end other processes, and run again."
            )
        cause = cause.__cause__
    return None


@contextmanager
def _stoppable() -> Iterator[None]:
    """Raise ``Stopped`` on the first SIGTERM or SIGINT in the block; a second one ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        for handled in _SIGNALS:
            signal.signal(handled, signal.SIG_DFL)
        Stopped.pending = Stopped(signal.Signals(number).name, 128 + number)
        raise Stopped.pending

    previous = {}
    Stopped.pending = None
    if threading.current_thread() is threading.main_thread():
        # Signals that the process was started to ignore (nohup, a shell's background job) stay ignored.
        active = [number for number in _SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]
        previous = {number: signal.signal(number, stop) for number in active}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _print_error(error: str) -> None:
    if _logs_json():
        _logger.error(error)
    else:
        sys.stderr.write(f"error: {error}\n")


def _logs_json() -> bool:
    return any(isinstance(handler.formatter, _JsonLines) for handler in logging.getLogger().handlers)
