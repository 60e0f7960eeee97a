"""The ledger's entries on models, and whether they agree with the registry."""

from returns_risk.config.params import Params
from returns_risk.errors import RegistryError
from returns_risk.ledger import Entry, Ledger
from returns_risk.registry.aliases import CHAMPION, aliases_of
from returns_risk.registry.store import model_name
from returns_risk.registry.versions import list_versions

__all__ = ["KIND", "decisions_of", "find_disagreements", "require_same_registry", "unfinished_decision"]

KIND = "promotion"
"""Kind of the ledger's entries on promotions, refusals and rollbacks."""


def decisions_of(ledger: Ledger, source: str) -> list[Entry]:
    """Verify the ledger's chain and return the entries on the models of a source, the oldest first.

    Raises
    ------
    LedgerError
        An entry was changed, or the ledger cannot be reached.
    """
    ledger.verify(lines_since=None)
    return ledger.entries(KIND, source)


def unfinished_decision(entries: list[Entry]) -> Entry | None:
    """Return the decision whose steps were not completed; None if there is none."""
    done = {entry.content["of"] for entry in entries if entry.content["action"] == "done"}
    return next((entry for entry in entries if "steps" in entry.content and entry.number not in done), None)


def find_disagreements(params: Params, ledger: Ledger) -> list[str]:
    """Compare the ledger with the registry; return a sentence for each disagreement.

    Raises
    ------
    LedgerError
        An entry was changed, or the ledger cannot be reached.
    """
    source = params.source.name
    entries = decisions_of(ledger, source)
    hashes = {entry.hash for entry in entries}
    disagreements = [
        f"version {version.number} became champion by entry {version.promotion[:12]}, which is not in the ledger"
        for version in list_versions(source)
        if version.promotion and version.promotion not in hashes
    ]
    decisions = [entry for entry in entries if "steps" in entry.content]
    return [*disagreements, *(_compare_champion(decisions[-1], entries, source) if decisions else [])]


def require_same_registry(ledger: Ledger, source: str) -> None:
    """Refuse a registry without the ledger's champion: it is a new one, whose numbers mean other models.

    Raises
    ------
    RegistryError
        The registry lacks the version that the ledger made champion.
    """
    decisions = [entry.content for entry in ledger.entries(KIND, source) if "steps" in entry.content]
    if not decisions:
        return
    number, bundle = decisions[-1]["version"], decisions[-1]["bundle"]
    if not any((version.number, version.bundle) == (number, bundle) for version in list_versions(source)):
        raise RegistryError(
            f"{model_name(source)}: the ledger says that version {number} with bundle {bundle} is champion, and the "
            "registry has no such version. Restore MLflow's database from a backup; if the registry is new on "
            "purpose, promote with --force --reason."
        )


def _compare_champion(decision: Entry, entries: list[Entry], source: str) -> list[str]:
    if unfinished_decision(entries) is not None:
        return [f"entry {decision.number} was decided but not completed; promote or roll back once more"]
    decided, actual = dict(decision.content["steps"])[CHAMPION], aliases_of(source).get(CHAMPION)
    if decided == actual:
        return []
    return [f"entry {decision.number} made version {decided} champion, the alias is on {actual}"]
