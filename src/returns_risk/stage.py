"""Entry point of the stages: parameters, a lock on the chain, one line and an exit code for an error."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from returns_risk.config.params import Params, load_params
from returns_risk.errors import BusyError
from returns_risk.errors.printable import guard_streams
from returns_risk.io.files import locked
from returns_risk.io.logging import keep_private, reporting_errors, share_processors, start_logging

__all__ = ["run_stage"]

_LOCK = Path("data/state/chain.lock")


def run_stage(stage: Callable[[Params], None]) -> None:
    """Run a stage with ``params.yaml`` of the working folder; a user's error ends the process with its exit code.

    Only one stage runs at a time: a stage continues when DVC is killed, and another stage must not read its outputs.
    """
    guard_streams()
    start_logging()
    keep_private()
    share_processors()
    sys.exit(reporting_errors(lambda: _run_locked(stage)))


def _run_locked(stage: Callable[[Params], None]) -> None:
    params = load_params()
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(_LOCK))
        except BlockingIOError as error:
            raise BusyError(
                f"{_LOCK}: {error.filename2 or 'another process'} is still running a stage of this chain, maybe one "
                "whose dvc was killed. Nothing was changed. Wait until it has ended, or end it, and run again."
            ) from error
        stage(params)
