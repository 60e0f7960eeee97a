"""Two registered models on the same lines, which neither has learnt from."""

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
from returns_risk.model.splits import spread_rows
from returns_risk.registry.versions import ModelVersion, fetch_bundle, find_version, require_recorded
from returns_risk.snapshot import Rows, Shop
from returns_risk.snapshot.labels import require_matured

__all__ = ["Comparison", "Contender", "compare", "fetch_contender", "observed_gain"]

_TRAINING = Path("features/training.parquet")
_DEFINITIONS = Path("features/definitions.json")
_VALIDATED = Path("data/validated")
_SHIFTS = 10
_ALLOW_ALL = "promote it all the same with --force --reason"


@dataclass(frozen=True)
class Contender:
    """A registered version and its classifier."""

    version: ModelVersion
    classifier: ReturnClassifier


@dataclass(frozen=True)
class Comparison:
    """A verdict and what it rests on."""

    verdict: Verdict
    period: tuple[str, str]
    """First and last day of ordering of the lines."""
    drift: float | None
    """How far the models rest on other features (``compare_attributions``); None without a champion."""
    shifts: tuple[Shift, ...]
    """The features whose share moved most."""
    evidence: dict[str, Any]
    """All of it as JSON values, for the ledger: numbers, hashes and names of slices, nothing of persons."""


def fetch_contender(source: str, which: str, decided: Iterable[Entry] = ()) -> Contender:
    """Fetch the version that an alias or number names, and load it.

    Parameters
    ----------
    decided : what the ledger says of promotions; a version that became champion has to be the one that did

    Raises
    ------
    RegistryError
        There is no such version, or its files are not the registered ones.
    BundleError
        The bundle is of another format, or not the one that was promoted.
    """
    version = find_version(source, which)
    require_recorded(version, [entry.content for entry in decided])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "bundle"
        fetch_bundle(source, version, folder)
        return Contender(version, ReturnClassifier.load(folder, version.bundle))


def compare(champion: Contender | None, challenger: Contender, params: Params) -> Comparison:
    """Score the challenger's untouched test period with both models and put them before the gate.

    A model that was trained on other feature definitions than those of ``features/training.parquet`` gets its features
    computed from its own, so that a challenger may bring new features.

    Raises
    ------
    GateError
        The lines are not after what both models have learnt, are gone, or the source lacks columns a model needs.
    SourceError
        The feature table or a validated table is missing.
    LabelError
        The label of some line is not final.
    """
    columns = ["line_id", "ordered_on", "closes_on", "sku", "customer_id", "returned"]
    labels = read_frame(_TRAINING, "featurize", columns)
    require_matured(labels, params.as_of)
    chosen = challenger.classifier.provenance.periods.select(labels, "test").to_numpy()
    lines = read_rows(_TRAINING, "featurize", chosen)
    models = [challenger] if champion is None else [challenger, champion]
    for one in models:
        _require_untouched(lines, one)
    frozen = read_frozen(_DEFINITIONS)
    features = [_features(one, lines, frozen, params) for one in models]
    risks = [one.classifier.predict_risk(rows) for one, rows in zip(models, features, strict=True)]
    drift: float | None = None
    shifts: tuple[Shift, ...] = ()
    if champion is not None:
        latter, former = (spread_rows(rows, params.train.shap_sample) for rows in features)
        drift, every = compare_attributions(champion.classifier, former, challenger.classifier, latter)
        shifts = every[:_SHIFTS]
    verdict = run_gate(
        _gate_lines(lines, params),
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
        "attributions": {"drift": drift, "shifts": [one.model_dump(mode="json") for one in shifts]},
    }
    return Comparison(verdict, (first, last), drift, shifts, evidence)


def observed_gain(lines: pd.DataFrame) -> npt.NDArray[np.float64] | None:
    """Return the money that was at stake in each line: its value if any of it came back, else 0.

    It is what flagging the line could have saved at most; values of several currencies are added up as they stand.
    Costs and effects of interventions would give other weights, of the same shape.

    Parameters
    ----------
    lines : ``returned`` and, if the features have it, ``line_value``

    Returns
    -------
    Shape (n_lines,), in money; None without ``line_value``.
    """
    if "line_value" not in lines:
        return None
    value = np.nan_to_num(lines["line_value"].to_numpy(dtype=np.float64), nan=0.0)
    return np.asarray(value * lines["returned"].to_numpy(dtype=bool))


def _baselines(model: Contender, labels: pd.DataFrame, lines: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    """Predict the lines without features, from what the model has learnt from."""
    learnt = labels[model.classifier.provenance.periods.learnt(labels)]
    if learnt.empty:
        raise GateError(
            f"{_TRAINING}: has no line that version {model.version.number} has learnt from. Run dvc repro, so that the "
            "feature table is of its as-of."
        )
    return {BASE_RATE: base_rate(learnt, lines), "smoothed_rate": smoothed_rate(learnt, lines)}


def _gate_lines(lines: pd.DataFrame, params: Params) -> ComparedLines:
    return ComparedLines(
        returned=lines["returned"].to_numpy(dtype=bool),
        customer=lines["customer_id"].to_numpy(),
        gain=observed_gain(lines),
        slices=cut_slices(lines, params.gate.slices),
        capacity_share=params.evaluate.capacity_share,
    )


def _require_untouched(lines: pd.DataFrame, model: Contender) -> None:
    """Refuse lines of which a model may know something: what it learnt was known before its own test period began."""
    periods, number = model.classifier.provenance.periods, model.version.number
    if lines.empty:
        raise GateError(
            f"{_TRAINING}: has no line of the challenger's test period. Run dvc repro, so that the feature table is of "
            "its as-of."
        )
    first, begins = lines["ordered_on"].min(), pd.Timestamp(periods.test[0])
    if first < begins:
        raise GateError(
            f"models: version {number} has learnt from what was known before {begins:%Y-%m-%d}, and the lines to "
            f"compare on begin on {first:%Y-%m-%d}. Train the challenger at a later as_of, or {_ALLOW_ALL}."
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
            f"back in sources/{params.source.name}, or {_ALLOW_ALL}."
        )
    position = pd.Index(snapshot.lines["line_id"]).get_indexer(pd.Index(lines["line_id"])).astype(np.int64)
    if (position < 0).any():
        raise GateError(
            f"{_VALIDATED}: lacks {(position < 0).sum()} of {len(lines)} lines of {_TRAINING}. Run dvc repro, so that "
            "both are of the same as-of."
        )
    as_of = lines["as_of"].to_numpy(dtype="datetime64[D]").astype(np.int32)
    return snapshot.features(Rows(position, as_of), definitions)
