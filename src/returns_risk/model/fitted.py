"""A fitted classifier: margins and SHAP values of rows, the schema of the columns it reads, its bundle."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from returns_risk.config.policy import load_policy
from returns_risk.errors import BundleError
from returns_risk.features import Feature, FeatureSet
from returns_risk.model.bundle import FORMAT, Bundle, read_bundle, write_bundle
from returns_risk.model.calibration import Calibrator, VennAbers
from returns_risk.model.columns import Column, describe_columns
from returns_risk.model.encoding import Encoding
from returns_risk.model.provenance import Provenance
from returns_risk.model.recipes import Recipe
from returns_risk.model.target import Target

if TYPE_CHECKING:
    import lightgbm as lgb

__all__ = ["FittedClassifier"]

Values = npt.NDArray[np.float64]
_ROUNDING = 1e-6  # of sums of some thousand trees in double precision


class FittedClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn carries no types
    """Fitted state of a classifier, and what follows from it."""

    _column: ClassVar[Literal["returned", "reason"]]
    """Column of the labels."""
    feature_set: FeatureSet | None
    booster_: "lgb.Booster"
    target_: Target
    encoding_: Encoding
    calibrator_: Calibrator
    venn_abers_: VennAbers | None
    features_: list[Feature]
    """Columns of the booster in its order."""
    reference_values_: dict[str, float]
    """Median of each numeric column over the training rows."""
    provenance_: Provenance | None
    rounds_: int
    """Boosting rounds that early stopping kept."""

    def save(self, folder: Path, policy: Path = Path("policy.yaml")) -> None:
        """Write the fitted classifier as a bundle: a folder that appears as a whole.

        Parameters
        ----------
        policy : the terms behind the labels; their hash (``Policy.terms_sha256``) is noted unless the classifier has
            one from an earlier save

        Raises
        ------
        BundleError
            The classifier has no feature set or no provenance with its recipe.
        ParamsError
            The policy cannot be read.
        ExportError
            The folder cannot be written.
        """
        provenance, feature_set = self.provenance_, self.feature_set
        if provenance is None or provenance.recipe is None or feature_set is None:
            raise BundleError(
                f"{folder}: a bundle needs a feature_set and a provenance with its recipe. Construct the classifier "
                "with the first and pass the second to fit."
            )
        bundle = Bundle(
            format=FORMAT,
            target=self.target_,
            calibrator=self.calibrator_,
            venn_abers=self.venn_abers_,
            encoding=self.encoding_,
            columns=self.columns,
            feature_set=feature_set,
            reference_values=self.reference_values_,
            provenance=provenance.model_copy(update={"policy": provenance.policy or load_policy(policy).terms_sha256}),
        )
        write_bundle(bundle, self.booster_.model_to_string(), folder)

    @classmethod
    def load(cls, folder: Path, version: str = "") -> Self:
        """Read a classifier back from its bundle.

        Parameters
        ----------
        version : the ``bundle_version`` that the files must have, where it is known

        Raises
        ------
        BundleError
            A file is missing or damaged, the bundle is of another kind, format or version, or its parts do not belong
            together.
        """
        bundle, booster = read_bundle(folder, version)
        recipe = bundle.provenance.recipe
        if recipe is None or not recipe.target == bundle.target.column == cls._column:
            raise BundleError(f"{folder}: is not the bundle of a {cls.__name__}. Run the train stage again.")
        classifier: Self = cls.from_recipe(recipe, bundle.feature_set)
        features = {feature.name: feature for feature in bundle.feature_set.features}
        classifier.target_, classifier.classes_ = bundle.target, np.array(bundle.target.classes or [False, True])
        classifier.booster_, classifier.encoding_, classifier.calibrator_ = booster, bundle.encoding, bundle.calibrator
        classifier.venn_abers_, classifier.reference_values_ = bundle.venn_abers, bundle.reference_values
        classifier.provenance_, classifier.rounds_ = bundle.provenance, bundle.provenance.rounds
        classifier.features_ = [features[name] for name in bundle.encoding.columns]
        classifier.n_features_in_, classifier.columns = len(classifier.features_), bundle.columns
        return classifier

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Schema of the columns that the booster reads."""
        return describe_columns(self.booster_, self.encoding_, self.features_)

    @property
    def definitions(self) -> FeatureSet:
        """Feature definitions frozen at training, from which scoring computes features; a BundleError without them."""
        if self.feature_set is None:
            raise BundleError("models: the classifier has no feature_set. Construct it with the definitions of X.")
        return self.feature_set

    @property
    def provenance(self) -> Provenance:
        """Data and recipe the classifier was trained from; a BundleError if they were not given to ``fit``."""
        if self.provenance_ is None:
            raise BundleError("models: the classifier was fitted without a provenance. Run the train stage again.")
        return self.provenance_

    @property
    def recipe(self) -> Recipe:
        """Recipe by which the classifier was trained; a BundleError if the provenance does not name it."""
        if self.provenance.recipe is None:
            raise BundleError("models: a bundle does not say how it was trained. Run the train stage again.")
        return self.provenance.recipe

    def predict_margin(self, X: Any) -> Values:
        """Return the raw log-odds of each row, shape (n_rows,), or of each class, (n_rows, n_classes)."""
        rows = self._frame(X, reset=False)
        return self._predict(rows, raw_score=True).reshape(len(rows), *self._class_shape)

    def contributions(self, X: Any) -> Values:
        """Return SHAP values on the raw margin, shape (n_rows, n_features + 1); the last column is the base value.

        For reasons: shape (n_rows, n_classes, n_features + 1).

        They are those of path-dependent TreeSHAP (Lundberg et al. 2020, From local explanations to global
        understanding with explainable AI for trees; ``tree_shap``), as of LightGBM's ``pred_contrib``.

        Raises
        ------
        BundleError
            They do not add up to the margin that is served.
        """
        # Numba takes a second to import, and most callers only want a risk.
        from returns_risk.model.tree_shap import tree_shap

        rows = self._frame(X, reset=False)
        matrix = np.ascontiguousarray(self.encoding_(rows).to_numpy(dtype=np.float32))
        values = tree_shap(self.booster_, matrix, max(len(self.target_.classes), 1))
        values = values.reshape(len(rows), *self._class_shape, len(self.encoding_.columns) + 1)
        margin = self.predict_margin(rows)
        gap = np.abs(values.sum(axis=-1) - margin)
        if (gap > _ROUNDING * np.maximum(1.0, np.abs(margin))).any():
            raise BundleError(
                f"models: the attributions of {gap.size} scores do not add up to the scores, by up to {gap.max():.2g}. "
                "The bundle is damaged or of another LightGBM: train again."
            )
        return values

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    @property
    def _class_shape(self) -> tuple[int, ...]:
        return (len(self.target_.classes),) if self.target_.classes else ()

    def _predict(self, rows: pd.DataFrame, **kind: bool) -> Values:
        encoded = self.encoding_(rows)
        if encoded.empty:
            return np.empty(0)  # LightGBM refuses no rows; a night may well have none to explain
        # LightGBM matches columns by position unless asked to compare names.
        return np.asarray(self.booster_.predict(encoded, validate_features=True, **kind), dtype=np.float64)

    def _frame(self, X: Any, reset: bool) -> pd.DataFrame:
        if not reset:
            check_is_fitted(self)
        if isinstance(X, pd.DataFrame) and self.feature_set is not None:
            return X
        array = validate_data(
            self, X, reset=reset, skip_check_array=isinstance(X, pd.DataFrame), dtype="numeric",
            ensure_all_finite="allow-nan",
        )  # fmt: skip
        if isinstance(array, pd.DataFrame):
            return array.rename(columns=str)
        names = getattr(self, "feature_names_in_", [f"x{number}" for number in range(array.shape[1])])
        return pd.DataFrame(array, columns=list(names))
