"""Fits LightGBM on the train period, stops early and calibrates on the later one."""

import logging
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.classifier.calibration import fit_calibrator
from returns_risk.classifier.encoding import CATEGORICAL, Encoding, fit_encoding
from returns_risk.classifier.examples import Examples, FrameExamples
from returns_risk.classifier.model import Classifier, Provenance
from returns_risk.feature_groups import Definitions, compile_features
from returns_risk.files import hash_files
from returns_risk.labels import require_two_classes
from returns_risk.params import Params, TrainParams
from returns_risk.splits import Periods

__all__ = ["describe_provenance", "fit_classifier", "fit_from"]

_PACKAGES = ("lightgbm", "numpy", "pandas", "scikit-learn")
_COLUMNS = 32
_logger = logging.getLogger(__name__)


def fit_classifier(
    train: pd.DataFrame,
    calibrate: pd.DataFrame,
    definitions: Definitions,
    params: TrainParams,
    seed: int,
    provenance: Provenance,
) -> Classifier:
    """Fit on rows that are at hand; see ``fit_from``.

    Parameters
    ----------
    train, calibrate : features and ``returned``; the second is later and matured as well
    """
    return fit_from(FrameExamples(train, calibrate), calibrate, definitions, params, seed, provenance)


def fit_from(
    examples: Examples,
    calibrate: pd.DataFrame,
    definitions: Definitions,
    params: TrainParams,
    seed: int,
    provenance: Provenance,
) -> Classifier:
    """Fit, stop early, calibrate and, if asked, refit on both periods with the number of trees found.

    Parameters
    ----------
    examples : the rows of both periods, wherever they are
    calibrate : features and ``returned`` of the later period
    definitions : what the feature columns were computed from
    provenance : completed here with the number of trees

    Raises
    ------
    LabelError
        One of the periods has only one class.
    """
    require_two_classes(examples.columns(["returned"])["returned"], "train")
    require_two_classes(calibrate["returned"], "calibrate")
    units = {feature.name: feature.unit for feature in compile_features(definitions)}
    settings = _lightgbm_params(params, seed)
    encoding = _encode(examples, units, params)
    booster = examples.boost(encoding, settings, params.num_boost_round, params.early_stopping_round)
    margin = np.asarray(booster.predict(encoding(calibrate), raw_score=True))
    calibrator = fit_calibrator(params.calibration, margin, calibrate["returned"].to_numpy(dtype=bool))
    rounds = booster.num_trees()
    _logger.info("%d trees; calibration: %s", rounds, calibrator.kind)
    if params.refit:
        examples = examples.with_calibrate()
        encoding = _encode(examples, units, params)
        booster = examples.boost(encoding, settings, rounds, None)
    numbers = [name for name in encoding.columns if name not in encoding.levels]
    return Classifier(
        booster=booster,
        calibrator=calibrator,
        encoding=encoding,
        definitions=definitions,
        typical=_medians(examples, numbers),
        provenance=provenance.model_copy(update={"rounds": rounds}),
    )


def describe_provenance(
    params: Params, periods: Periods, parts: dict[str, pd.DataFrame], files: list[Path]
) -> Provenance:
    """Say what a classifier is about to be made from.

    Parameters
    ----------
    parts : ``returned`` of the rows of the train, calibrate and test periods
    files : what they were read from
    """
    return Provenance(
        source=params.source.name,
        as_of=params.as_of,
        periods=periods,
        rows={name: len(part) for name, part in parts.items()},
        return_rate=float(parts["train"]["returned"].mean()),
        data=hash_files(files),
        packages={name: version(name) for name in _PACKAGES},
    )


def _encode(examples: Examples, units: Mapping[str, str], params: TrainParams) -> Encoding:
    texts = examples.columns([name for name, unit in units.items() if unit in CATEGORICAL])
    return fit_encoding(texts, units, params.min_category_lines)


def _medians(examples: Examples, names: list[str]) -> dict[str, float]:
    """Return the median of each column that has one, some columns at a time."""
    parts = [names[begin : begin + _COLUMNS] for begin in range(0, len(names), _COLUMNS)]
    medians = {str(name): float(value) for part in parts for name, value in examples.columns(part).median().items()}
    return {name: value for name, value in medians.items() if np.isfinite(value)}


def _lightgbm_params(params: TrainParams, seed: int) -> dict[str, Any]:
    own = {"calibration", "num_boost_round", "early_stopping_round", "shap_sample", "refit", "min_category_lines"}
    return {
        "objective": "binary",
        "metric": "binary_logloss",
        "bagging_freq": 1,
        "seed": seed,
        # The three together give the same bytes on every run with the same number of threads.
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        **params.model_dump(exclude=own),
    }
