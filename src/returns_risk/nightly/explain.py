"""One order's decisions, worked out again from the ledger alone."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.decision import line_economics, value_lines
from returns_risk.errors import BundleError, LedgerError, RegistryError
from returns_risk.ledger import Entry, Ledger, Run
from returns_risk.model import ReturnClassifier
from returns_risk.nightly.ledger_rows import policy_of
from returns_risk.registry.versions import fetch_bundle, find_version

__all__ = ["Explained", "explain_order", "tell_order"]


@dataclass(frozen=True)
class Explained:
    """A line of an order as one run decided on it."""

    run: Run
    line: dict[str, Any]
    risk: float | None
    """Worked out again with the model of the run; None where nothing was planned, or the model is gone."""
    worth: dict[str, float]
    """What each intervention would have saved, worked out again with the policy of the run."""
    kept: bool
    """Whether an earlier run of the same night had decided on it: its value is then that of the earlier one."""

    @property
    def value(self) -> float | None:
        """Of the intervention that was planned; None where nothing was."""
        return self.worth[self.line["intervention"]] if self.line["intervention"] else None

    @property
    def agrees(self) -> bool | None:
        """Whether both are what was decided on; None where nothing can be worked out again."""
        pairs = [(self.risk, self.line["risk"]), (None if self.kept else self.value, self.line["value"])]
        known = [abs(again - then) < 1e-9 for again, then in pairs if again is not None]
        return all(known) if known else None


def explain_order(ledger: Ledger, source: str, order_id: str) -> list[Explained]:
    """Tell what was decided on an order, night by night, and work it out again.

    Raises
    ------
    LedgerError
        The ledger knows no such order.
    """
    runs = _verified_runs(ledger, source, order_id)
    if not runs:
        raise _unknown(source, order_id)
    return [
        Explained(run, line, _risk(classifier, line), _worth(run, line), _was_decided(line, run, runs))
        for run in runs
        for classifier in [_classifier(source, run)]
        for line in run.lines
    ]


def tell_order(ledger: Ledger, source: str, order_id: str) -> tuple[list[Run], list[Entry]]:
    """Return the runs that scored lines of an order, each with these lines, and the feedback on it.

    Raises
    ------
    LedgerError
        The ledger knows no such order.
    """
    runs = _verified_runs(ledger, source, order_id)
    feedback = [one for one in ledger.entries("feedback", source) if one.content["order_id"] == order_id]
    if not runs and not feedback:
        raise _unknown(source, order_id)
    return runs, feedback


def _verified_runs(ledger: Ledger, source: str, order_id: str) -> list[Run]:
    """Return the runs of an order once their entries and lines are held against the chain."""
    ledger.verify(lines_since=None)
    runs = ledger.runs_of_order(source, order_id)
    ledger.verify(lines_since=None, runs={run.entry.number for run in runs})
    return runs


def _was_decided(line: dict[str, Any], run: Run, runs: list[Run]) -> bool:
    own = [one for one in runs if one.entry.as_of == run.entry.as_of and not one.entry.content["backfill"]]
    nights = [one for one in own if one.withdrawal is None]
    before = [one for one in nights if run in nights and one.entry.number < run.entry.number]
    earlier = [one for former in before for one in former.lines if one["line_id"] == line["line_id"]]
    return any(one["intervention"] and one["value"] == line["value"] for one in earlier)


def _unknown(source: str, order_id: str) -> LedgerError:
    return LedgerError(
        f"ledger: no run of {source} scored an order {order_id}. Check the id; orders are scored while they wait "
        "to ship, and not where the customer opted out."
    )


def _classifier(source: str, run: Run) -> ReturnClassifier | None:
    if not any(line["features"] for line in run.lines):
        return None
    model = run.entry.content["model"]
    try:
        version = find_version(source, str(model["version"]))
        if version.bundle != model["bundle"]:
            raise BundleError(
                f"version {version.number}: the night of {run.entry.as_of} was scored with bundle {model['bundle']}, "
                f"the registry has {version.bundle} by now: it was changed or begun anew. Restore MLflow's database."
            )
        with TemporaryDirectory() as folder:
            fetch_bundle(source, version, Path(folder) / "bundle")
            return ReturnClassifier.load(Path(folder) / "bundle", version.bundle)
    except RegistryError:
        return None


def _risk(classifier: ReturnClassifier | None, line: dict[str, Any]) -> float | None:
    if classifier is None or not line["features"]:
        return None
    columns = {
        name: pd.Series([value], dtype="str" if isinstance(value, str) else np.float32 if value is not None else object)
        for name, value in line["features"].items()
    }
    return float(classifier.predict_risk(_typed(classifier, pd.DataFrame(columns)))[0])


def _typed(classifier: ReturnClassifier, row: pd.DataFrame) -> pd.DataFrame:
    """Give missing values the type of their column."""
    texts = {one.name for one in classifier.features if one.unit in ("category", "identity")}
    return row.astype({name: "str" if name in texts else np.float32 for name in row.columns})


def _worth(run: Run, line: dict[str, Any]) -> dict[str, float]:
    policy = policy_of(run.entry)
    known = ("line_value", "market", "warehouse", "currency")
    frame = pd.DataFrame([{name: line[name] for name in known if name in line}])
    shares = pd.DataFrame([line["shares"]], index=frame.index)
    risk = np.array([line["risk"]])
    worth = value_lines((risk, risk, risk), shares, line_economics(frame, policy), policy)
    return dict(zip(policy.interventions, worth.expected[0].tolist(), strict=True))
