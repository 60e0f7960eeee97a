"""Promotion, refusal and rollback of models: the decision is written to the ledger first, then the aliases move.

There is a champion at every moment: aliases move one at a time, and the champion's is never removed. A process that is
killed in between leaves a decision without the entry ``done``. The next promotion or rollback repeats the steps of that
decision, all of which can be repeated, before it does anything else.
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
from returns_risk.registry.aliases import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    aliases_of,
    remove_alias,
    set_alias,
    tag_version,
)
from returns_risk.registry.comparison import Comparison, Contender, compare, fetch_contender
from returns_risk.registry.decisions import KIND, decisions_of, require_same_registry, unfinished_decision
from returns_risk.registry.store import model_name
from returns_risk.registry.versions import PROMOTION_TAG

__all__ = ["Outcome", "promote", "roll_back"]

_LOCK = Path("models/promotions.lock")


@dataclass(frozen=True)
class Outcome:
    """The result of a promotion or a rollback."""

    action: Literal["promote", "refuse", "rollback"]
    version: int
    """The new champion; of a refusal, the challenger."""
    reasons: tuple[str, ...]
    comparison: Comparison | None
    """None for a rollback, for models that cannot be compared, and for a decision of an earlier process."""
    resumed: bool = False
    """Whether only the decision of an earlier, interrupted process was completed."""

    @property
    def after_refusal(self) -> str:
        """Which model scores after a refusal."""
        first = self.comparison is not None and self.comparison.evidence["champion"] is None
        return "there is no champion" if first else "the champion stays"


def promote(
    params: Params, ledger: Ledger, at: str, which: str = CHALLENGER, *, force: bool = False, reason: str = ""
) -> Outcome:
    """Compare a version with the champion; if it passes the gate, make it champion and the champion ``previous``.

    Parameters
    ----------
    at : time of the decision, ISO 8601 in UTC
    which : alias or number
    force : promote even if the gate refuses or the models cannot be compared
    reason : goes into the ledger, beside the gate's verdict

    Raises
    ------
    RegistryError
        There is no such version, it is champion already, another process is promoting, or the registry lacks the
        champion of the ledger and ``force`` is not given.
    BusyError
        A process in another folder is promoting, with the same ledger.
    LedgerError
        The ledger was changed, or cannot be reached.
    GateError
        The models cannot be compared, and ``force`` is not given. A refusal is an outcome, not an error.
    """
    source = params.source.name
    with _locked(ledger, source):
        if (resumed := _resume(ledger, source, at, "promote")) is not None:
            return resumed
        if not force:
            require_same_registry(ledger, source)
        before, entries = aliases_of(source), ledger.entries(KIND, source)
        challenger, champion = fetch_contender(source, which, entries), before.get(CHAMPION)
        number = challenger.version.number
        if number == champion:
            raise RegistryError(f"{model_name(source)}: version {number} is the champion already. Train another first.")
        comparison, obstacle = _compare(source, champion, challenger, params, entries, force=force)
        evidence = comparison.evidence if comparison else {"not_compared": obstacle}
        content = _content(source, challenger, before) | {"forced": force, "reason": reason, "evidence": evidence}
        reasons = comparison.verdict.reasons if comparison else (f"not compared: {obstacle}",)
        if comparison is not None and comparison.verdict.decision == "refuse" and not force:
            ledger.append(KIND, source, at, content | {"action": "refuse"})
            return Outcome("refuse", number, reasons, comparison)
        steps = [[PREVIOUS, champion]] if champion is not None else []
        content |= {"action": "promote", "steps": [*steps, [CHAMPION, number]]}
        _complete(ledger, ledger.append(KIND, source, at, content), at)
        return Outcome("promote", number, reasons, comparison)


def roll_back(params: Params, ledger: Ledger, at: str, reason: str) -> Outcome:
    """Make the previous model champion, and the champion ``previous``.

    The previous model is fetched and loaded first, so that one with missing files is refused before any alias moves.

    Raises
    ------
    RegistryError
        There is no previous model, its files are not those that were registered, or another process is promoting.
    LedgerError
        The ledger was changed, or cannot be reached.
    BundleError
        The previous model's bundle has another format.
    """
    source = params.source.name
    with _locked(ledger, source):
        if (resumed := _resume(ledger, source, at, "rollback")) is not None:
            return resumed
        before = aliases_of(source)
        if PREVIOUS not in before or before.get(CHAMPION) in (None, before[PREVIOUS]):
            raise RegistryError(
                f"{model_name(source)}: there is no previous model to go back to; the aliases are {before}. "
                "Promote a version with returns-risk models promote --version."
            )
        previous = fetch_contender(source, PREVIOUS, ledger.entries(KIND, source))
        steps = [[CHAMPION, previous.version.number], [PREVIOUS, before[CHAMPION]]]
        content = _content(source, previous, before) | {"action": "rollback", "reason": reason, "steps": steps}
        _complete(ledger, ledger.append(KIND, source, at, content), at)
        return Outcome("rollback", previous.version.number, (reason,), None)


def _compare(
    source: str, champion: int | None, challenger: Contender, params: Params, entries: list[Entry], *, force: bool
) -> tuple[Comparison | None, str]:
    """Return the comparison; with ``force``, None and the reason where the models cannot be compared."""
    try:
        current = None if champion is None else fetch_contender(source, str(champion), entries)
        return compare(current, challenger, params), ""
    except (BundleError, GateError, RegistryError, SourceError) as error:
        if not force:
            raise
        return None, str(error)


def _content(source: str, chosen: Contender, before: dict[str, int]) -> dict[str, Any]:
    return {
        "model": model_name(source),
        "version": chosen.version.number,
        "bundle": chosen.version.bundle,
        "reason_bundle": chosen.version.reason,
        "before": before,
    }


def _complete(ledger: Ledger, decision: Entry, at: str) -> None:
    """Move the aliases as decided, and write to the ledger that it is done."""
    source, champion = decision.source, dict(decision.content["steps"])[CHAMPION]
    tag_version(source, champion, PROMOTION_TAG, decision.hash)
    for alias, number in decision.content["steps"]:
        set_alias(source, alias, number)
    if decision.content["action"] == "promote":
        remove_alias(source, CHALLENGER, champion)
    ledger.append(KIND, source, at, {"action": "done", "model": model_name(source), "of": decision.number})


def _resume(ledger: Ledger, source: str, at: str, action: str) -> Outcome | None:
    """Complete the decision of an interrupted process; return it if it is the requested action."""
    decision = unfinished_decision(decisions_of(ledger, source))
    if decision is None:
        return None
    _complete(ledger, decision, at)
    content = decision.content
    if content["action"] != action:
        return None
    return Outcome(content["action"], content["version"], (f"decided in entry {decision.number}",), None, resumed=True)


@contextmanager
def _locked(ledger: Ledger, source: str) -> Iterator[None]:
    try:
        with locked(_LOCK), ledger.lock(f"promotions of {source}"):
            yield
    except BlockingIOError as error:
        holder = error.filename2 or "another process"
        raise RegistryError(f"{_LOCK}: {holder} is promoting or rolling back. Run again when it has ended.") from error
