"""Promotion, refusal and rollback: first what was decided goes into the ledger, then the aliases move.

At every moment there is a champion, if there was one: aliases are pointed elsewhere one by one, and the champion's is
never taken away. A process that dies in between leaves a decision whose row ``done`` is missing; the next promotion or
rollback carries it out, step by step as it stands in the ledger, before anything else. Each step may be taken twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from returns_risk.errors import BundleError, GateError, RegistryError, SourceError
from returns_risk.files import locked
from returns_risk.params import Params
from returns_risk.promotions.comparison import Comparison, Contender, compare, fetch_contender
from returns_risk.promotions.ledger import Ledger, Row
from returns_risk.tracking import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    PROMOTION_TAG,
    aliases_of,
    list_versions,
    model_name,
    remove_alias,
    set_alias,
    tag_version,
)

__all__ = ["Outcome", "promote", "roll_back", "verify"]


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
        There is no such version, it is champion already, another process is at it, or the ledger was changed.
    GateError
        The models cannot be compared, and ``force`` is not given. A refusal is an outcome, not an error.
    """
    source = params.source.name
    with _alone(ledger):
        if (resumed := _resume(ledger, source, at, "promote")) is not None:
            return resumed
        before = aliases_of(source)
        challenger = fetch_contender(source, which)
        number, former = challenger.version.number, before.get(CHAMPION)
        if number == former:
            raise RegistryError(f"{model_name(source)}: version {number} is the champion already. Train another first.")
        comparison, obstacle = _compare(source, former, challenger, params, force=force)
        refused = comparison is not None and comparison.verdict.decision == "refuse"
        reasons = comparison.verdict.reasons if comparison else (f"not compared: {obstacle}",)
        entry = _entry(source, at, challenger, before) | {
            "forced": force,
            "reason": reason,
            "evidence": comparison.evidence if comparison else {"not_compared": obstacle},
        }
        if refused and not force:
            ledger.append(entry | {"action": "refuse"})
            return Outcome("refuse", number, reasons, comparison)
        steps = [[PREVIOUS, former]] if former is not None else []
        _carry_out(
            ledger, ledger.append(entry | {"action": "promote", "steps": [*steps, [CHAMPION, number]]}), source, at
        )
        return Outcome("promote", number, reasons, comparison)


def roll_back(params: Params, ledger: Ledger, at: str, reason: str) -> Outcome:
    """Make the previous model champion again, and the champion ``previous``.

    The previous model is fetched and read first: one whose files are gone is refused while the champion still stands.

    Raises
    ------
    RegistryError
        There is no previous model, its files are not the registered ones, another process is at it, or the ledger was
        changed.
    BundleError
        The previous model's bundle is of another format.
    """
    source = params.source.name
    with _alone(ledger):
        if (resumed := _resume(ledger, source, at, "rollback")) is not None:
            return resumed
        before = aliases_of(source)
        if PREVIOUS not in before or before.get(CHAMPION) in (None, before[PREVIOUS]):
            raise RegistryError(
                f"{model_name(source)}: there is no previous model to go back to; the aliases are {before}. "
                "Promote a version with returns-risk models promote --version."
            )
        former = fetch_contender(source, PREVIOUS)
        steps = [[CHAMPION, former.version.number], [PREVIOUS, before[CHAMPION]]]
        entry = _entry(source, at, former, before) | {"action": "rollback", "reason": reason, "steps": steps}
        _carry_out(ledger, ledger.append(entry), source, at)
        return Outcome("rollback", former.version.number, (reason,), None)


def verify(params: Params, ledger: Ledger) -> list[str]:
    """Hold the ledger against itself and against the registry.

    Returns
    -------
    What does not fit, in words; empty if all does.

    Raises
    ------
    RegistryError
        A row of the ledger is not what was written.
    """
    rows, source = ledger.entries(), params.source.name
    hashes = {row.hash for row in rows}
    findings = [
        f"version {one.number} became champion by row {one.promotion[:12]}, which is not in the ledger"
        for one in list_versions(source)
        if one.promotion and one.promotion not in hashes
    ]
    decided = [row for row in rows if row.entry.get("model") == model_name(source) and "steps" in row.entry]
    if decided and _unfinished(rows, source) is not None:
        findings.append(f"row {decided[-1].number} was decided and not carried out; promote or roll back once more")
    elif decided:
        champion, found = dict(decided[-1].entry["steps"])[CHAMPION], aliases_of(source).get(CHAMPION)
        if champion != found:
            findings.append(f"row {decided[-1].number} made version {champion} champion, the alias is on {found}")
    return findings


def _compare(
    source: str, champion: int | None, challenger: Contender, params: Params, *, force: bool
) -> tuple[Comparison | None, str]:
    """Return the comparison, or what stood in its way if that is forgiven."""
    try:
        former = None if champion is None else fetch_contender(source, str(champion))
        return compare(former, challenger, params), ""
    except (BundleError, GateError, RegistryError, SourceError) as error:
        if not force:
            raise
        return None, str(error)


def _entry(source: str, at: str, chosen: Contender, before: dict[str, int]) -> dict[str, Any]:
    return {
        "model": model_name(source),
        "at": at,
        "version": chosen.version.number,
        "bundle": chosen.version.bundle,
        "before": before,
    }


def _carry_out(ledger: Ledger, row: Row, source: str, at: str) -> None:
    """Take the steps of a decision, and note that they were taken."""
    champion = dict(row.entry["steps"])[CHAMPION]
    tag_version(source, champion, PROMOTION_TAG, row.hash)
    for alias, number in row.entry["steps"]:
        set_alias(source, alias, number)
    if row.entry["action"] == "promote":
        remove_alias(source, CHALLENGER, champion)
    ledger.append({"action": "done", "model": model_name(source), "at": at, "of": row.number})


def _resume(ledger: Ledger, source: str, at: str, action: str) -> Outcome | None:
    """Carry out what an earlier process had decided; return it if it is what was asked for now."""
    row = _unfinished(ledger.entries(), source)
    if row is None:
        return None
    _carry_out(ledger, row, source, at)
    if row.entry["action"] != action:
        return None
    return Outcome(row.entry["action"], row.entry["version"], (f"decided in row {row.number}",), None, resumed=True)


def _unfinished(rows: list[Row], source: str) -> Row | None:
    own = [row for row in rows if row.entry.get("model") == model_name(source)]
    done = {row.entry["of"] for row in own if row.entry["action"] == "done"}
    return next((row for row in own if "steps" in row.entry and row.number not in done), None)


@contextmanager
def _alone(ledger: Ledger) -> Iterator[None]:
    place = ledger.path.with_name(f"{ledger.path.stem}.lock")
    try:
        with locked(place):
            yield
    except BlockingIOError as error:
        who = error.filename2 or "another process"
        raise RegistryError(f"{place}: {who} is promoting or rolling back. Run again when it has ended.") from error
