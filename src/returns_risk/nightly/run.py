"""A night from its extract to the ledger: one at a time, resumed where it was broken off, done once."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from returns_risk.classifier import bundle_version
from returns_risk.errors import BusyError, ParamsError
from returns_risk.files import locked
from returns_risk.ledger import Entry, Ledger
from returns_risk.nightly.digest import Digest, digest_of_run
from returns_risk.nightly.models import Models, fetch_models
from returns_risk.nightly.steps import Tools, decide, export, ingest, make_features, put_in_place, record, score
from returns_risk.nightly.workspace import NIGHTS, Workspace, fingerprint_raw, hash_export, remove_leftovers
from returns_risk.params import Params
from returns_risk.policy import Policy, load_policy
from returns_risk.scoring import EXPORTS, export_folder

__all__ = ["Night", "run_night"]

_logger = logging.getLogger(__name__)
_STEPS: dict[str, Callable[[Tools], tuple[list[Path], dict[str, Any]]]] = {
    "ingest": ingest,
    "features": make_features,
    "score": score,
    "decide": decide,
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
    """Do a finished night once more, with what is there by now; nobody is told twice."""
    backfill: bool = False
    """A night of the past, as it would have been: exported apart, and nothing is sent."""

    @property
    def export(self) -> Path:
        """Where the export goes."""
        of = self.params.as_of
        return EXPORTS / "backfill" / f"as_of={of}" if self.backfill else export_folder(of)

    @property
    def folder(self) -> Path:
        """Of the working data."""
        return Workspace(self.params.source.name, self.params.as_of, {}, backfill=self.backfill).folder


def run_night(night: Night) -> Digest:
    """Ingest, validate, compute features, score, decide, write the export aside, the ledger, and put it in place.

    Each step is noted when it is done: a run that was killed goes on after the last one, as long as extract,
    parameters, policy and models are the same. A night that is in the ledger is not done again; its export is put
    back where it is missing or damaged. The ledger is written before anybody can act on the export, so that a night
    killed in between is never decided on twice.

    Raises
    ------
    BusyError
        Another run of this source is at it.
    LedgerError
        The ledger cannot be reached, or an entry of it is not what was written.
    ParamsError
        The as-of is before the latest night, and ``backfill`` is not asked for.
    ReturnsRiskError
        A step failed: see the steps. What was exported before is as it was.
    """
    source, as_of = night.params.source.name, night.params.as_of
    with _alone(source):
        remove_leftovers(source, night.params.nightly.keep_nights)
        # Of the lines, which are many, `ledger verify` makes sure.
        night.ledger.verify(lines=False)
        _note_export(night)
        former = _former(night)
        if former is not None and not night.again and _intact(former.content["told"]["export"], night.export):
            _logger.info("%s %s is in the ledger, its export is as it was written", source, as_of)
            return digest_of_run(former, "already done", str(night.export), {})
        policy = load_policy()
        # An export that has to be put back is that of its own model, whoever is champion by now.
        which = night.model if former is None or night.again else str(former.content["model"]["version"])
        models = fetch_models(source, which, as_of, night.folder, backfill=night.backfill)
        made_from = _made_from(night, policy, models)
        space = Workspace(source, as_of, made_from, backfill=night.backfill)
        if night.again:
            space.forget()
        tools = Tools(night.params, policy, models, night.ledger, night.folder, night.export, night.at, night.backfill)
        return _take_steps(tools, space)


def _take_steps(tools: Tools, space: Workspace) -> Digest:
    told, seconds, new = {}, {}, False
    for name, step in _STEPS.items():
        kept = None if new else space.done(name)
        if kept is not None:
            _logger.info("%s: done by an earlier attempt", name)
            told[name] = kept
            continue
        new, began = True, time.perf_counter()
        files, told[name] = step(tools)
        space.note(name, files, told[name])
        seconds[name] = round(time.perf_counter() - began, 2)
        _logger.info("%s: %.1f s", name, seconds[name])
    began = time.perf_counter()
    entry, _ = record(tools, told)
    put_in_place(tools, entry)
    seconds["ledger"] = round(time.perf_counter() - began, 2)
    return digest_of_run(entry, "done", str(tools.export), seconds)


def _note_export(night: Night) -> None:
    """Note the latest night's export where a killed run has put it in place and could not say so any more.

    One that never got there was told to nobody: what it planned counts as not planned.
    """
    runs = [one for one in night.ledger.entries("run", night.params.source.name) if not one.content["backfill"]]
    if not runs or night.ledger.is_exported(runs[-1]):
        return
    if _intact(runs[-1].content["told"]["export"], export_folder(runs[-1].as_of)):
        night.ledger.append_export(runs[-1], night.at)
    elif runs[-1].as_of != night.params.as_of.isoformat():
        _logger.warning("the export of %s never got to its place: its lines are decided on anew", runs[-1].as_of)


def _former(night: Night) -> Entry | None:
    """Return the run of this night that is in the ledger; refuse a night before the latest."""
    source, as_of = night.params.source.name, night.params.as_of.isoformat()
    own = [one for one in night.ledger.entries("run", source) if one.content["backfill"] == night.backfill]
    latest = max((one.as_of for one in own), default="")
    if not night.backfill and as_of < latest:
        raise ParamsError(
            f"--as-of {as_of}: the latest night of {source} is {latest}. Nights before it are only done for the "
            "record: add --backfill and the --model of that time; nothing is sent then."
        )
    return next((one for one in reversed(own) if one.as_of == as_of), None)


def _intact(told: dict[str, Any], export: Path) -> bool:
    """Say whether an export is, to the byte, what was told of it when it was written."""
    return bool(hash_export(export) == told["files"])


def _made_from(night: Night, policy: Policy, models: Models) -> dict[str, Any]:
    return {
        "source": fingerprint_raw(night.params.source),
        "params": night.params.model_dump(mode="json", by_alias=True, exclude={"nightly"}),
        "policy": policy.sha256,
        "model": models.version.bundle,
        "reason_model": bundle_version(models.reason_bundle) if models.reason is not None else None,
    }


@contextmanager
def _alone(source: str) -> Iterator[None]:
    try:
        with locked(NIGHTS / source / "lock"):
            yield
    except BlockingIOError as error:
        who = error.filename2 or "another process"
        raise BusyError(f"nightly: {who} is at the night of {source}; it goes on, nothing was done here.") from error
