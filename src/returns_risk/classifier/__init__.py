"""Fits, calibrates, saves, loads and refuses; LightGBM with its frozen definitions."""

from returns_risk.classifier.bundle import (
    BUNDLE_FILES,
    bundle_version,
    load_classifier,
    require_same_definitions,
    save_classifier,
)
from returns_risk.classifier.calibration import Calibrator, fit_calibrator
from returns_risk.classifier.columns import Column, require_schema
from returns_risk.classifier.encoding import Encoding, fit_encoding
from returns_risk.classifier.examples import Examples, FrameExamples, boost
from returns_risk.classifier.fit import describe_provenance, fit_classifier, fit_from
from returns_risk.classifier.model import Classifier, Provenance

__all__ = [
    "BUNDLE_FILES",
    "Calibrator",
    "Classifier",
    "Column",
    "Encoding",
    "Examples",
    "FrameExamples",
    "Provenance",
    "boost",
    "bundle_version",
    "describe_provenance",
    "fit_calibrator",
    "fit_classifier",
    "fit_encoding",
    "fit_from",
    "load_classifier",
    "require_same_definitions",
    "require_schema",
    "save_classifier",
]
