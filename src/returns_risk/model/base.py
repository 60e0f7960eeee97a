"""What the estimators share: encoding, boosting with early stopping, calibration, refit, SHAP values."""

import logging
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.validation import check_consistent_length, column_or_1d

from returns_risk.features import Feature, FeatureSet
from returns_risk.model.binned import BinnedTable
from returns_risk.model.boosting import choose_features, lightgbm_settings, medians
from returns_risk.model.censored import WEIGHT, find_delays, weigh_censored
from returns_risk.model.columns import describe_frame
from returns_risk.model.fitted import FittedClassifier
from returns_risk.model.provenance import Provenance
from returns_risk.model.recipes import RECIPES, Recipe
from returns_risk.model.target import RETURNED
from returns_risk.model.training_set import FrameTrainingSet, TrainingConfig, TrainingSet
from returns_risk.snapshot.splits import latest_rows

__all__ = ["LightGBMClassifier"]

Values = npt.NDArray[np.float64]
Labelled = tuple[Any, Any]
"""Features and labels, as ``fit`` takes them."""
_logger = logging.getLogger(__name__)


@dataclass(kw_only=True, eq=False, repr=False)
class LightGBMClassifier(FittedClassifier):
    """Base of ``ReturnClassifier`` and ``ReasonClassifier``; gives calibrated probabilities and SHAP values.

    Parameters are those of LightGBM under its parameters names, and:

    feature_set : definitions of the columns to learn from, frozen into the bundle; None to learn from all columns of X
    leave_out : features, or whole entities, that are not learnt from
    monotone : ``increasing`` or ``decreasing`` by feature, where its effect may only go one way
    calibrate_share : share of the rows, the last ones, that stop early and calibrate where ``fit`` is given no others
    min_category_lines : a category with fewer training lines counts as unknown
    refit : learn once more from all rows, with the number of trees that early stopping found
    calibration : how margins become probabilities
    half_life_days : age at which a line counts half as much as the latest (X then has ``ordered_on``); None for all
        alike
    """

    _column: ClassVar[Literal["returned", "reason"]]
    """Column of the labels."""

    feature_set: FeatureSet | None = None
    leave_out: tuple[str, ...] = ()
    monotone: dict[str, Literal["increasing", "decreasing"]] | None = None
    random_state: int = 7
    calibrate_share: float = 0.2
    learning_rate: float = 0.05
    num_leaves: int = 15
    min_data_in_leaf: int = 100
    feature_fraction: float = 0.3
    bagging_fraction: float = 0.8
    lambda_l2: float = 10.0
    min_data_per_group: int = 200
    max_cat_threshold: int = 64
    cat_smooth: float = 50.0
    cat_l2: float = 50.0
    max_bin: int = 255
    extra_trees: bool = True
    min_category_lines: int = 10
    num_boost_round: int = 2000
    early_stopping_round: int = 60
    num_threads: int = 2
    refit: bool = True
    calibration: str = "platt"
    half_life_days: int | None = None

    @classmethod
    def from_recipe(cls, recipe: Recipe, feature_set: FeatureSet) -> Self:
        """Return an unfitted classifier with the parameters of a recipe (``models/recipes/<name>.yaml``)."""
        parameters = set(cls._get_param_names())
        train = {name: value for name, value in recipe.train.model_dump().items() if name in parameters}
        chosen: dict[str, Any] = {**train, **(recipe.classes.model_dump() if recipe.classes else {})}
        return cls(
            feature_set=feature_set,
            leave_out=recipe.leave_out,
            monotone=recipe.monotone,
            random_state=recipe.seed,
            **chosen,
        )

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        calibrate: Labelled | None = None,
        provenance: Provenance | None = None,
    ) -> Self:
        """Fit, stop early, calibrate and, if asked, refit on all rows with the number of trees found.

        Parameters
        ----------
        X : DataFrame, or array of numbers, shape (n_rows, n_features)
            Rows in the order of their days. Columns that the feature set does not name are ignored.
        y : label of each row, shape (n_rows,)
        sample_weight : of each row in learning; stopping early and calibrating count every row once
        calibrate : features and labels of later, matured rows that stop early and calibrate; the last
            ``calibrate_share`` of the rows if not given
        provenance : what the rows were made from; needed to save the classifier

        Raises
        ------
        ValueError
            X or y is not what a classifier can learn from.
        ParamsError
            ``leave_out`` or ``monotone`` names an unknown feature.
        """
        y = column_or_1d(y, warn=True)
        self._set_classes(y)
        rows = self._join_labels(X, y, sample_weight, reset=True)
        if calibrate is None:
            late = latest_rows(rows[self._column], self.calibrate_share)
            learn, watch = rows[~late], rows[late]
        else:
            learn, watch = rows, self._join_labels(calibrate[0], column_or_1d(calibrate[1]), reset=False)
        target = self._find_target(FrameTrainingSet(learn, watch), watch)
        learn, watch = (part[target.known(part)].reset_index(drop=True) for part in (learn, watch))
        weighed_by = [] if self.half_life_days is None else ["ordered_on"]
        frame = self._frame(X, reset=False).drop(columns=weighed_by)
        features = self.feature_set.features if self.feature_set else describe_frame(frame)
        return self._fit(FrameTrainingSet(learn, watch), watch, features, provenance, None)

    def fit_training_set(
        self,
        rows: TrainingSet,
        calibrate: pd.DataFrame,
        *,
        provenance: Provenance | None = None,
        censored: pd.DataFrame | None = None,
    ) -> Self:
        """Fit on rows that need not lie in the memory of this process; else as ``fit``.

        Parameters
        ----------
        rows : features and labels of the train and the calibrate period
        calibrate : features and labels of the calibrate period
        censored : lines whose window was still open when the test period began (``Periods.censored``); they are learnt
            from in the refit only

        Raises
        ------
        LabelError
            One of the periods has only one class.
        ParamsError
            ``leave_out`` or ``monotone`` names an unknown feature.
        """
        return self._fit(rows, calibrate, self.definitions.features, provenance, censored)

    def chosen_features(self, prefix: str = "") -> list[Feature]:
        """Return the features of the feature set that are learnt from; errors as of ``fit``, after a prefix."""
        return choose_features(self.definitions.features, self.leave_out, self.monotone or {}, prefix)

    def bin_rows(self, rows: pd.DataFrame, prefix: str = "") -> BinnedTable:
        """Bin features once for several trainings on parts of the rows (``fit_training_set``); errors as of ``fit``.

        Parameters
        ----------
        rows : features and labels
        prefix : of messages, as of ``chosen_features``
        """
        features = self.chosen_features(prefix)
        settings = lightgbm_settings(self.get_params(deep=False), RETURNED, features)
        return BinnedTable.of(rows, features, settings, self.min_category_lines)

    def _fit(
        self,
        rows: TrainingSet,
        calibrate: pd.DataFrame,
        features: list[Feature],
        provenance: Provenance | None,
        censored: pd.DataFrame | None,
    ) -> Self:
        name = provenance.recipe.name if provenance and provenance.recipe else ""
        prefix = f"{RECIPES / name}.yaml: " if name else ""
        self.target_ = self._find_target(rows, calibrate)
        self.features_ = choose_features(features, self.leave_out, self.monotone or {}, prefix)
        self.n_features_in_ = getattr(self, "n_features_in_", len(self.features_))
        self._grow(rows, self.num_boost_round, self.early_stopping_round)
        self.rounds_ = self.booster_.current_iteration()
        self.provenance_ = provenance and provenance.model_copy(update={"rounds": self.rounds_})
        self._calibrate(self._margin(calibrate), self.target_.label(calibrate))
        _logger.info("%s: %d rounds; calibration: %s", name or type(self).__name__, self.rounds_, self.calibrator_.kind)
        if self.refit:
            return self._refit(rows, calibrate, censored)
        self.reference_values_ = medians(rows, self.encoding_)
        return self

    def refitted(self, rows: TrainingSet, calibrate: pd.DataFrame, censored: pd.DataFrame | None = None) -> Self:
        """Return a classifier that learnt once more from both periods, with the same number of rounds and calibration.

        Parameters
        ----------
        calibrate : features and labels of the calibrate period
        censored : features, ``ordered_on`` and ``returned_on`` of lines with an open window, weighted here by the
            delays of the other rows; None to learn from matured lines only
        """
        return copy(self)._refit(rows, calibrate, censored)

    def _refit(self, rows: TrainingSet, calibrate: pd.DataFrame, censored: pd.DataFrame | None) -> Self:
        if censored is not None and self.provenance_ is not None:
            begins = pd.Timestamp(self.provenance_.periods.test[0])
            delays = find_delays(rows.columns(["ordered_on", "returned_on"]))
            risk = self.calibrator_(self.predict_margin(censored))
            censored = weigh_censored(censored, begins, delays, risk)
            _logger.info("%d lines with an open return window are learnt from, too", len(censored))
        both = rows.with_calibrate(censored)
        self._grow(both, self.rounds_, None)
        if not self.target_.classes:  # shares of reasons add up to 1 whatever their level
            returned = float(self.target_.label(calibrate).mean())
            self.calibrator_ = self.calibrator_.at_level(self._margin(calibrate), returned)
        self.reference_values_ = medians(both, self.encoding_)
        return self

    def _margin(self, rows: pd.DataFrame) -> Values:
        return np.asarray(self.booster_.predict(self.encoding_(rows), raw_score=True, num_threads=self.num_threads))

    def _grow(self, rows: TrainingSet, rounds: int, patience: int | None) -> None:
        self.__dict__.pop("columns", None)
        self.encoding_ = rows.fit_encoding(self.features_, self.min_category_lines)
        until = None if self.half_life_days is None else rows.columns(["ordered_on"])["ordered_on"].max()
        settings = lightgbm_settings(self.get_params(deep=False), self.target_, self.features_)
        config = TrainingConfig(self.target_, settings, self.half_life_days, until)
        self.booster_ = rows.boost(self.encoding_, config, rounds, patience)

    def _join_labels(self, X: Any, y: Values, sample_weight: Any = None, *, reset: bool) -> pd.DataFrame:
        """Return features and labels in one frame, without rows that have no label."""
        rows = self._frame(X, reset)
        if sample_weight is not None:
            sample_weight = column_or_1d(sample_weight)
            if not sample_weight.any():
                raise ValueError("Sample weights are all zero. At least one row has to count.")
        check_consistent_length(rows, y, sample_weight)
        if self.feature_set is None and self._column in rows:
            raise ValueError(f"X has a column {self._column}, which is the label. Drop it.")
        labels = pd.DataFrame({self._column: self._encode_labels(y)})
        if sample_weight is not None:
            labels[WEIGHT] = sample_weight
        features = rows.drop(columns=list(labels), errors="ignore").reset_index(drop=True)
        return pd.concat([features, labels], axis=1)[labels[self._column].notna()].reset_index(drop=True)
