"""scikit-learn estimators: P(returned within the window), and P(reason | returned)."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import Tags, assert_all_finite
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from returns_risk.model.base import LightGBMClassifier
from returns_risk.model.calibration import fit_calibrator, fit_temperature, fit_venn_abers
from returns_risk.model.target import RETURNED, Target, find_classes
from returns_risk.model.training_set import TrainingSet
from returns_risk.snapshot.labels import require_two_classes

__all__ = ["ReasonClassifier", "ReturnClassifier"]

Values = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(kw_only=True, eq=False, repr=False)
class ReturnClassifier(LightGBMClassifier):
    """Calibrated probability that a line is returned within its window, with its SHAP values.

    A scikit-learn classifier for two classes around LightGBM; missing values and text columns (categories) need no
    preparation. Early stopping and calibration use rows that the trees have not seen: those given to ``fit`` as
    ``calibrate``, or the last ``calibrate_share`` of the rows.

    Attributes
    ----------
    classes_ : the two labels, the second is ``returned``
    booster_, encoding_, calibrator_, venn_abers_ : LightGBM's trees, and what was fitted around them
    features_ : name, unit and meaning of each column, in the booster's order
    reference_values_ : median of each numeric column over the training rows

    Examples
    --------
    >>> rows = pd.DataFrame({"size": ["S", "L"] * 200, "price": [10.0, 30.0, 20.0, 40.0] * 100})
    >>> model = ReturnClassifier(num_boost_round=20, min_data_in_leaf=5).fit(rows, rows["size"] == "L")
    >>> model.predict_proba(rows.head(2)).round(1).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    _column: ClassVar[Literal["returned", "reason"]] = "returned"

    def predict_risk(self, X: Any) -> Values:
        """Return the calibrated probability of return of each row, shape (n_rows,).

        Raises
        ------
        BundleError
            The columns are not those of training.
        """
        margin = self.predict_margin(X)
        return self.calibrator_(margin)

    def predict_proba(self, X: Any) -> Values:
        """Return the probability of both classes, shape (n_rows, 2)."""
        risk = self.predict_risk(X)
        return np.column_stack([1 - risk, risk])

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the likelier class of each row, shape (n_rows,)."""
        likelier = (self.predict_risk(X) >= 0.5).astype(np.int64)
        return np.asarray(self.classes_[likelier])

    def predict_interval(self, X: Any) -> tuple[Values, Values]:
        """Return how low and how high the risk of each row may be, each of shape (n_rows,).

        Its Venn-Abers probabilities and the sampling error of the share returned among similar lines
        (``VennAbers.around``); the risk is inside.
        """
        margin = self.predict_margin(X)
        risk = self.calibrator_(margin)
        if self.venn_abers_ is None:
            return risk, risk
        return self.venn_abers_.around(risk, margin + self.calibrator_.shift)

    def _set_classes(self, y: npt.NDArray[Any]) -> None:
        assert_all_finite(y, input_name="y")
        check_classification_targets(y)
        if (kind := type_of_target(y)) != "binary":
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError(f"y holds less than two classes: {self.classes_.tolist()}, one class or none.")

    def _encode_labels(self, y: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        return np.asarray(y == self.classes_[1], dtype=bool)

    def _find_target(self, rows: TrainingSet, calibrate: pd.DataFrame) -> Target:
        require_two_classes(rows.columns(["returned"])["returned"], "train")
        require_two_classes(calibrate["returned"], "calibrate")
        self.classes_ = getattr(self, "classes_", np.array([False, True]))
        return RETURNED

    def _calibrate(self, margin: Values, label: Labels) -> None:
        returned = label.astype(bool)
        self.calibrator_ = fit_calibrator(self.calibration, margin, returned)
        self.venn_abers_ = fit_venn_abers(margin, returned)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


@dataclass(kw_only=True, eq=False, repr=False)
class ReasonClassifier(LightGBMClassifier):
    """Probability of each return reason, given that the line comes back, with SHAP values.

    A scikit-learn classifier around LightGBM, as ``ReturnClassifier``. Rows without a reason are left out, e.g. lines
    that were kept.

    Parameters
    ----------
    unknown : reasons that say nothing; lines with them are left out
    min_lines : a reason with fewer rows to learn from is no class
    min_share : below this probability the likeliest reason is not shown to anybody

    Attributes
    ----------
    classes_ : the reasons in alphabetical order
    """

    unknown: tuple[str, ...] = ()
    min_lines: int = 1
    min_share: float = 0.0
    calibration: str = "temperature"

    _column: ClassVar[Literal["returned", "reason"]] = "reason"

    def predict_proba(self, X: Any) -> Values:
        """Return P(reason | returned) of each reason in ``classes_``, shape (n_rows, n_classes)."""
        margin = self.predict_margin(X)
        return self.calibrator_(margin)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the likeliest reason of each row, shape (n_rows,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])

    def _set_classes(self, y: npt.NDArray[Any]) -> None:
        stated = y[~pd.isna(y)]
        assert_all_finite(stated, input_name="y")
        check_classification_targets(stated)
        self._labels = {str(label): label for label in np.unique(stated)}

    def _encode_labels(self, y: npt.NDArray[Any]) -> pd.Series:
        stated = pd.Series(y, dtype=object)
        return stated.map(str).where(stated.notna()).astype("str")

    def _find_target(self, rows: TrainingSet, calibrate: pd.DataFrame) -> Target:
        reasons = rows.columns(["reason"])["reason"]
        classes = find_classes(reasons, calibrate["reason"], self.unknown, self.min_lines)
        if len(classes) < 2:
            raise ValueError(
                f"y holds less than two classes with {self.min_lines} rows or more in each period: one class or none."
            )
        labels = getattr(self, "_labels", {})
        self.classes_ = np.array([labels.get(name, name) for name in classes])
        return Target(column="reason", classes=classes, min_share=self.min_share)

    def _calibrate(self, margin: Values, label: Labels) -> None:
        self.calibrator_ = fit_temperature(self.calibration, margin, label)
        self.venn_abers_ = None
