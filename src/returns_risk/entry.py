"""How a stage or a command starts and ends: logging, one line for an error, an exit code."""

import json
import logging
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from returns_risk.errors import BusyError, ReturnsRiskError
from returns_risk.files import close_to_others, locked

if TYPE_CHECKING:
    from returns_risk.params import Params

__all__ = ["keep_private", "reporting_errors", "run_stage", "start_logging"]

_logger = logging.getLogger(__name__)
_LOCK = Path("data/state/chain.lock")
_PRIVATE = (
    "data/validated", "data/quarantine", "data/data_docs", "data/nightly", "data/state", "data/history",
    "data/outbox.db", "data/tonight.parquet", "features", "models", "exports", "ledger", "mlflow.db", "mlruns", ".dvc",
)  # fmt: skip
"""What a project holds of customers, orders and models; raw files belong to those who deliver them."""


def run_stage(stage: Callable[["Params"], None]) -> None:
    """Run a stage with ``params.yaml`` of the working folder; a user's error ends the process with its exit code.

    One stage at a time: when DVC is killed its stage goes on, and another must neither write beside it nor read what it
    is about to replace.
    """
    start_logging()
    keep_private()
    sys.exit(reporting_errors(lambda: _run_alone(stage)))


def _run_alone(stage: Callable[["Params"], None]) -> None:
    from returns_risk.params import load_params

    params = load_params()
    with ExitStack() as held:
        try:
            held.enter_context(locked(_LOCK))
        except BlockingIOError as error:
            raise BusyError(
                f"{_LOCK}: {error.filename2 or 'another process'} is still running a stage of this chain, maybe one "
                "whose dvc was killed. Nothing was changed. Wait until it has ended, or end it, and run again."
            ) from error
        stage(params)


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
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    if as_json:
        for handler in logging.getLogger().handlers:
            handler.setFormatter(_JsonLines())


class _JsonLines(logging.Formatter):
    """One JSON object a line, as log collectors read it."""

    def format(self, record: logging.LogRecord) -> str:
        told = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        trace = {"trace": self.formatException(record.exc_info)} if record.exc_info else {}
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
