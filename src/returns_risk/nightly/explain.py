"""The decisions about an order, recomputed from the ledger alone."""

import math
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.decision import line_economics, value_lines
from returns_risk.errors import BundleError, LedgerError, RegistryError
from returns_risk.ledger import Entry, Ledger, Run, recorded_policy
from returns_risk.model import Classifier, load_classifier
from returns_risk.registry.versions import fetch_bundle, find_version

__all__ = ["ExplainedLine", "explain_order", "find_order"]


@dataclass(frozen=True)
class ExplainedLine:
    """An order line as a run decided it, and the same numbers recomputed."""

    run: Run
    line: dict[str, Any]
    risk: float | None
    """Recomputed with the model of the run; None where nothing was planned, or the model is no longer available."""
    values: dict[str, float]
    """Expected saving of each intervention, recomputed with the policy of the run."""
    locked: bool
    """Whether an earlier run of the same night had decided the line, so its value is that of the earlier run."""

    @property
    def value(self) -> float | None:
        """Recomputed value of the planned intervention; None where nothing was planned."""
        return self.values[self.line["intervention"]] if self.line["intervention"] else None

    @property
    def agrees(self) -> bool | None:
        """Whether the recomputed numbers equal the recorded ones; None where nothing can be recomputed.

        With the risk, the numbers of the reasons are compared with the features that the model saw.
        """
        pairs = [(self.risk, self.line["risk"]), (None if self.locked else self.value, self.line["value"])]
        if self.risk is not None:
            features = self.line["features"]
            numbers = [pair for reason in self.line.get("reason_numbers") or [] for pair in reason.items()]
            pairs += [(features[name], number) for name, number in numbers if features.get(name) is not None]
        equal = [
            # Features are of 32 bits; amounts of the line are not.
            math.isclose(recomputed, recorded, rel_tol=1e-6, abs_tol=1e-9)
            for recomputed, recorded in pairs
            if recomputed is not None
        ]
        return all(equal) if equal else None


def explain_order(ledger: Ledger, source: str, order_id: str) -> list[ExplainedLine]:
    """Return the decisions about an order, night by night, with risk and values recomputed.

    Raises
    ------
    LedgerError
        No run of the ledger scored the order.
    """
    runs = _verified_runs(ledger, source, order_id)
    if not runs:
        raise _unknown(source, order_id)
    return [
        ExplainedLine(
            run, line, _recompute_risk(classifier, line), _recompute_values(run, line), _is_locked(line, run, runs)
        )
        for run in runs
        for classifier in [_classifier(source, run)]
        for line in run.lines
    ]


def find_order(ledger: Ledger, source: str, order_id: str) -> tuple[list[Run], list[Entry]]:
    """Return the runs that scored lines of an order, each with these lines, and the feedback on the order.

    Raises
    ------
    LedgerError
        The ledger does not contain the order.
    """
    runs = _verified_runs(ledger, source, order_id)
    feedback = [entry for entry in ledger.entries("feedback", source) if entry.content["order_id"] == order_id]
    if not runs and not feedback:
        raise _unknown(source, order_id)
    return runs, feedback


def _verified_runs(ledger: Ledger, source: str, order_id: str) -> list[Run]:
    """Return the runs of an order after their entries and lines were verified."""
    ledger.verify(lines_since=None)
    runs = ledger.runs_of_order(source, order_id)
    ledger.verify(lines_since=None, runs={run.entry.number for run in runs})
    return runs


def _is_locked(line: dict[str, Any], run: Run, runs: list[Run]) -> bool:
    nights = [other for other in runs if not other.entry.content["backfill"] and other.withdrawal is None]
    if run not in nights:
        return False
    earlier = [
        decided
        for other in nights
        if other.entry.as_of == run.entry.as_of and other.entry.number < run.entry.number
        for decided in other.lines
        if decided["line_id"] == line["line_id"]
    ]
    return any(decided["intervention"] and decided["value"] == line["value"] for decided in earlier)


def _unknown(source: str, order_id: str) -> LedgerError:
    return LedgerError(
        f"ledger: no run of {source} scored an order {order_id}. Check the id, which is not that of a line; orders "
        "are scored while they wait to ship, and not where the customer opted out."
    )


def _classifier(source: str, run: Run) -> Classifier | None:
    """Return the risk model of a run; None where no line needs it, or the registry no longer has it."""
    if not any(line["features"] for line in run.lines):
        return None
    model = run.entry.content["model"]
    try:
        version = find_version(source, str(model["version"]))
        if version.bundle != model["bundle"]:
            raise BundleError(
                f"version {version.number}: the night of {run.entry.as_of} was scored with bundle {model['bundle']}, "
                f"but the registry now has {version.bundle}: it was changed or created anew. Restore MLflow's database."
            )
        with TemporaryDirectory() as folder:
            fetch_bundle(source, version, Path(folder) / "bundle")
            return load_classifier(Path(folder) / "bundle", version.bundle)
    except RegistryError:
        return None


def _recompute_risk(classifier: Classifier | None, line: dict[str, Any]) -> float | None:
    if classifier is None or not line["features"]:
        return None
    texts = {feature.name for feature in classifier.features_ if feature.unit in ("category", "identity")}
    columns = {
        name: pd.Series([value], dtype="str" if isinstance(value, str) else np.float32 if value is not None else object)
        for name, value in line["features"].items()
    }
    # A missing value takes the type of its column.
    row = pd.DataFrame(columns).astype({name: "str" if name in texts else np.float32 for name in columns})
    return float(classifier.predict_risk(row)[0])


def _recompute_values(run: Run, line: dict[str, Any]) -> dict[str, float]:
    policy = recorded_policy(run.entry)
    columns = ("line_value", "market", "warehouse", "currency")
    frame = pd.DataFrame([{name: line[name] for name in columns if name in line}])
    shares = pd.DataFrame([line["shares"]], index=frame.index)
    risk = np.array([line["risk"]])
    values = value_lines((risk, risk, risk), shares, line_economics(frame, policy), policy)
    return dict(zip(policy.interventions, values.expected[0].tolist(), strict=True))
