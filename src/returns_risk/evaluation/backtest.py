"""The risk trained on past as-of days with what was known then, beside simpler models, on what came next."""

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.classifier import CALIBRATIONS, Classifier, Provenance, fit_calibrator, fit_classifier
from returns_risk.evaluation.baselines import base_rate, smoothed_rate
from returns_risk.evaluation.evidence import grade_evidence, is_new
from returns_risk.evaluation.folds import Fold, find_folds
from returns_risk.evaluation.predictors import category_rate, logistic, naive
from returns_risk.evaluation.slices import cut_slices
from returns_risk.feature_groups import Definitions
from returns_risk.params import Params
from returns_risk.recipes import Recipe

__all__ = ["MODEL", "Tested", "calibration_losses", "choose_calibration", "fit_fold", "run_backtest"]

Values = npt.NDArray[np.float64]
MODEL = "model"
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tested:
    """The tested lines of one fold, by row."""

    fold: Fold
    lines: pd.DataFrame
    """``customer_id``, ``returned``, ``is_new_customer``, ``is_new_sku``, ``evidence``."""
    slices: pd.DataFrame
    """Text, a column a dimension."""
    risks: dict[str, Values]
    """By predictor; that of the model is with its best calibration."""
    calibrations: dict[str, Values]
    """Risks of the model by calibration."""


def run_backtest(rows: pd.DataFrame, definitions: Definitions, recipe: Recipe, params: Params) -> list[Tested]:
    """Train and test on each fold.

    The model is trained without the refit, so that all calibrations meet it on lines it has not seen.

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
        classifier = fit_fold(rows, fold, definitions, recipe, params)
        learnt, test = rows[fold.train | fold.calibrate], rows[fold.test]
        calibrations = _calibrate(classifier, rows[fold.calibrate], test)
        tested.append(
            Tested(
                fold=fold,
                lines=_describe(test),
                slices=slices[fold.test].reset_index(drop=True),
                risks=_simpler(learnt, test, list(classifier.encoding.columns), params),
                calibrations=calibrations,
            )
        )
        _logger.info("backtest as of %s: %d lines learnt, %d tested", fold.as_of, len(learnt), len(test))
    best = choose_calibration(tested)
    for one in tested:
        one.risks[MODEL] = one.calibrations[best]
    return tested


def fit_fold(rows: pd.DataFrame, fold: Fold, definitions: Definitions, recipe: Recipe, params: Params) -> Classifier:
    """Fit a recipe with what was known on the day of a fold: quickly, uncalibrated and without the refit."""
    settings = {"learning_rate": params.backtest.learning_rate, "refit": False, "calibration": "none"}
    quick = recipe.model_copy(update={"train": recipe.train.model_copy(update=settings)})
    provenance = Provenance(
        source=params.source.name, as_of=fold.as_of, periods=fold.periods, rows={}, return_rate=0.0, data={},
        packages={},
    )  # fmt: skip
    train, calibrate = (rows[chosen].reset_index(drop=True) for chosen in (fold.train, fold.calibrate))
    return fit_classifier(train, calibrate, definitions, quick, provenance)


def choose_calibration(tested: list[Tested]) -> str:
    """Return the simplest calibration that is not clearly worse than the best.

    Judged by the mean log loss of the folds; clearly worse is by more than the standard error of the folds'
    differences (the one-standard-error rule; Breiman et al. 1984, Classification and regression trees).
    """
    losses = calibration_losses(tested)
    best = str(losses.mean().idxmin())
    differences = losses.sub(losses[best], axis=0)
    error = differences.std(ddof=1) / np.sqrt(len(losses))
    return next(kind for kind in CALIBRATIONS if differences[kind].mean() <= error[kind])


def calibration_losses(tested: list[Tested]) -> pd.DataFrame:
    """Return the log loss of each calibration on each fold, shape (n_folds, n_calibrations)."""
    from sklearn.metrics import log_loss

    return pd.DataFrame(
        [{kind: log_loss(one.lines["returned"], risk) for kind, risk in one.calibrations.items()} for one in tested],
        index=[one.fold.as_of.isoformat() for one in tested],
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
            "is_new_customer": is_new(test, "customer"),
            "is_new_sku": is_new(test, "sku"),
            "evidence": grade_evidence(test),
        }
    ).reset_index(drop=True)
