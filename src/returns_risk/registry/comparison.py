"""Comparison of two registered models on the same lines, which neither has learnt from."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.config.policy import load_policy
from returns_risk.contract.parquet import read_frame, read_rows
from returns_risk.errors import GateError
from returns_risk.evaluation import (
    BASE_RATE,
    ComparedLines,
    Shift,
    Verdict,
    base_rate,
    compare_attributions,
    cut_slices,
    run_gate,
    smoothed_rate,
)
from returns_risk.features import FeatureSet, read_frozen
from returns_risk.io.files import hash_file
from returns_risk.ledger import Entry
from returns_risk.model import ReturnClassifier, require_schema
from returns_risk.registry.versions import ModelVersion, fetch_bundle, find_version, require_recorded
from returns_risk.snapshot import Rows, Shop
from returns_risk.snapshot.labels import require_matured
from returns_risk.snapshot.splits import spread_rows

__all__ = ["Comparison", "Contender", "compare", "fetch_contender"]

_TRAINING = Path("features/training.parquet")
_DEFINITIONS = Path("features/definitions.json")
_VALIDATED = Path("data/validated")
_SHIFTS = 10
_FORCE = "promote it anyway with --force --reason"


@dataclass(frozen=True)
class Contender:
    """A registered version and its classifier."""

    version: ModelVersion
    classifier: ReturnClassifier


@dataclass(frozen=True)
class Comparison:
    """The gate's verdict on two models, with its evidence."""

    verdict: Verdict
    period: tuple[str, str]
    """First and last day on which the lines were ordered (ISO 8601)."""
    drift: float | None
    """Difference of the features' attributions (``compare_attributions``), 0 to 1; None without a champion."""
    shifts: tuple[Shift, ...]
    """The features whose attribution changed most."""
    evidence: dict[str, Any]
    """All of this as JSON values for the ledger: numbers, hashes and names of slices, no personal data."""


def fetch_contender(source: str, which: str, decisions: Iterable[Entry] = ()) -> Contender:
    """Fetch the version with an alias or a number, and load its classifier.

    Parameters
    ----------
    decisions : the ledger's entries on promotions; a promoted version must still have the promoted bundle

    Raises
    ------
    RegistryError
        There is no such version, or its files are not those that were registered.
    BundleError
        The bundle has another format, or is not the one that was promoted.
    """
    version = find_version(source, which)
    require_recorded(version, [entry.content for entry in decisions])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "bundle"
        fetch_bundle(source, version, folder)
        return Contender(version, ReturnClassifier.load(folder, version.bundle))


def compare(champion: Contender | None, challenger: Contender, params: Params) -> Comparison:
    """Score the challenger's test period with both models and let the gate decide.

    For a model with other feature definitions than those of ``features/training.parquet``, its features are computed
    from the validated tables, so that a challenger may have new features.

    Raises
    ------
    GateError
        A model may have learnt from the lines, lines are missing, or the source lacks columns that a model needs.
    SourceError
        The feature table or a validated table is missing.
    LabelError
        The label of a line is not final.
    """
    columns = ["line_id", "ordered_on", "closes_on", "sku", "customer_id", "returned"]
    labels = read_frame(_TRAINING, "featurize", columns)
    require_matured(labels, params.as_of)
    in_test = challenger.classifier.provenance.periods.select(labels, "test").to_numpy()
    lines = read_rows(_TRAINING, "featurize", in_test)
    models = [challenger] if champion is None else [challenger, champion]
    for model in models:
        _require_untouched(lines, model)
    frozen = read_frozen(_DEFINITIONS)
    features = [_features(model, lines, frozen, params) for model in models]
    risks = [model.classifier.predict_risk(rows) for model, rows in zip(models, features, strict=True)]
    drift, shifts = _attributions(models, features, params)
    compared = ComparedLines(
        returned=lines["returned"].to_numpy(dtype=bool),
        customer=lines["customer_id"].to_numpy(),
        gain=_observed_gain(lines),
        slices=cut_slices(lines, params.gate.slices),
        capacity_share=params.evaluate.capacity_share,
    )
    verdict = run_gate(
        compared,
        risks[0],
        risks[1] if champion is not None else None,
        params.gate,
        params.seed,
        _baselines(challenger, labels, lines) if champion is None else None,
    )
    first, last = (f"{day:%Y-%m-%d}" for day in (lines["ordered_on"].min(), lines["ordered_on"].max()))
    evidence = {
        "champion": None if champion is None else champion.version.bundle,
        "challenger": challenger.version.bundle,
        "period": [first, last],
        "capacity_share": params.evaluate.capacity_share,
        "seed": params.seed,
        "gate": params.gate.model_dump(mode="json"),
        "sha256": {_TRAINING.name: hash_file(_TRAINING)},
        "verdict": verdict.model_dump(mode="json"),
        "attributions": {"drift": drift, "shifts": [shift.model_dump(mode="json") for shift in shifts]},
    }
    return Comparison(verdict, (first, last), drift, shifts, evidence)


def _baselines(model: Contender, labels: pd.DataFrame, lines: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    """Predict the lines without features, from the lines that the model has learnt from."""
    learnt = labels[model.classifier.provenance.periods.learnt(labels)]
    if learnt.empty:
        raise GateError(
            f"{_TRAINING}: has no line that version {model.version.number} has learnt from. Run dvc repro, so that the "
            "feature table is of its as-of."
        )
    return {BASE_RATE: base_rate(learnt, lines), "smoothed_rate": smoothed_rate(learnt, lines)}


def _attributions(
    models: list[Contender], features: list[pd.DataFrame], params: Params
) -> tuple[float | None, tuple[Shift, ...]]:
    """Compare the attributions of challenger and champion; (None, ()) without a champion."""
    if len(models) == 1:
        return None, ()
    challenger, champion = (model.classifier for model in models)
    new, current = (spread_rows(rows, params.train.shap_sample) for rows in features)
    drift, shifts = compare_attributions(champion, current, challenger, new)
    return drift, shifts[:_SHIFTS]


def _observed_gain(lines: pd.DataFrame) -> npt.NDArray[np.float64] | None:
    """Return the most that flagging each line could have saved: its value if any of it came back, else 0.

    Values of several currencies are added without conversion. None if ``line_value`` is no feature.
    """
    if "line_value" not in lines:
        return None
    value = np.nan_to_num(lines["line_value"].to_numpy(dtype=np.float64), nan=0.0)
    return np.asarray(value * lines["returned"].to_numpy(dtype=bool))


def _require_untouched(lines: pd.DataFrame, model: Contender) -> None:
    """Refuse lines that a model may have learnt from: they must be ordered in or after its own test period."""
    periods, number = model.classifier.provenance.periods, model.version.number
    if lines.empty:
        raise GateError(
            f"{_TRAINING}: has no line of the challenger's test period. Run dvc repro, so that the feature table is of "
            "its as-of."
        )
    first, start = lines["ordered_on"].min(), pd.Timestamp(periods.test[0])
    if first < start:
        raise GateError(
            f"models: version {number} has learnt from data before {start:%Y-%m-%d}, and the lines to compare on "
            f"begin on {first:%Y-%m-%d}. Train the challenger at a later as_of, or {_FORCE}."
        )


def _features(model: Contender, lines: pd.DataFrame, frozen: FeatureSet, params: Params) -> pd.DataFrame:
    features = lines if model.classifier.definitions == frozen else _compute_features(model, lines, params)
    require_schema(model.classifier, features)
    return features


def _compute_features(model: Contender, lines: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Compute the features of lines by a model's own definitions."""
    definitions = model.classifier.definitions
    snapshot = Shop.read(_VALIDATED, load_policy(), params.source.time_zone).snapshot(params.as_of)
    if definitions.drop_unavailable(snapshot.columns) != definitions:
        raise GateError(
            f"models: version {model.version.number} needs columns that the source does not have any more. Bring them "
            f"back in sources/{params.source.name}, or {_FORCE}."
        )
    position = pd.Index(snapshot.lines["line_id"]).get_indexer(pd.Index(lines["line_id"])).astype(np.int64)
    if (position < 0).any():
        raise GateError(
            f"{_VALIDATED}: lacks {(position < 0).sum()} of {len(lines)} lines of {_TRAINING}. Run dvc repro, so that "
            "both are of the same as-of."
        )
    as_of = lines["as_of"].to_numpy(dtype="datetime64[D]").astype(np.int32)
    return snapshot.features(Rows(position, as_of), definitions)
