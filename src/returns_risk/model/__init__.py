"""Fits, calibrates, saves, loads and refuses; LightGBM with its frozen definitions."""

from returns_risk.model.bundle import (
    BUNDLE_FILES,
    bundle_version,
    load_classifier,
    load_classifiers,
    load_optional,
    require_same_definitions,
    save_classifier,
    save_classifiers,
)
from returns_risk.model.calibration import CALIBRATIONS, Calibrator, fit_calibrator, fit_temperature
from returns_risk.model.columns import Column, require_schema
from returns_risk.model.encoding import Encoding, fit_encoding
from returns_risk.model.fit import choose_features, describe_provenance, fit_classifier, fit_from, refit
from returns_risk.model.model import Classifier, Provenance
from returns_risk.model.target import RETURNED, Target, find_target
from returns_risk.model.training_set import FrameTrainingSet, TrainingConfig, TrainingSet, boost

__all__ = [
    "BUNDLE_FILES",
    "CALIBRATIONS",
    "RETURNED",
    "Calibrator",
    "Classifier",
    "Column",
    "Encoding",
    "FrameTrainingSet",
    "Provenance",
    "Target",
    "TrainingConfig",
    "TrainingSet",
    "boost",
    "bundle_version",
    "choose_features",
    "describe_provenance",
    "find_target",
    "fit_calibrator",
    "fit_classifier",
    "fit_encoding",
    "fit_from",
    "fit_temperature",
    "load_classifier",
    "load_classifiers",
    "load_optional",
    "refit",
    "require_same_definitions",
    "require_schema",
    "save_classifier",
    "save_classifiers",
]
