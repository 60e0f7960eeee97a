"""The risk model on the folds of a backtest: bins are made once, and folds are trained side by side."""

import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.evaluation.baselines import LOGISTIC_LINES, RATES, RAW_COLUMNS, logistic, naive_lightgbm
from returns_risk.evaluation.folds import Fold
from returns_risk.evaluation.slices import cut_slices
from returns_risk.features import FeatureSet
from returns_risk.model import CALIBRATIONS, FrameTrainingSet, Provenance, ReturnClassifier, fit_calibrator
from returns_risk.model.binned import BinnedTable
from returns_risk.model.recipes import RECIPES, Recipe

__all__ = ["Trainings", "bin_recipe", "fit_fold"]

Item = TypeVar("Item")
Result = TypeVar("Result")
Values = npt.NDArray[np.float64]


def bin_recipe(rows: pd.DataFrame, definitions: FeatureSet, recipe: Recipe, params: Params) -> BinnedTable:
    """Bin the features of a recipe, for ``fit_fold`` on any fold of the rows."""
    classifier = ReturnClassifier.from_recipe(_quick(recipe, params, params.train.num_threads), definitions)
    return classifier.bin_rows(rows, f"{RECIPES / recipe.name}.yaml: ")


def fit_fold(
    table: BinnedTable, fold: Fold, definitions: FeatureSet, recipe: Recipe, params: Params, threads: int
) -> ReturnClassifier:
    """Fit a recipe with what was known on the day of a fold: quickly, uncalibrated and without the refit."""
    quick = _quick(recipe, params, threads)
    provenance = Provenance(
        source=params.source.name, as_of=fold.as_of, periods=fold.periods, rows={}, return_rate=0.0, data={},
        packages={}, recipe=quick,
    )  # fmt: skip
    classifier = ReturnClassifier.from_recipe(quick, definitions)
    calibrate = table.rows[fold.calibrate]
    return classifier.fit_training_set(table.part(fold.train, fold.calibrate), calibrate, provenance=provenance)


def _quick(recipe: Recipe, params: Params, threads: int) -> Recipe:
    """Raise the learning rate, and stop as early after the best round as the larger steps allow."""
    train, rate = recipe.train, params.backtest.learning_rate
    settings: dict[str, Any] = {
        "learning_rate": rate,
        "early_stopping_round": max(1, round(train.early_stopping_round * min(1.0, train.learning_rate / rate))),
        "refit": False,
        "calibration": "none",
        "num_threads": threads,
    }
    return recipe.model_copy(update={"train": train.model_copy(update=settings)})


@dataclass(frozen=True)
class Trainings:
    """Rows, and what is fitted on the parts of them that folds name."""

    rows: pd.DataFrame
    definitions: FeatureSet
    params: Params
    _binned: dict[str, BinnedTable] = field(default_factory=dict, init=False, repr=False)
    """The bins of the last recipe, by its JSON: all folds share them."""

    @cached_property
    def slices(self) -> pd.DataFrame:
        """Slice of each row in each dimension."""
        return cut_slices(self.rows, self.params.backtest.slices)

    def fit(self, recipe: Recipe, folds: list[Fold]) -> list[ReturnClassifier]:
        """Fit a recipe on each fold."""
        if not folds:
            return []
        key = recipe.model_dump_json()
        if key not in self._binned:
            self._binned.clear()
            self._binned[key] = bin_recipe(self.rows, self.definitions, recipe, self.params)
        table = self._binned[key]
        return self._side_by_side(
            lambda fold: fit_fold(table, fold, self.definitions, recipe, self.params, threads=1), folds
        )

    def calibrated_risks(self, classifier: ReturnClassifier, fold: Fold) -> dict[str, Values]:
        """Return the risks of the tested rows under each calibration."""
        calibrate = self.rows[fold.calibrate]
        margin, later = classifier.predict_margin(calibrate), classifier.predict_margin(self.rows[fold.test])
        returned = calibrate["returned"].to_numpy(dtype=bool)
        return {kind: fit_calibrator(kind, margin, returned)(later) for kind in CALIBRATIONS}

    def censored_risks(self, classifier: ReturnClassifier, fold: Fold) -> dict[str, Values]:
        """Return the risks of the tested rows after a refit without and with lines whose window was open."""
        calibrate = self.rows[fold.calibrate]
        learnt = FrameTrainingSet(self.rows[fold.train], calibrate)
        censored, test = self.rows[fold.periods.censored(self.rows)].reset_index(drop=True), self.rows[fold.test]
        return {
            "leave_out": classifier.refitted(learnt, calibrate).predict_risk(test),
            "weigh": classifier.refitted(learnt, calibrate, censored).predict_risk(test),
        }

    def simpler_risks(self, folds: list[Fold], features: list[str]) -> list[dict[str, Values]]:
        """Return the risks of each fold's tested rows by simpler predictors."""
        from sklearn.exceptions import ConvergenceWarning
        from threadpoolctl import threadpool_limits

        plain = self.rows[[name for name in RAW_COLUMNS if name in self.rows]]

        def predict(fold: Fold) -> dict[str, Values]:
            learnt, test = plain[fold.train | fold.calibrate], plain[fold.test]
            risks = {name: rate(learnt, test) for name, rate in RATES.items()}
            trees = naive_lightgbm(learnt, test, threads=1, seed=self.params.seed)
            return risks | {"logistic": self._logistic(fold, features), "naive_lightgbm": trees}

        # One thread each: the filters of warnings and the threads of BLAS are those of the process.
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore", ConvergenceWarning)
            return self._side_by_side(predict, folds)

    def _logistic(self, fold: Fold, features: list[str]) -> Values:
        learnt = np.flatnonzero(fold.train | fold.calibrate)
        spread = learnt[np.unique(np.linspace(0, len(learnt) - 1, LOGISTIC_LINES).astype(np.int64))]
        train, test = self.rows[[*features, "returned"]].iloc[spread], self.rows.loc[fold.test, features]
        return logistic(train, test, features, self.params.seed)

    def _side_by_side(self, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Do work on items in as many threads as training has; each training has one and so gives the same trees."""
        with ThreadPoolExecutor(self.params.train.num_threads) as pool:
            return list(pool.map(work, items))
