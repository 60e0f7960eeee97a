"""Fits the recipes of a chain on the rows of a feature table."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import numpy.typing as npt

from returns_risk.config.params import Params
from returns_risk.contract.parquet import read_frame, read_rows
from returns_risk.features import FeatureSet, read_frozen
from returns_risk.model.boosting import MEDIAN_ROWS
from returns_risk.model.classifiers import Classifier, make_classifier
from returns_risk.model.encoding import CATEGORICAL
from returns_risk.model.provenance import Provenance, describe_provenance
from returns_risk.model.recipes import RECIPES, Recipe
from returns_risk.model.target import Target, find_target
from returns_risk.model.training_set import TrainingSet
from returns_risk.snapshot.labels import LABELS
from returns_risk.snapshot.splits import PERIODS, Periods

__all__ = ["OpenRows", "fit", "fit_recipes"]

Mask = npt.NDArray[np.bool_]
OpenRows = Callable[[Path, Mask, Mask], AbstractContextManager[TrainingSet | None]]
"""Opens the rows of a file that are learnt from and watched (``TrainingSet``); None for rows in this process."""
_STAGE = "featurize"


def fit_recipes(
    recipes: list[Recipe],
    file: Path,
    definitions_file: Path,
    periods: Periods,
    params: Params,
    open_rows: OpenRows = lambda *_: nullcontext(),
) -> dict[str, Classifier]:
    """Fit all recipes whose target the source has lines enough for.

    Parameters
    ----------
    file : ``training.parquet``
    definitions_file : the definitions of its features, as ``read_frozen`` reads them
    open_rows : opens the training rows elsewhere, as ``cluster.training.cluster_rows``

    Raises
    ------
    LabelError, ParamsError
        As ``fit``, besides the errors of ``open_rows``.
    """
    labels = read_frame(file, _STAGE, LABELS)
    classifiers = {}
    for recipe in recipes:
        train, calibrate = (labels[periods.select(labels, name)] for name in ("train", "calibrate"))
        target = find_target(recipe, train, calibrate)
        if target is not None:
            known = labels[target.known(labels)]
            parts = {name: known[periods.select(known, name)] for name in PERIODS}
            provenance = describe_provenance(params, periods, parts, [file, definitions_file])
            feature_set = read_frozen(definitions_file)
            classifiers[recipe.name] = fit(file, periods, feature_set, recipe, target, provenance, open_rows)
    return classifiers


def fit(
    file: Path,
    periods: Periods,
    feature_set: FeatureSet,
    recipe: Recipe,
    target: Target,
    provenance: Provenance,
    open_rows: OpenRows = lambda *_: nullcontext(),
) -> Classifier:
    """Fit a recipe on the rows of a feature table that have a label.

    Raises
    ------
    LabelError
        One of the periods has only one class.
    ParamsError
        The recipe leaves out or constrains a column that is no feature.
    """
    labels = read_frame(file, _STAGE, LABELS)
    known = target.known(labels)
    train, calibrate = (periods.select(labels, name).to_numpy() & known for name in ("train", "calibrate"))
    classifier = make_classifier(recipe, feature_set)
    names = [feature.name for feature in classifier.chosen_features(f"{RECIPES / recipe.name}.yaml: ")]
    weigh = recipe.train.censored == "weigh"
    censored = read_rows(file, _STAGE, periods.censored(labels).to_numpy(), [*LABELS, *names]) if weigh else None
    provenance = provenance.model_copy(update={"recipe": recipe})
    with open_rows(file, train, calibrate) as elsewhere:
        if elsewhere is not None:
            later = read_rows(file, _STAGE, calibrate, [*LABELS, *names])
            classifier.fit_training_set(elsewhere, later, provenance=provenance, censored=censored)
            return _with_all_reference_values(classifier, file, train | calibrate if classifier.refit else train)
        rows = read_rows(file, _STAGE, train | calibrate, [*LABELS, *names])
        learn, watch = train[train | calibrate], calibrate[train | calibrate]
        parts = classifier.bin_rows(rows).part(learn, watch)
        classifier.fit_training_set(parts, rows[watch], provenance=provenance, censored=censored)
    return _with_all_reference_values(classifier, file, train | calibrate if classifier.refit else train)


def _with_all_reference_values(classifier: Classifier, file: Path, learnt: Mask) -> Classifier:
    """Add the medians of features that are not learnt from: reasons compare with them, too."""
    known = {feature.name for feature in classifier.features_}
    names = [
        feature.name
        for feature in classifier.definitions.features
        if feature.name not in known and feature.unit not in CATEGORICAL
    ]
    positions = np.flatnonzero(learnt)
    chosen = np.zeros(len(learnt), dtype=np.bool_)
    chosen[positions[np.linspace(0, len(positions) - 1, min(MEDIAN_ROWS, len(positions))).astype(np.int64)]] = True
    medians = read_rows(file, _STAGE, chosen, [*LABELS, *names])[names].median().dropna()
    classifier.reference_values_ |= {str(name): float(median) for name, median in medians.items()}
    return classifier
