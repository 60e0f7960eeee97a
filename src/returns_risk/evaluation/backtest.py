"""The risk model trained on past as-of days and tested on the lines ordered next, beside simpler predictors."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.evaluation.attributions import share_attributions
from returns_risk.evaluation.evidence import grade_evidence, is_new
from returns_risk.evaluation.folds import Fold, find_folds
from returns_risk.evaluation.model_selection import ALL, ModelSelection, choose_simplest, weak_features
from returns_risk.evaluation.trainings import Trainings
from returns_risk.features import FeatureSet
from returns_risk.model import ReturnClassifier
from returns_risk.model.boosting import choose_features
from returns_risk.model.recipes import Recipe
from returns_risk.snapshot.splits import find_periods, spread_rows

__all__ = ["MODEL", "Backtest", "TestedFold", "run_backtest", "tabulate_losses", "tabulate_sets"]

Values = npt.NDArray[np.float64]
MODEL = "model"
_FEWEST = 2  # folds to decide on
_NEARLY_ALL = 0.99
_ATTRIBUTED_LINES = 1000  # of a fold
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
    """Risks of the model by set of features, the smallest first, and by calibration; on the folds that do not decide,
    of the selected set only."""
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
    period stays untouched. Smaller sets of features are found on the earliest of these folds and tried on all of
    them; the later folds are trained with the selected features only.

    Parameters
    ----------
    rows : ids, labels and features of matured rows, each as known at its own first as-of
    definitions : of the feature columns

    Raises
    ------
    LabelError
        The history is too short for the folds.
    """
    folds = find_folds(rows, params.as_of, params.split, params.backtest)
    begins = pd.Timestamp(find_periods(rows, params.as_of, params.split).test[0])
    trainings = Trainings(rows, definitions, params)
    deciding = _deciding(rows, folds, begins)
    sets, fits = _try_sets(trainings, deciding, recipe)
    tested = [
        _test_fold(trainings, fold, {name: fits[name][number] for name in fits}, recipe)
        for number, fold in enumerate(deciding)
    ]
    selection = _select([_known_before(fold, begins) for fold in tested], sets, recipe)
    later = folds[len(deciding) :]
    chosen = recipe.model_copy(update={"leave_out": recipe.leave_out + selection.leave_out})
    classifiers = trainings.fit(chosen, later)
    tested += [
        _test_fold(trainings, fold, {selection.features: classifier}, recipe)
        for fold, classifier in zip(later, classifiers, strict=True)
    ]
    classifiers = [*fits.get(selection.features, []), *classifiers]
    every = [feature.name for feature in choose_features(definitions.features, recipe.leave_out, {})]
    simpler = trainings.simpler_risks(folds, every)
    parts = zip(tested, classifiers, simpler, strict=True)
    return Backtest([_complete(trainings, *part, selection) for part in parts], selection)


def _deciding(rows: pd.DataFrame, folds: list[Fold], begins: pd.Timestamp) -> list[Fold]:
    """Return the folds whose labels, but for the odd late one, were known when the test period began."""
    known = [fold for fold in folds if (rows["closes_on"][fold.test] < begins).mean() >= _NEARLY_ALL]
    if len(known) >= _FEWEST:
        return known
    _logger.warning(
        "backtest: the labels of %d folds were known when the test period began, %d are needed to decide: "
        "no calibration, all features, matured lines only. More history or shorter folds would do.",
        len(known), _FEWEST,
    )  # fmt: skip
    return []


def _try_sets(
    trainings: Trainings, folds: list[Fold], recipe: Recipe
) -> tuple[dict[str, tuple[str, ...]], dict[str, list[ReturnClassifier]]]:
    """Fit the recipe with all features and with smaller sets; return what each set leaves out, and the classifiers."""
    everything = trainings.fit(recipe, folds)
    sets: dict[str, tuple[str, ...]] = {}
    if folds and recipe.train.features == "auto":
        shares = _attributions(trainings, everything[0], folds[0])
        sets = {
            f"{share:g}": weak_features(shares, share) for share in sorted(trainings.params.backtest.feature_shares)
        }
    fits = {
        name: trainings.fit(recipe.model_copy(update={"leave_out": recipe.leave_out + weak}), folds)
        for name, weak in sets.items()
    }
    return sets | {ALL: ()}, (fits | {ALL: everything} if folds else {})


def _attributions(trainings: Trainings, classifier: ReturnClassifier, fold: Fold) -> pd.Series:
    return share_attributions(classifier, spread_rows(trainings.rows[fold.calibrate], _ATTRIBUTED_LINES))


def _test_fold(
    trainings: Trainings, fold: Fold, classifiers: dict[str, ReturnClassifier], recipe: Recipe
) -> TestedFold:
    """Score the tested lines of a fold by each set of features."""
    test = trainings.rows[fold.test]
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
    weighed = recipe.train.censored == "auto"
    return TestedFold(
        fold=fold,
        lines=lines.reset_index(drop=True),
        slices=trainings.slices[fold.test].reset_index(drop=True),
        risks={},
        model_risks={name: trainings.calibrated_risks(one, fold) for name, one in classifiers.items()},
        censored_risks=trainings.censored_risks([*classifiers.values()][-1], fold) if weighed else {},
        attributions=pd.Series(dtype=np.float64),
    )


def _complete(
    trainings: Trainings,
    fold: TestedFold,
    classifier: ReturnClassifier,
    simpler: dict[str, Values],
    selection: ModelSelection,
) -> TestedFold:
    """Add what depends on the selection, and the simpler predictors."""
    learnt = int((fold.fold.train | fold.fold.calibrate).sum())
    _logger.info("backtest as of %s: %d lines learnt, %d tested", fold.day, learnt, len(fold.lines))
    risk = fold.model_risks[selection.features][selection.calibration]
    return replace(fold, risks=simpler | {MODEL: risk}, attributions=_attributions(trainings, classifier, fold.fold))


def _known_before(fold: TestedFold, day: pd.Timestamp) -> TestedFold:
    """Return a fold without the odd line whose label was not known before a day."""
    known = (fold.lines["closes_on"] < day).to_numpy()
    model_risks = {
        features: {kind: risk[known] for kind, risk in risks.items()} for features, risks in fold.model_risks.items()
    }
    censored = {name: risk[known] for name, risk in fold.censored_risks.items()}
    return replace(fold, lines=fold.lines[known], model_risks=model_risks, censored_risks=censored)


def _select(folds: list[TestedFold], sets: dict[str, tuple[str, ...]], recipe: Recipe) -> ModelSelection:
    """Choose features, then the calibration with these, then whether censored lines are learnt from.

    Parameters
    ----------
    folds : those that decide; nothing is chosen without any
    sets : features that each set leaves out, by its name
    """
    calibration = recipe.train.calibration
    if not folds:
        return ModelSelection(calibration="none" if calibration == "auto" else calibration)
    features = choose_simplest(tabulate_sets(folds))
    best = choose_simplest(tabulate_losses(folds, lambda fold: fold.model_risks[features]))
    censored = tabulate_losses(folds, lambda fold: fold.censored_risks)
    return ModelSelection(
        calibration=best if calibration == "auto" else calibration,
        features=features,
        leave_out=sets[features],
        censored="leave_out" if censored.empty else choose_simplest(censored),
        decided_on=tuple(fold.day for fold in folds),
    )


def tabulate_sets(tested: list[TestedFold]) -> pd.DataFrame:
    """Return the log loss of each set of features, uncalibrated, on the folds that tried all of them."""
    most = max((len(fold.model_risks) for fold in tested), default=0)
    tried = [fold for fold in tested if len(fold.model_risks) == most]
    return tabulate_losses(tried, lambda fold: {name: of["none"] for name, of in fold.model_risks.items()})


def tabulate_losses(tested: list[TestedFold], risks: Callable[[TestedFold], dict[str, Values]]) -> pd.DataFrame:
    """Return the log loss of each named risk on each fold, indexed by its as-of, in the order of the names."""
    from sklearn.metrics import log_loss

    return pd.DataFrame(
        [{name: log_loss(fold.returned, risk) for name, risk in risks(fold).items()} for fold in tested],
        index=pd.Index([fold.day for fold in tested], name="as_of"),
    )
