"""The classifiers of a chain: one per recipe, each a bundle of one folder."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.errors import BundleError
from returns_risk.features import FeatureSet
from returns_risk.io.files import atomic_directory
from returns_risk.model.estimators import ReasonClassifier, ReturnClassifier
from returns_risk.model.provenance import Provenance
from returns_risk.model.recipes import Recipe
from returns_risk.model.training_set import FrameTrainingSet

__all__ = [
    "Classifier",
    "fit_classifier",
    "load_classifier",
    "load_classifiers",
    "make_classifier",
    "require_same_definitions",
    "save_classifiers",
    "served_values",
]

Classifier = ReturnClassifier | ReasonClassifier


def make_classifier(recipe: Recipe, feature_set: FeatureSet) -> Classifier:
    """Return the unfitted classifier that a recipe describes."""
    kind = ReturnClassifier if recipe.target == "returned" else ReasonClassifier
    return kind.from_recipe(recipe, feature_set)


def fit_classifier(
    train: pd.DataFrame, calibrate: pd.DataFrame, feature_set: FeatureSet, recipe: Recipe, provenance: Provenance
) -> Classifier:
    """Fit a recipe on rows in memory.

    Parameters
    ----------
    train, calibrate : features and labels; the second frame is later, and matured as well
    """
    noted = provenance.model_copy(update={"recipe": recipe})
    rows = FrameTrainingSet(train, calibrate)
    return make_classifier(recipe, feature_set).fit_training_set(rows, calibrate, provenance=noted)


def save_classifiers(classifiers: dict[str, Classifier], folder: Path) -> None:
    """Write each classifier as ``<folder>/<name>``; the folder appears as a whole and holds no others."""
    with atomic_directory(folder) as aside:
        for name, classifier in classifiers.items():
            classifier.save(aside / name)


def load_classifiers(folder: Path) -> dict[str, Classifier]:
    """Read all classifiers of a folder, keyed by their names.

    Raises
    ------
    BundleError
        The folder has none, or as ``load_classifier``.
    """
    names = sorted(path.name for path in folder.glob("*") if path.is_dir())
    if not names:
        raise BundleError(f"{folder}: there is no model. Run the train stage.")
    return {name: load_classifier(folder / name) for name in names}


def load_classifier(folder: Path, version: str = "") -> Classifier:
    """Read a classifier of either kind; errors as of ``ReturnClassifier.load``."""
    try:
        column = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))["target"]["column"]
    except (OSError, ValueError, KeyError, TypeError):
        column = None  # ``load`` says what is wrong
    return (ReasonClassifier if column == "reason" else ReturnClassifier).load(folder, version)


def served_values(classifier: Classifier, features: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the risk of each row, shape (n_rows,), or the probability of each reason, shape (n_rows, n_reasons)."""
    if isinstance(classifier, ReturnClassifier):
        return classifier.predict_risk(features)
    return classifier.predict_proba(features)


def require_same_definitions(classifier: Classifier, feature_set: FeatureSet) -> None:
    """Raise a BundleError for features computed from other definitions than those frozen at training."""
    if classifier.feature_set != feature_set:
        raise BundleError(
            "features: the candidates were computed from other definitions than the model was trained with. "
            "Run the train stage, or restore features/definitions/*.yaml."
        )
