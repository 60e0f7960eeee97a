"""Promotion, refusal and rollback: first what was decided goes into the ledger, then the aliases move.

At every moment there is a champion, if there was one: aliases are pointed elsewhere one by one, and the champion's is
never taken away. A process that dies in between leaves a decision whose row ``done`` is missing; the next promotion or
rollback carries it out, step by step as it stands in the ledger, before anything else. Each step may be taken twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from returns_risk.config.params import Params
from returns_risk.errors import BundleError, GateError, RegistryError, SourceError
from returns_risk.io.files import locked
from returns_risk.ledger import Entry, Ledger
from returns_risk.registry.comparison import Comparison, Contender, compare, fetch_contender
from returns_risk.registry.store import model_name
from returns_risk.registry.versions import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    PROMOTION_TAG,
    aliases_of,
    list_versions,
    remove_alias,
    set_alias,
    tag_version,
)

__all__ = ["Outcome", "promote", "promotions_of", "roll_back", "verify"]

_LOCK = Path("models/promotions.lock")
_KIND = "promotion"


@dataclass(frozen=True)
class Outcome:
    """What a promotion or a rollback has come to."""

    action: Literal["promote", "refuse", "rollback"]
    version: int
    """The champion from now on; of a refusal, the challenger."""
    reasons: tuple[str, ...]
    comparison: Comparison | None
    """None for a rollback, for models that could not be compared, and for what an earlier process had decided."""
    resumed: bool = False
    """An earlier process had decided this and did not come to the end; nothing else was done."""

    @property
    def after_refusal(self) -> str:
        """Who scores after a refusal, in words."""
        first = self.comparison is not None and self.comparison.evidence["champion"] is None
        return "there is no champion" if first else "the champion stays"


def promote(
    params: Params, ledger: Ledger, at: str, which: str = CHALLENGER, *, force: bool = False, reason: str = ""
) -> Outcome:
    """Put a version before the gate and, if it passes, make it champion and the champion ``previous``.

    Parameters
    ----------
    at : time of the decision, ISO 8601 in UTC
    which : alias or number
    force : promote whatever the gate says; ``reason`` then goes into the ledger, beside what the gate said

    Raises
    ------
    RegistryError
        There is no such version, it is champion already, another process is at it, or the registry is not the one whose
        champion the ledger knows, and ``force`` is not given.
    BusyError
        A process in another folder is at it, with the same ledger.
    LedgerError
        The ledger was changed, or cannot be reached.
    GateError
        The models cannot be compared, and ``force`` is not given. A refusal is an outcome, not an error.
    """
    source = params.source.name
    with _alone(ledger, source):
        if (resumed := _resume(ledger, source, at, "promote")) is not None:
            return resumed
        if not force:
            _require_same_registry(ledger, source)
        before = aliases_of(source)
        entries = ledger.entries(_KIND, source)
        challenger = fetch_contender(source, which, entries)
        number, former = challenger.version.number, before.get(CHAMPION)
        if number == former:
            raise RegistryError(f"{model_name(source)}: version {number} is the champion already. Train another first.")
        comparison, obstacle = _compare(source, former, challenger, params, entries, force=force)
        refused = comparison is not None and comparison.verdict.decision == "refuse"
        reasons = comparison.verdict.reasons if comparison else (f"not compared: {obstacle}",)
        decided = _decided(source, challenger, before) | {
            "forced": force,
            "reason": reason,
            "evidence": comparison.evidence if comparison else {"not_compared": obstacle},
        }
        if refused and not force:
            ledger.append(_KIND, source, at, decided | {"action": "refuse"})
            return Outcome("refuse", number, reasons, comparison)
        steps = [[PREVIOUS, former]] if former is not None else []
        decided |= {"action": "promote", "steps": [*steps, [CHAMPION, number]]}
        _carry_out(ledger, ledger.append(_KIND, source, at, decided), at)
        return Outcome("promote", number, reasons, comparison)


def roll_back(params: Params, ledger: Ledger, at: str, reason: str) -> Outcome:
    """Make the previous model champion again, and the champion ``previous``.

    The previous model is fetched and read first: one whose files are gone is refused while the champion still stands.

    Raises
    ------
    RegistryError
        There is no previous model, its files are not the registered ones, or another process is at it.
    LedgerError
        The ledger was changed, or cannot be reached.
    BundleError
        The previous model's bundle is of another format.
    """
    source = params.source.name
    with _alone(ledger, source):
        if (resumed := _resume(ledger, source, at, "rollback")) is not None:
            return resumed
        before = aliases_of(source)
        if PREVIOUS not in before or before.get(CHAMPION) in (None, before[PREVIOUS]):
            raise RegistryError(
                f"{model_name(source)}: there is no previous model to go back to; the aliases are {before}. "
                "Promote a version with returns-risk models promote --version."
            )
        former = fetch_contender(source, PREVIOUS, ledger.entries(_KIND, source))
        steps = [[CHAMPION, former.version.number], [PREVIOUS, before[CHAMPION]]]
        decided = _decided(source, former, before) | {"action": "rollback", "reason": reason, "steps": steps}
        _carry_out(ledger, ledger.append(_KIND, source, at, decided), at)
        return Outcome("rollback", former.version.number, (reason,), None)


def promotions_of(ledger: Ledger, source: str) -> list[Entry]:
    """Return what was decided about the models of a source, the oldest first, once the chain is found whole.

    Raises
    ------
    LedgerError
        An entry of the ledger is not what was written, or the ledger cannot be reached.
    """
    ledger.verify(lines_since=None)
    return ledger.entries(_KIND, source)


def verify(params: Params, ledger: Ledger) -> list[str]:
    """Hold the ledger against itself and against the registry.

    Returns
    -------
    What does not fit, in words; empty if all does.

    Raises
    ------
    LedgerError
        An entry of the ledger is not what was written, or the ledger cannot be reached.
    """
    source = params.source.name
    entries = promotions_of(ledger, source)
    hashes = {entry.hash for entry in entries}
    findings = [
        f"version {one.number} became champion by entry {one.promotion[:12]}, which is not in the ledger"
        for one in list_versions(source)
        if one.promotion and one.promotion not in hashes
    ]
    decided = [entry for entry in entries if "steps" in entry.content]
    if decided and _unfinished(entries) is not None:
        findings.append(f"entry {decided[-1].number} was decided and not carried out; promote or roll back once more")
    elif decided:
        champion, found = dict(decided[-1].content["steps"])[CHAMPION], aliases_of(source).get(CHAMPION)
        if champion != found:
            findings.append(f"entry {decided[-1].number} made version {champion} champion, the alias is on {found}")
    return findings


def _require_same_registry(ledger: Ledger, source: str) -> None:
    """Refuse a registry that lacks the champion of the ledger: it was begun anew, and its numbers mean other models."""
    decided = [entry for entry in ledger.entries(_KIND, source) if "steps" in entry.content]
    if not decided:
        return
    last = decided[-1].content
    if not any((one.number, one.bundle) == (last["version"], last["bundle"]) for one in list_versions(source)):
        raise RegistryError(
            f"{model_name(source)}: the ledger says that version {last['version']} with bundle {last['bundle']} is "
            "champion, and the registry has no such version. Restore MLflow's database from a backup; if it was begun "
            "anew on purpose, promote with --force --reason."
        )


def _compare(
    source: str, champion: int | None, challenger: Contender, params: Params, entries: list[Entry], *, force: bool
) -> tuple[Comparison | None, str]:
    """Return the comparison, or what stood in its way if that is forgiven."""
    try:
        former = None if champion is None else fetch_contender(source, str(champion), entries)
        return compare(former, challenger, params), ""
    except (BundleError, GateError, RegistryError, SourceError) as error:
        if not force:
            raise
        return None, str(error)


def _decided(source: str, chosen: Contender, before: dict[str, int]) -> dict[str, Any]:
    return {
        "model": model_name(source),
        "version": chosen.version.number,
        "bundle": chosen.version.bundle,
        "reason_bundle": chosen.version.reason,
        "before": before,
    }


def _carry_out(ledger: Ledger, entry: Entry, at: str) -> None:
    """Take the steps of a decision, and note that they were taken."""
    source, champion = entry.source, dict(entry.content["steps"])[CHAMPION]
    tag_version(source, champion, PROMOTION_TAG, entry.hash)
    for alias, number in entry.content["steps"]:
        set_alias(source, alias, number)
    if entry.content["action"] == "promote":
        remove_alias(source, CHALLENGER, champion)
    ledger.append(_KIND, source, at, {"action": "done", "model": model_name(source), "of": entry.number})


def _resume(ledger: Ledger, source: str, at: str, action: str) -> Outcome | None:
    """Carry out what an earlier process had decided; return it if it is what was asked for now."""
    entry = _unfinished(promotions_of(ledger, source))
    if entry is None:
        return None
    _carry_out(ledger, entry, at)
    decided = entry.content
    if decided["action"] != action:
        return None
    return Outcome(decided["action"], decided["version"], (f"decided in entry {entry.number}",), None, resumed=True)


def _unfinished(entries: list[Entry]) -> Entry | None:
    done = {entry.content["of"] for entry in entries if entry.content["action"] == "done"}
    return next((entry for entry in entries if "steps" in entry.content and entry.number not in done), None)


@contextmanager
def _alone(ledger: Ledger, source: str) -> Iterator[None]:
    try:
        with locked(_LOCK), ledger.lock(f"promotions of {source}"):
            yield
    except BlockingIOError as error:
        who = error.filename2 or "another process"
        raise RegistryError(f"{_LOCK}: {who} is promoting or rolling back. Run again when it has ended.") from error
