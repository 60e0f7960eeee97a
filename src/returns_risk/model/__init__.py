"""scikit-learn estimators around LightGBM: encoding, forward splits, calibration, SHAP values and bundles."""

from returns_risk.model.bundle import BUNDLE_FILES, bundle_version
from returns_risk.model.calibration import CALIBRATIONS, fit_calibrator
from returns_risk.model.classifiers import (
    Classifier,
    fit_classifier,
    load_classifier,
    load_classifiers,
    make_classifier,
    require_same_definitions,
    save_classifiers,
    served_values,
)
from returns_risk.model.columns import require_schema
from returns_risk.model.encoding import Encoding, fit_encoding
from returns_risk.model.estimators import ReasonClassifier, ReturnClassifier
from returns_risk.model.provenance import Provenance, describe_provenance
from returns_risk.model.target import Target, find_target
from returns_risk.model.training_set import FrameTrainingSet, TrainingConfig, boost

__all__ = [
    "BUNDLE_FILES",
    "CALIBRATIONS",
    "Classifier",
    "Encoding",
    "FrameTrainingSet",
    "Provenance",
    "ReasonClassifier",
    "ReturnClassifier",
    "Target",
    "TrainingConfig",
    "boost",
    "bundle_version",
    "describe_provenance",
    "find_target",
    "fit_calibrator",
    "fit_classifier",
    "fit_encoding",
    "load_classifier",
    "load_classifiers",
    "make_classifier",
    "require_same_definitions",
    "require_schema",
    "save_classifiers",
    "served_values",
]
