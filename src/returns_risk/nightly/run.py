"""A night from its extract to the ledger: one at a time, resumed where it was broken off, done once."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from returns_risk.config.params import Params
from returns_risk.config.policy import Policy, load_policy
from returns_risk.contract.pseudonyms import ensure_key, key_id
from returns_risk.errors import BusyError, ExportError, ParamsError
from returns_risk.export.folders import export_folder
from returns_risk.io.files import locked
from returns_risk.ledger import Entry, Ledger
from returns_risk.nightly.digest import Digest, digest_of_run
from returns_risk.nightly.ledger_rows import describe_params, policy_of
from returns_risk.nightly.models import Models, fetch_models
from returns_risk.nightly.preflight import require_key, require_ledger
from returns_risk.nightly.steps import (
    RunContext,
    export,
    ingest,
    make_features,
    planned_tonight,
    put_in_place,
    record,
    score,
)
from returns_risk.nightly.workspace import NIGHTS, Workspace, fingerprint_raw, is_intact, remove_leftovers, was_placed

__all__ = ["Night", "alone", "run_night"]

_logger = logging.getLogger(__name__)
_STEPS: dict[str, Callable[[RunContext], tuple[list[Path], dict[str, Any]]]] = {
    "ingest": ingest,
    "features": make_features,
    "decide": score,
    "export": export,
}


@dataclass(frozen=True)
class Night:
    """What is asked of a nightly run."""

    params: Params
    """With the as-of of the night."""
    model: str
    """Alias or number of a registered version."""
    ledger: Ledger
    at: str
    """When it begins, ISO 8601 in UTC."""
    again: bool = False
    """Do a finished night once more, with what is there by now; what was decided on stays decided."""
    backfill: bool = False
    """A night of the past, as it would have been: exported apart, and nothing is sent."""
    new_key: bool = False
    """The key was changed on purpose since the last night."""
    few_candidates: bool = False
    """Far fewer candidates than on recent nights are right."""

    @property
    def source(self) -> str:
        """Name of the source."""
        return self.params.source.name

    @property
    def as_of(self) -> str:
        """The night, as the ledger names it."""
        return self.params.as_of.isoformat()

    @property
    def export(self) -> Path:
        """Where the export goes."""
        return export_folder(self.params.as_of, "backfill" if self.backfill else "")

    @property
    def folder(self) -> Path:
        """Of the working data."""
        return Workspace(self.source, self.params.as_of, {}, backfill=self.backfill).folder


def run_night(night: Night) -> Digest:
    """Ingest, validate, compute features, score, decide, write the export aside, the ledger, and put it in place.

    Each step is noted when it is done: a run that was killed goes on after the last one, as long as extract,
    parameters, policy and models are the same. A night that is in the ledger is not done again; its export is put
    back where it is missing or damaged. The ledger is written before anybody can act on the export, so that a night
    killed in between is never decided on twice.

    Raises
    ------
    BusyError
        Another run of this source is at it, in this folder or with this ledger.
    LedgerError
        The ledger cannot be reached, is another than before, or a row of it is not what was written.
    ParamsError
        The as-of is before the latest night, and ``backfill`` is not asked for; or the key is another than before.
    ExportError
        The export is damaged and cannot be made again as it was.
    ReturnsRiskError
        A step failed: see the steps. What was exported before is as it was.
    """
    with alone(night.ledger, night.source):
        remove_leftovers(night.source, night.params.nightly.keep_nights)
        require_ledger(night.ledger, night.source, night.params.as_of, night.params.featurize.open_days)
        if not night.new_key:
            require_key(night.ledger, night.source)
        _note_export(night)
        former = _former(night)
        if former is None or night.again:
            return _decide_on_night(night)
        return _keep_night(night, former)


def _decide_on_night(night: Night) -> Digest:
    tools, space = _prepare(night, night.model, load_policy(), planned_tonight(night.ledger, night.source, night.as_of))
    told, seconds = _take_steps(tools, space)
    began = time.perf_counter()
    entry, _ = record(tools, told)
    put_in_place(tools, entry)
    seconds["ledger"] = round(time.perf_counter() - began, 2)
    return digest_of_run(entry, "done", str(night.export), seconds)


def _keep_night(night: Night, former: Entry) -> Digest:
    """Leave a night that is in the ledger as it is; put its export back where that is not what was written."""
    told = former.content["told"]["export"]
    if is_intact(told, night.export):
        _logger.info("%s %s is in the ledger, its export is as it was written", night.source, former.as_of)
        return digest_of_run(former, "already done", str(night.export), {})
    # With the model and the policy of then, whoever is champion and whatever is said by now.
    policy = policy_of(former)
    kept = [one for one in planned_tonight(night.ledger, night.source, night.as_of) if one["run"] < former.number]
    tools, space = _prepare(night, str(former.content["model"]["version"]), policy, kept)
    if not is_intact(told, tools.made):
        _take_steps(tools, space)
    if not is_intact(told, tools.made):
        raise ExportError(
            f"{night.export}: is not what was written, and can not be made again as it was: extract, parameters or "
            "program have changed since. Restore it from a backup, or decide on the night anew: --again."
        )
    put_in_place(tools, former)
    _logger.warning("%s: was not what was written and has been put back", night.export)
    return digest_of_run(former, "already done", str(night.export), {})


def _prepare(night: Night, model: str, policy: Policy, kept: list[dict[str, Any]]) -> tuple[RunContext, Workspace]:
    decided = night.ledger.entries("promotion", night.source)
    models = fetch_models(night.source, model, night.params.as_of, night.folder, decided, backfill=night.backfill)
    space = Workspace(night.source, night.params.as_of, _made_from(night, policy, models), backfill=night.backfill)
    former = [] if night.backfill else kept
    tools = RunContext(
        night.params,
        policy,
        models,
        night.ledger,
        night.folder,
        night.export,
        night.at,
        night.backfill,
        former,
        night.few_candidates,
    )
    return tools, space


def _take_steps(tools: RunContext, space: Workspace) -> tuple[dict[str, Any], dict[str, float]]:
    """Take the steps that are not done yet; return what each tells, and the seconds of those taken."""
    told, seconds, new = {}, {}, False
    for name, step in _STEPS.items():
        done = None if new else space.done(name)
        if done is not None:
            _logger.info("%s: done by an earlier attempt", name)
            told[name] = done
            continue
        new, began = True, time.perf_counter()
        files, told[name] = step(tools)
        space.note(name, files, told[name])
        seconds[name] = round(time.perf_counter() - began, 2)
        _logger.info("%s: %.1f s", name, seconds[name])
    return told, seconds


def _note_export(night: Night) -> None:
    """Note the latest night's export where a killed run has put it in place and could not say so any more.

    Its manifest tells that it was there, whatever people have done with the other files since. One that never got
    there was told to nobody: what it planned counts as not planned.
    """
    runs = night.ledger.nights(night.source)
    if not runs or night.ledger.is_exported(runs[-1]):
        return
    if was_placed(runs[-1].content["told"]["export"], export_folder(runs[-1].as_of)):
        night.ledger.append_export(runs[-1], night.at)
    elif runs[-1].as_of != night.as_of:
        _logger.warning("the export of %s never got to its place: its lines are decided on anew", runs[-1].as_of)


def _former(night: Night) -> Entry | None:
    """Return the run of this night that is in the ledger; refuse a night before the latest."""
    backfills = [one for one in night.ledger.entries("run", night.source) if one.content["backfill"]]
    own = backfills if night.backfill else night.ledger.nights(night.source)
    latest = max((one.as_of for one in own), default="")
    if not night.backfill and night.as_of < latest:
        raise ParamsError(
            f"--as-of {night.as_of}: the latest night of {night.source} is {latest}. Nights before it are only done "
            "for the record: add --backfill and the --model of that time; nothing is sent then. If the latest "
            "is wrong, withdraw it: returns-risk nightly withdraw."
        )
    return next((one for one in reversed(own) if one.as_of == night.as_of), None)


def _made_from(night: Night, policy: Policy, models: Models) -> dict[str, Any]:
    return {
        "source": fingerprint_raw(night.params.source),
        "params": describe_params(night.params),
        "policy": policy.sha256,
        "model": models.version.bundle,
        "reason_model": models.version.reason or None,
        "key_id": key_id(ensure_key()),
        # What was planned on a night counts no more once it is withdrawn.
        "withdrawn": sorted(night.ledger.withdrawals(night.source)),
    }


@contextmanager
def alone(ledger: Ledger, source: str) -> Iterator[None]:
    """Hold the locks of a source's nights: in this folder, and in the ledger.

    Raises
    ------
    BusyError
        Another process holds one of them.
    """
    try:
        # The folder's lock guards the working data; the ledger's lock other folders and hosts that use the ledger.
        with locked(NIGHTS / source / "lock"), ledger.alone(f"nightly run of {source}"):
            yield
    except BlockingIOError as error:
        who = error.filename2 or "another process"
        raise BusyError(f"nightly: {who} is at the night of {source}; it goes on, nothing was done here.") from error
