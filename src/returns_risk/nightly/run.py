"""A night as one transaction: lock, run, record in the ledger, publish."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from returns_risk.config.policy import load_policy
from returns_risk.errors import ParamsError
from returns_risk.ledger import Entry, recorded_policy
from returns_risk.monitoring import require_key, require_ledger
from returns_risk.nightly.digest import Digest, digest_of_run
from returns_risk.nightly.extract import confirm_row_counts, read_validated_extract
from returns_risk.nightly.models import fetch_models
from returns_risk.nightly.night import Night, night_lock
from returns_risk.nightly.publish import (
    is_published,
    is_staged,
    publish,
    remove_leftovers,
    require_own_export,
    settle_last_run,
)
from returns_risk.nightly.record import record_run
from returns_risk.nightly.score import stage_run

__all__ = ["run_night"]

_logger = logging.getLogger(__name__)


def run_night(night: Night) -> Digest:
    """Score the night's candidates, record the decisions in the ledger, and publish the export.

    A night is one transaction. Killed before the ledger has its run, it leaves nothing and is run from the beginning;
    killed later, the next call publishes what the ledger has recorded. A night that is in the ledger is not decided
    again unless ``rerun`` is set; its export is restored where it is missing or damaged.

    Raises
    ------
    BusyError
        Another process runs a night of this source, in this folder or with this ledger.
    LedgerError
        The ledger cannot be reached, was changed, or is another than before.
    ParamsError
        The as-of is before the latest night and ``backfill`` is not set; or the pseudonym key has changed.
    ExportError
        The published export is damaged and cannot be made again as it was, or is of another source.
    ReturnsRiskError
        A step failed. The former export is unchanged.
    """
    with night_lock(night.ledger, night.source):
        _check(night)
        recorded = _recorded_run(night)
        if recorded is not None and not night.rerun:
            return _restore(night, recorded)
        seconds: dict[str, float] = {}
        policy = load_policy()
        models = fetch_models(night, night.model)
        with _timed(seconds, "extract"):
            extract = read_validated_extract(night, policy)
        with _timed(seconds, "score"):
            run = stage_run(night, policy, models, extract, _locked_decisions(night))
        with _timed(seconds, "record"):
            entry = record_run(night, policy, models, run)
        with _timed(seconds, "publish"):
            publish(night, entry)
            confirm_row_counts(night)
        return digest_of_run(entry, "done", str(night.export), seconds)


def _check(night: Night) -> None:
    """Check ledger and key, and finish what a killed run left behind."""
    params = night.params
    require_own_export(night)
    remove_leftovers(night.source, params.nightly.keep_nights)
    require_ledger(night.ledger, night.source, params.as_of, params.featurize.open_days)
    if not night.new_key:
        require_key(night.ledger, night.source)
    settle_last_run(night)


def _recorded_run(night: Night) -> Entry | None:
    """Return the run of this night that is in the ledger; refuse a night before the latest."""
    if night.backfill:
        runs = [run for run in night.ledger.entries("run", night.source) if run.content["backfill"]]
    else:
        runs = night.ledger.nights(night.source)
        latest = max((run.as_of for run in runs), default="")
        if night.as_of < latest:
            raise ParamsError(
                f"--as-of {night.as_of}: the latest night of {night.source} is {latest}. Earlier nights can only be "
                "computed for the record: add --backfill and the --model of that time; nothing is delivered then. If "
                "the latest night is wrong, withdraw it: returns-risk nightly withdraw."
            )
    return next((run for run in reversed(runs) if run.as_of == night.as_of), None)


def _restore(night: Night, run: Entry) -> Digest:
    """Leave a recorded night as it is; publish its export where that is missing or damaged.

    If needed, it is staged anew with the model and the policy of the run, also after a promotion or a changed policy.
    """
    if is_published(night, run):
        _logger.info("%s %s is in the ledger, its export is unchanged", night.source, run.as_of)
        return digest_of_run(run, "already done", str(night.export), {})
    if not is_staged(night, run):
        policy = recorded_policy(run)
        models = fetch_models(night, str(run.content["model"]["version"]))
        locked = [line for line in _locked_decisions(night) if line["run"] < run.number]
        stage_run(night, policy, models, read_validated_extract(night, policy), locked, before=run.number)
    publish(night, run)
    confirm_row_counts(night)
    _logger.warning("%s: was missing or changed, and has been restored", night.export)
    return digest_of_run(run, "already done", str(night.export), {})


def _locked_decisions(night: Night) -> list[dict[str, Any]]:
    """Return the lines that published runs of this night have decided, as they were first decided."""
    return [] if night.backfill else night.ledger.planned_lines(night.source, night.as_of, since=night.as_of)


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Add the seconds of a step, and log them."""
    began = time.perf_counter()
    yield
    seconds[step] = round(time.perf_counter() - began, 2)
    _logger.info("%s: %.1f s", step, seconds[step])
