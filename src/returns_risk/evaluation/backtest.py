"""The risk trained on past as-of days with what was known then, beside simpler models, on what came next."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.evaluation.attributions import share_attributions
from returns_risk.evaluation.baselines import base_rate, smoothed_rate
from returns_risk.evaluation.evidence import grade_evidence, is_new
from returns_risk.evaluation.folds import Fold, find_folds
from returns_risk.evaluation.model_selection import ALL, Choices, choose_simplest, keep_strongest
from returns_risk.evaluation.predictors import category_rate, logistic, naive
from returns_risk.evaluation.slices import cut_slices
from returns_risk.features import FeatureSet
from returns_risk.model import (
    CALIBRATIONS,
    Classifier,
    FrameTrainingSet,
    Provenance,
    fit_calibrator,
    fit_classifier,
)
from returns_risk.model.recipes import Recipe
from returns_risk.model.splits import find_periods, spread_rows

__all__ = ["MODEL", "Backtest", "Tested", "fit_fold", "run_backtest", "tabulate_losses"]

Values = npt.NDArray[np.float64]
MODEL = "model"
_FEWEST = 2  # folds to decide on
_NEARLY_ALL = 0.99
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tested:
    """The tested lines of one fold, by row."""

    fold: Fold
    lines: pd.DataFrame
    """``customer_id``, ``returned``, ``closes_on``, ``is_new_customer``, ``is_new_sku``, ``evidence``."""
    slices: pd.DataFrame
    """Text, a column a dimension."""
    risks: dict[str, Values]
    """By predictor; that of the model is of the set of features and the calibration that were chosen."""
    sets: dict[str, dict[str, Values]]
    """Risks of the model by set of features, the smallest first, and calibration."""
    censored: dict[str, Values]
    """Risks of the refitted model without and with lines whose window was open; empty where nobody asks."""
    attributions: pd.Series
    """Share of each feature, on lines of the calibrate period."""

    @property
    def returned(self) -> npt.NDArray[np.bool_]:
        """Whether each line came back."""
        return self.lines["returned"].to_numpy(dtype=bool)


@dataclass(frozen=True)
class Backtest:
    """All folds and what they decide."""

    tested: list[Tested]
    choices: Choices


def run_backtest(rows: pd.DataFrame, definitions: FeatureSet, recipe: Recipe, params: Params) -> Backtest:
    """Train and test on each fold.

    The model is trained without the refit, so that all calibrations meet it on lines it has not seen. What is decided
    for training is decided on folds whose labels were all known when the test period of the chain began, so that
    the test period stays untouched.

    Parameters
    ----------
    rows : ids, labels and features of matured rows, each as known at its own first as-of
    definitions : what the features were computed from

    Raises
    ------
    LabelError
        The history is too short for the folds.
    """
    folds = find_folds(rows, params.as_of, params.split, params.backtest)
    slices = cut_slices(rows, params.backtest.slices)
    tested = []
    for fold in folds:
        one = _try(rows, fold, slices[fold.test].reset_index(drop=True), definitions, recipe, params)
        tested.append(one)
        learnt = int((fold.train | fold.calibrate).sum())
        _logger.info("backtest as of %s: %d lines learnt, %d tested", fold.as_of, learnt, len(one.lines))
    begins = pd.Timestamp(find_periods(rows, params.as_of, params.split).test[0])
    choices = _decide(_known_by(tested, begins), recipe)
    chosen = [
        replace(one, risks=one.risks | {MODEL: one.sets[choices.features][choices.calibration]}) for one in tested
    ]
    return Backtest(chosen, choices)


def fit_fold(rows: pd.DataFrame, fold: Fold, definitions: FeatureSet, recipe: Recipe, params: Params) -> Classifier:
    """Fit a recipe with what was known on the day of a fold: quickly, uncalibrated and without the refit."""
    settings = {"learning_rate": params.backtest.learning_rate, "refit": False, "calibration": "none"}
    quick = recipe.model_copy(update={"train": recipe.train.model_copy(update=settings)})
    provenance = Provenance(
        source=params.source.name, as_of=fold.as_of, periods=fold.periods, rows={}, return_rate=0.0, data={},
        packages={},
    )  # fmt: skip
    train, calibrate = (rows[chosen].reset_index(drop=True) for chosen in (fold.train, fold.calibrate))
    return fit_classifier(train, calibrate, definitions, quick, provenance)


def _try(
    rows: pd.DataFrame, fold: Fold, slices: pd.DataFrame, definitions: FeatureSet, recipe: Recipe, params: Params
) -> Tested:
    classifier = fit_fold(rows, fold, definitions, recipe, params)
    learnt, calibrate, test = rows[fold.train | fold.calibrate], rows[fold.calibrate], rows[fold.test]
    attributions = share_attributions(classifier, spread_rows(calibrate, params.train.shap_sample))
    sets = {}
    for share in sorted(params.backtest.feature_shares if recipe.train.features == "auto" else ()):
        fewer = _without_weak(recipe, attributions, share)
        sets[f"{share:g}"] = _calibrate(fit_fold(rows, fold, definitions, fewer, params), calibrate, test)
    return Tested(
        fold=fold,
        lines=_describe(test),
        slices=slices,
        risks=_simpler(learnt, test, list(classifier.encoding_.columns), params),
        sets=sets | {ALL: _calibrate(classifier, calibrate, test)},
        censored=_with_censored(classifier, rows, fold, test) if recipe.train.censored == "auto" else {},
        attributions=attributions,
    )


def _without_weak(recipe: Recipe, attributions: pd.Series, share: float) -> Recipe:
    """Return the recipe with no more features than make up a share of the attributions."""
    kept = set(keep_strongest(attributions, share))
    needless = tuple(str(name) for name in attributions.index if name not in kept)
    return recipe.model_copy(update={"leave_out": recipe.leave_out + needless})


def _with_censored(classifier: Classifier, rows: pd.DataFrame, fold: Fold, test: pd.DataFrame) -> dict[str, Values]:
    examples = FrameTrainingSet(rows[fold.train], rows[fold.calibrate])
    waiting = rows[fold.periods.censored(rows)].reset_index(drop=True)
    return {
        "leave_out": classifier.refitted(examples).predict_risk(test),
        "weigh": classifier.refitted(examples, waiting).predict_risk(test),
    }


def _known_by(tested: list[Tested], day: pd.Timestamp) -> list[Tested]:
    """Return the folds whose labels were known before a day, without the odd line that closed later."""
    found = []
    for one in tested:
        known = (one.lines["closes_on"] < day).to_numpy()
        if known.mean() >= _NEARLY_ALL:
            sets = {name: {kind: risk[known] for kind, risk in ways.items()} for name, ways in one.sets.items()}
            censored = {way: risk[known] for way, risk in one.censored.items()}
            found.append(replace(one, lines=one.lines[known], sets=sets, censored=censored))
    return found


def _decide(deciding: list[Tested], recipe: Recipe) -> Choices:
    """Decide on folds whose labels were known in time, one question after the other."""
    asked = recipe.train.calibration
    if len(deciding) < _FEWEST:
        _logger.warning(
            "backtest: the labels of %d folds were known when the test period began, %d are needed to decide: "
            "no calibration, all features, matured lines only. More history or shorter folds would do.",
            len(deciding), _FEWEST,
        )  # fmt: skip
        return Choices(calibration="none" if asked == "auto" else asked)
    features = choose_simplest(
        tabulate_losses(deciding, lambda one: {name: of["none"] for name, of in one.sets.items()})
    )
    best = choose_simplest(tabulate_losses(deciding, lambda one: one.sets[features]))
    censored = tabulate_losses(deciding, lambda one: one.censored)
    attributions = pd.concat([one.attributions for one in deciding], axis=1).fillna(0.0).mean(axis=1)
    kept = set(keep_strongest(attributions, float(features)))
    return Choices(
        calibration=best if asked == "auto" else asked,
        features=features,
        leave_out=tuple(str(name) for name in attributions.index if features != ALL and name not in kept),
        censored="leave_out" if censored.empty else choose_simplest(censored),
        decided_on=tuple(one.fold.as_of.isoformat() for one in deciding),
    )


def tabulate_losses(tested: list[Tested], ways: Callable[[Tested], dict[str, Values]]) -> pd.DataFrame:
    """Return the log loss of each way of predicting on each fold, indexed by its as-of, in the order of the ways."""
    from sklearn.metrics import log_loss

    return pd.DataFrame(
        [{way: log_loss(one.returned, risk) for way, risk in ways(one).items()} for one in tested],
        index=pd.Index([one.fold.as_of.isoformat() for one in tested], name="as_of"),
    )


def _calibrate(classifier: Classifier, calibrate: pd.DataFrame, test: pd.DataFrame) -> dict[str, Values]:
    margin, later = classifier.predict_margin(calibrate), classifier.predict_margin(test)
    returned = calibrate["returned"].to_numpy(dtype=bool)
    return {kind: fit_calibrator(kind, margin, returned)(later) for kind in CALIBRATIONS}


def _simpler(learnt: pd.DataFrame, test: pd.DataFrame, features: list[str], params: Params) -> dict[str, Values]:
    strength, seed = params.evaluate.baseline_strength, params.seed
    return {
        "base_rate": base_rate(learnt, test),
        "category_rate": category_rate(learnt, test, strength),
        "smoothed_rate": smoothed_rate(learnt, test, strength),
        "logistic": logistic(learnt, test, features, seed),
        "naive_lightgbm": naive(learnt, test, params.train.num_threads, seed),
    }


def _describe(test: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": test["customer_id"],
            "returned": test["returned"].to_numpy(dtype=bool),
            "closes_on": test["closes_on"],
            "is_new_customer": is_new(test, "customer"),
            "is_new_sku": is_new(test, "sku"),
            "evidence": grade_evidence(test),
        }
    ).reset_index(drop=True)
