"""Fits LightGBM on the train period, stops early and calibrates on the later one."""

import logging
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from returns_risk.classifier.calibration import fit_calibrator
from returns_risk.classifier.encoding import Encoding, fit_encoding
from returns_risk.classifier.model import Classifier, Provenance
from returns_risk.feature_groups import Definitions, compile_features
from returns_risk.files import hash_files
from returns_risk.labels import require_two_classes
from returns_risk.params import Params, TrainParams
from returns_risk.splits import Periods

if TYPE_CHECKING:
    import lightgbm as lgb

__all__ = ["describe_provenance", "fit_classifier"]

_PACKAGES = ("lightgbm", "numpy", "pandas", "scikit-learn")
_logger = logging.getLogger(__name__)


def fit_classifier(
    train: pd.DataFrame,
    calibrate: pd.DataFrame,
    definitions: Definitions,
    params: TrainParams,
    seed: int,
    provenance: Provenance,
) -> Classifier:
    """Fit, stop early, calibrate and, if asked, refit on both periods with the number of trees found.

    Parameters
    ----------
    train, calibrate : features and ``returned``; the second is later and matured as well
    definitions : what the feature columns were computed from
    provenance : completed here with the number of trees

    Raises
    ------
    LabelError
        One of the periods has only one class.
    """
    require_two_classes(train["returned"], "train")
    require_two_classes(calibrate["returned"], "calibrate")
    units = {feature.name: feature.unit for feature in compile_features(definitions)}
    encoding = fit_encoding(train, units, params.min_category_lines)
    booster = _boost(encoding, params, seed, train, calibrate)
    margin = np.asarray(booster.predict(encoding(calibrate), raw_score=True))
    calibrator = fit_calibrator(params.calibration, margin, calibrate["returned"].to_numpy(dtype=bool))
    rounds = booster.num_trees()
    _logger.info("%d trees; calibration: %s", rounds, calibrator.kind)
    if params.refit:
        train = pd.concat([train, calibrate], ignore_index=True)
        encoding = fit_encoding(train, units, params.min_category_lines)
        booster = _boost(encoding, params.model_copy(update={"num_boost_round": rounds}), seed, train, None)
    medians = train[[name for name in encoding.columns if name not in encoding.levels]].median()
    return Classifier(
        booster=booster,
        calibrator=calibrator,
        encoding=encoding,
        definitions=definitions,
        typical={str(name): float(value) for name, value in medians.items() if np.isfinite(value)},
        provenance=provenance.model_copy(update={"rounds": rounds}),
    )


def describe_provenance(
    params: Params, periods: Periods, parts: dict[str, pd.DataFrame], files: list[Path]
) -> Provenance:
    """Say what a classifier is about to be made from.

    Parameters
    ----------
    parts : rows of the train, calibrate and test periods, with ``returned``
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


def _boost(
    encoding: Encoding, params: TrainParams, seed: int, train: pd.DataFrame, watch: pd.DataFrame | None
) -> "lgb.Booster":
    import lightgbm as lgb

    data = _dataset(encoding, train, None)
    callbacks = [] if watch is None else [lgb.early_stopping(params.early_stopping_round, verbose=False)]
    with warnings.catch_warnings():
        # LightGBM warns that categorical_feature is also among the parameters it stores itself.
        warnings.filterwarnings("ignore", message=".*categorical_feature.*", category=UserWarning)
        return lgb.train(
            _lightgbm_params(params, seed),
            data,
            num_boost_round=params.num_boost_round,
            valid_sets=[] if watch is None else [_dataset(encoding, watch, data)],
            callbacks=callbacks,
        )


def _dataset(encoding: Encoding, rows: pd.DataFrame, reference: "lgb.Dataset | None") -> "lgb.Dataset":
    import lightgbm as lgb

    return lgb.Dataset(
        encoding(rows),
        label=rows["returned"].to_numpy(dtype=np.float32),
        categorical_feature=list(encoding.levels),
        reference=reference,
        free_raw_data=True,
    )


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
