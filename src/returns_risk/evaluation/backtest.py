"""The risk model trained on past as-of days and tested on the lines ordered next, beside simpler predictors."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.evaluation.attributions import share_attributions
from returns_risk.evaluation.baselines import base_rate, category_rate, logistic, naive_lightgbm, smoothed_rate
from returns_risk.evaluation.evidence import grade_evidence, is_new
from returns_risk.evaluation.folds import Fold, find_folds
from returns_risk.evaluation.model_selection import ALL, ModelSelection, choose_simplest, weak_features
from returns_risk.evaluation.slices import cut_slices
from returns_risk.features import FeatureSet
from returns_risk.model import CALIBRATIONS, FrameTrainingSet, Provenance, ReturnClassifier, fit_calibrator
from returns_risk.model.recipes import Recipe
from returns_risk.snapshot.splits import find_periods, spread_rows

__all__ = ["MODEL", "Backtest", "TestedFold", "fit_fold", "run_backtest", "tabulate_losses"]

Values = npt.NDArray[np.float64]
MODEL = "model"
_FEWEST = 2  # folds to decide on
_NEARLY_ALL = 0.99
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TestedFold:
    """The tested lines of one fold, by row."""

    fold: Fold
    lines: pd.DataFrame
    """``customer_id``, ``returned``, ``closes_on``, ``is_new_customer``, ``is_new_sku``, ``evidence``."""
    slices: pd.DataFrame
    """Text, a column for each dimension."""
    risks: dict[str, Values]
    """By predictor; the model's with the selected features and calibration."""
    model_risks: dict[str, dict[str, Values]]
    """Risks of the model by set of features, the smallest first, and by calibration."""
    censored_risks: dict[str, Values]
    """Risks of the refitted model without and with lines whose window was open; empty unless
    ``train.censored`` is auto."""
    attributions: pd.Series
    """Share of each feature, on lines of the calibrate period."""

    @property
    def day(self) -> str:
        """As-of in ISO format."""
        return self.fold.as_of.isoformat()

    @property
    def returned(self) -> npt.NDArray[np.bool_]:
        """Whether each line was returned."""
        return self.lines["returned"].to_numpy(dtype=bool)


@dataclass(frozen=True)
class Backtest:
    """All folds, and the selection for training that rests on them."""

    tested: list[TestedFold]
    selection: ModelSelection


def run_backtest(rows: pd.DataFrame, definitions: FeatureSet, recipe: Recipe, params: Params) -> Backtest:
    """Train and test on each fold.

    The model is trained without the refit, so that calibrations are fitted on lines it has not seen. Choices for
    training rest on folds whose labels were all known when the test period of the chain began, so that the test
    period stays untouched.

    Parameters
    ----------
    rows : ids, labels and features of matured rows, each as known at its own first as-of
    definitions : of the feature columns

    Raises
    ------
    LabelError
        The history is too short for the folds.
    """
    slices = cut_slices(rows, params.backtest.slices)
    tested = []
    for fold in find_folds(rows, params.as_of, params.split, params.backtest):
        fits = _FoldFits(rows, fold, definitions, params)
        tested.append(_test_fold(fits, slices[fold.test].reset_index(drop=True), recipe))
        learnt = int((fold.train | fold.calibrate).sum())
        _logger.info("backtest as of %s: %d lines learnt, %d tested", fold.as_of, learnt, len(tested[-1].lines))
    begins = pd.Timestamp(find_periods(rows, params.as_of, params.split).test[0])
    selection = _select(_known_before(tested, begins), recipe)
    chosen = [
        replace(fold, risks=fold.risks | {MODEL: fold.model_risks[selection.features][selection.calibration]})
        for fold in tested
    ]
    return Backtest(chosen, selection)


def fit_fold(
    rows: pd.DataFrame, fold: Fold, definitions: FeatureSet, recipe: Recipe, params: Params
) -> ReturnClassifier:
    """Fit a recipe with what was known on the day of a fold: quickly, uncalibrated and without the refit."""
    settings = {"learning_rate": params.backtest.learning_rate, "refit": False, "calibration": "none"}
    quick = recipe.model_copy(update={"train": recipe.train.model_copy(update=settings)})
    provenance = Provenance(
        source=params.source.name, as_of=fold.as_of, periods=fold.periods, rows={}, return_rate=0.0, data={},
        packages={}, recipe=quick,
    )  # fmt: skip
    train, calibrate = (rows[chosen].reset_index(drop=True) for chosen in (fold.train, fold.calibrate))
    classifier = ReturnClassifier.from_recipe(quick, definitions)
    return classifier.fit_training_set(FrameTrainingSet(train, calibrate), calibrate, provenance=provenance)


@dataclass(frozen=True)
class _FoldFits:
    """Rows of a fold, and the models fitted on them."""

    rows: pd.DataFrame
    fold: Fold
    definitions: FeatureSet
    params: Params

    def fit(self, recipe: Recipe) -> ReturnClassifier:
        return fit_fold(self.rows, self.fold, self.definitions, recipe, self.params)

    @property
    def test(self) -> pd.DataFrame:
        return self.rows[self.fold.test]

    @property
    def calibrate(self) -> pd.DataFrame:
        return self.rows[self.fold.calibrate]

    def calibrated_risks(self, classifier: ReturnClassifier) -> dict[str, Values]:
        """Return the risks of the test rows under each calibration."""
        margin, later = classifier.predict_margin(self.calibrate), classifier.predict_margin(self.test)
        returned = self.calibrate["returned"].to_numpy(dtype=bool)
        return {kind: fit_calibrator(kind, margin, returned)(later) for kind in CALIBRATIONS}

    def censored_risks(self, classifier: ReturnClassifier) -> dict[str, Values]:
        """Return the risks of the test rows after a refit without and with lines whose window was open."""
        learnt = FrameTrainingSet(self.rows[self.fold.train], self.calibrate)
        censored = self.rows[self.fold.periods.censored(self.rows)].reset_index(drop=True)
        return {
            "leave_out": classifier.refitted(learnt).predict_risk(self.test),
            "weigh": classifier.refitted(learnt, censored).predict_risk(self.test),
        }

    def simpler_risks(self, features: list[str]) -> dict[str, Values]:
        """Return the risks of the test rows by simpler predictors."""
        learnt, test = self.rows[self.fold.train | self.fold.calibrate], self.test
        seed = self.params.seed
        return {
            "base_rate": base_rate(learnt, test),
            "category_rate": category_rate(learnt, test),
            "smoothed_rate": smoothed_rate(learnt, test),
            "logistic": logistic(learnt, test, features, seed),
            "naive_lightgbm": naive_lightgbm(learnt, test, self.params.train.num_threads, seed),
        }


def _test_fold(fits: _FoldFits, slices: pd.DataFrame, recipe: Recipe) -> TestedFold:
    params, test = fits.params, fits.test
    classifier = fits.fit(recipe)
    attributions = share_attributions(classifier, spread_rows(fits.calibrate, params.train.shap_sample))
    model_risks = {}
    for share in sorted(params.backtest.feature_shares if recipe.train.features == "auto" else ()):
        weak = weak_features(attributions, share)
        fewer = recipe.model_copy(update={"leave_out": recipe.leave_out + weak})
        model_risks[f"{share:g}"] = fits.calibrated_risks(fits.fit(fewer))
    lines = pd.DataFrame(
        {
            "customer_id": test["customer_id"],
            "returned": test["returned"].to_numpy(dtype=bool),
            "closes_on": test["closes_on"],
            "is_new_customer": is_new(test, "customer"),
            "is_new_sku": is_new(test, "sku"),
            "evidence": grade_evidence(test),
        }
    )
    return TestedFold(
        fold=fits.fold,
        lines=lines.reset_index(drop=True),
        slices=slices,
        risks=fits.simpler_risks(list(classifier.encoding_.columns)),
        model_risks=model_risks | {ALL: fits.calibrated_risks(classifier)},
        censored_risks=fits.censored_risks(classifier) if recipe.train.censored == "auto" else {},
        attributions=attributions,
    )


def _known_before(tested: list[TestedFold], day: pd.Timestamp) -> list[TestedFold]:
    """Return the folds whose labels were known before a day, without the odd line that closed later."""
    known_folds = []
    for fold in tested:
        known = (fold.lines["closes_on"] < day).to_numpy()
        if known.mean() >= _NEARLY_ALL:
            model_risks = {
                features: {kind: risk[known] for kind, risk in risks.items()}
                for features, risks in fold.model_risks.items()
            }
            censored = {name: risk[known] for name, risk in fold.censored_risks.items()}
            lines = fold.lines[known]
            known_folds.append(replace(fold, lines=lines, model_risks=model_risks, censored_risks=censored))
    return known_folds


def _select(folds: list[TestedFold], recipe: Recipe) -> ModelSelection:
    """Choose features, then the calibration with these, then whether censored lines are learnt from."""
    calibration = recipe.train.calibration
    if len(folds) < _FEWEST:
        _logger.warning(
            "backtest: the labels of %d folds were known when the test period began, %d are needed to decide: "
            "no calibration, all features, matured lines only. More history or shorter folds would do.",
            len(folds), _FEWEST,
        )  # fmt: skip
        return ModelSelection(calibration="none" if calibration == "auto" else calibration)
    uncalibrated = tabulate_losses(folds, lambda fold: {name: of["none"] for name, of in fold.model_risks.items()})
    features = choose_simplest(uncalibrated)
    best = choose_simplest(tabulate_losses(folds, lambda fold: fold.model_risks[features]))
    censored = tabulate_losses(folds, lambda fold: fold.censored_risks)
    attributions = pd.concat([fold.attributions for fold in folds], axis=1).fillna(0.0).mean(axis=1)
    return ModelSelection(
        calibration=best if calibration == "auto" else calibration,
        features=features,
        leave_out=() if features == ALL else weak_features(attributions, float(features)),
        censored="leave_out" if censored.empty else choose_simplest(censored),
        decided_on=tuple(fold.day for fold in folds),
    )


def tabulate_losses(tested: list[TestedFold], risks: Callable[[TestedFold], dict[str, Values]]) -> pd.DataFrame:
    """Return the log loss of each named risk on each fold, indexed by its as-of, in the order of the names."""
    from sklearn.metrics import log_loss

    return pd.DataFrame(
        [{name: log_loss(fold.returned, risk) for name, risk in risks(fold).items()} for fold in tested],
        index=pd.Index([fold.day for fold in tested], name="as_of"),
    )
