"""Fits LightGBM on the train period, stops early and calibrates on the later one."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from returns_risk.config.params import Params, TrainParams
from returns_risk.errors import ParamsError
from returns_risk.features import Feature, FeatureSet
from returns_risk.io.files import hash_files
from returns_risk.model.calibration import Calibrator, fit_calibrator, fit_temperature
from returns_risk.model.censored import find_delays, weigh_censored
from returns_risk.model.encoding import CATEGORICAL, Encoding, fit_encoding
from returns_risk.model.model import Classifier, Provenance
from returns_risk.model.recipes import RECIPES, Recipe
from returns_risk.model.splits import Periods
from returns_risk.model.target import RETURNED, Target
from returns_risk.model.training_set import FrameTrainingSet, TrainingConfig, TrainingSet
from returns_risk.model.venn_abers import VennAbers, fit_venn_abers
from returns_risk.snapshot.labels import require_two_classes

if TYPE_CHECKING:
    import lightgbm as lgb

__all__ = ["choose_features", "describe_provenance", "fit_classifier", "fit_from", "refit"]

_PACKAGES = ("lightgbm", "numpy", "pandas", "scikit-learn")
_COLUMNS = 32
_OWN = {
    "calibration", "num_boost_round", "early_stopping_round", "shap_sample", "refit", "min_category_lines",
    "half_life_days", "features", "censored",
}  # fmt: skip
_logger = logging.getLogger(__name__)


def fit_classifier(
    train: pd.DataFrame,
    calibrate: pd.DataFrame,
    definitions: FeatureSet,
    recipe: Recipe,
    provenance: Provenance,
    target: Target = RETURNED,
    censored: pd.DataFrame | None = None,
) -> Classifier:
    """Fit on rows that are at hand; see ``fit_from``.

    Parameters
    ----------
    train, calibrate : features and labels; the second is later and matured as well
    """
    return fit_from(FrameTrainingSet(train, calibrate), calibrate, definitions, recipe, provenance, target, censored)


def fit_from(
    examples: TrainingSet,
    calibrate: pd.DataFrame,
    definitions: FeatureSet,
    recipe: Recipe,
    provenance: Provenance,
    target: Target,
    censored: pd.DataFrame | None = None,
) -> Classifier:
    """Fit, stop early, calibrate and, if asked, refit on both periods with the number of rounds found.

    Parameters
    ----------
    examples : the rows of both periods, wherever they are; all have a label
    calibrate : features and labels of the later period
    definitions : what the feature columns were computed from
    provenance : completed here with the number of rounds
    censored : lines whose window was still open when the test period began (``Periods.censored``), for a recipe that
        weighs them; they are learnt from in the refit only

    Raises
    ------
    LabelError
        One of the periods has only one class.
    ParamsError
        The recipe leaves out or constrains what is no feature.
    """
    if not target.classes:
        require_two_classes(examples.columns(["returned"])["returned"], "train")
        require_two_classes(calibrate["returned"], "calibrate")
    params = recipe.train
    encoding, booster = _grow(
        examples, definitions, recipe, target, params.num_boost_round, params.early_stopping_round
    )
    rounds = booster.current_iteration()
    calibrator, venn_abers = _calibrate(booster, encoding, target, calibrate, params.calibration)
    _logger.info("%s: %d rounds; calibration: %s", recipe.name, rounds, calibrator.kind)
    classifier = Classifier(
        booster=booster,
        target=target,
        calibrator=calibrator,
        venn_abers=venn_abers,
        encoding=encoding,
        definitions=definitions,
        typical={},
        provenance=provenance.model_copy(update={"rounds": rounds, "recipe": recipe}),
    )
    if not params.refit:
        return replace(classifier, typical=_medians(examples, encoding))
    weigh = recipe.train.censored == "weigh" and not target.classes and censored is not None
    return refit(classifier, examples, censored if weigh else None)


def refit(classifier: Classifier, examples: TrainingSet, censored: pd.DataFrame | None = None) -> Classifier:
    """Learn once more from both periods, with the number of rounds found and the calibration as it is.

    Parameters
    ----------
    classifier : fitted on the train period
    censored : features, ``ordered_on`` and ``returned_on`` of lines with an open window, weighted here by the delays of
        the examples; None to learn from matured lines only
    """
    recipe, rounds = classifier.recipe, classifier.provenance.rounds
    if censored is not None:
        begins = pd.Timestamp(classifier.provenance.periods.test[0])
        delays = find_delays(examples.columns(["ordered_on", "returned_on"]))
        censored = weigh_censored(censored, begins, delays, classifier.predict_risk(censored))
        _logger.info("%s: %d lines with an open return window are learnt from, too", recipe.name, len(censored))
    both = examples.with_calibrate(censored)
    encoding, booster = _grow(both, classifier.definitions, recipe, classifier.target, rounds, None)
    return replace(classifier, booster=booster, encoding=encoding, typical=_medians(both, encoding))


def choose_features(definitions: FeatureSet, recipe: Recipe) -> list[Feature]:
    """Return the features a recipe learns from, in catalogue order.

    Raises
    ------
    ParamsError
        It leaves out or constrains what is no feature, or a category is to have a direction.
    """
    features = definitions.features
    entities = {feature.group for feature in features}
    names = {feature.name for feature in features}
    file = RECIPES / f"{recipe.name}.yaml"
    for key, asked in (("leave_out", recipe.leave_out), ("monotone", recipe.monotone)):
        if unknown := [name for name in asked if name not in names | (entities if key == "leave_out" else set())]:
            raise ParamsError(
                f"{file}: {key}: {unknown[0]} is no feature of this source. Choose among those that "
                "returns-risk features list prints."
            )
    chosen = [one for one in features if not {one.name, one.group} & set(recipe.leave_out)]
    if wrong := [one.name for one in chosen if one.name in recipe.monotone and one.unit in CATEGORICAL]:
        raise ParamsError(f"{file}: monotone: {wrong[0]} is a category and has no direction. Remove it.")
    return chosen


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


def _grow(
    examples: TrainingSet, definitions: FeatureSet, recipe: Recipe, target: Target, rounds: int, patience: int | None
) -> tuple[Encoding, "lgb.Booster"]:
    features = choose_features(definitions, recipe)
    encoding = _encode(examples, {feature.name: feature.unit for feature in features}, recipe.train)
    lesson = _lesson(examples, recipe, target, features)
    return encoding, examples.boost(encoding, lesson, rounds, patience)


def _encode(examples: TrainingSet, units: Mapping[str, str], params: TrainParams) -> Encoding:
    texts = examples.columns([name for name, unit in units.items() if unit in CATEGORICAL])
    return fit_encoding(texts, units, params.min_category_lines)


def _medians(examples: TrainingSet, encoding: Encoding) -> dict[str, float]:
    """Return the median of each numeric column that has one, some columns at a time."""
    names = [name for name in encoding.columns if name not in encoding.levels]
    parts = [names[begin : begin + _COLUMNS] for begin in range(0, len(names), _COLUMNS)]
    medians = {str(name): float(value) for part in parts for name, value in examples.columns(part).median().items()}
    return {name: value for name, value in medians.items() if np.isfinite(value)}


def _calibrate(
    booster: "lgb.Booster", encoding: Encoding, target: Target, calibrate: pd.DataFrame, kind: str
) -> tuple[Calibrator, VennAbers | None]:
    margin, label = np.asarray(booster.predict(encoding(calibrate), raw_score=True)), target.label(calibrate)
    if target.classes:
        return fit_temperature(kind, margin, label), None
    returned = label.astype(bool)
    return fit_calibrator(kind, margin, returned), fit_venn_abers(margin, returned)


def _lesson(examples: TrainingSet, recipe: Recipe, target: Target, features: list[Feature]) -> TrainingConfig:
    until = None if recipe.train.half_life_days is None else examples.columns(["ordered_on"])["ordered_on"].max()
    return TrainingConfig(target, _lightgbm_params(recipe, target, features), recipe.train.half_life_days, until)


def _lightgbm_params(recipe: Recipe, target: Target, features: list[Feature]) -> dict[str, Any]:
    several = {"objective": "multiclass", "metric": "multi_logloss", "num_class": len(target.classes)}
    settings = {
        **(several if target.classes else {"objective": "binary", "metric": "binary_logloss"}),
        "bagging_freq": 1,
        "seed": recipe.seed,
        # The three together give the same bytes on every run with the same number of threads.
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        **recipe.train.model_dump(exclude=_OWN),
    }
    if recipe.monotone:
        way = {"increasing": 1, "decreasing": -1}
        settings["monotone_constraints"] = [
            way[recipe.monotone[one.name]] if one.name in recipe.monotone else 0 for one in features
        ]
        settings["monotone_constraints_method"] = "intermediate"
    return settings
