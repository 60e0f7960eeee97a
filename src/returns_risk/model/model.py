"""The fitted classifier: booster, calibrator, encoding and where they come from."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.yaml_files import Frozen
from returns_risk.errors import BundleError
from returns_risk.features import Feature, FeatureSet
from returns_risk.model.calibration import Calibrator
from returns_risk.model.columns import Column, describe_columns
from returns_risk.model.encoding import Encoding
from returns_risk.model.recipes import Recipe
from returns_risk.model.splits import Periods
from returns_risk.model.target import Target
from returns_risk.model.venn_abers import VennAbers

if TYPE_CHECKING:
    import lightgbm as lgb

__all__ = ["Classifier", "Provenance"]

Values = npt.NDArray[np.float64]
_ROUNDING = 1e-6  # of sums of some thousand trees in double precision


class Provenance(Frozen):
    """What a classifier was made from."""

    source: str
    as_of: date
    periods: Periods
    rows: dict[str, int]
    return_rate: float
    """Share returned in the train period."""
    rounds: int = 0
    """Rounds kept by early stopping."""
    recipe: Recipe | None = None
    """How it learnt; noted when it is fitted."""
    data: dict[str, str]
    """SHA-256 of the files it learnt from."""
    packages: dict[str, str]
    """Versions of the packages that fitted it."""
    policy: str = ""
    """SHA-256 of the terms in ``policy.yaml`` that its labels followed; noted when the classifier is first saved."""


@dataclass(frozen=True)
class Classifier:
    """Calibrated P(returned within the window) and its attributions, or the shares of the reasons of a return."""

    booster: "lgb.Booster"
    target: Target
    calibrator: Calibrator
    venn_abers: VennAbers | None
    """How sure a risk is; None for a model of reasons."""
    encoding: Encoding
    definitions: FeatureSet
    """Frozen at training; scoring computes features from these, not from ``features/``."""
    typical: dict[str, float]
    """Median of each numeric column over the training rows."""
    provenance: Provenance

    @property
    def recipe(self) -> Recipe:
        """How it learnt.

        Raises
        ------
        BundleError
            It was not noted.
        """
        if self.provenance.recipe is None:
            raise BundleError("models: a bundle does not say how it was trained. Run the train stage again.")
        return self.provenance.recipe

    @cached_property
    def features(self) -> list[Feature]:
        """The columns the booster uses, in its order."""
        catalogue = {feature.name: feature for feature in self.definitions.features}
        return [catalogue[name] for name in self.encoding.columns]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The schema of what it reads."""
        return describe_columns(self.booster, self.encoding, self.features)

    def predict_margin(self, features: pd.DataFrame) -> Values:
        """Return the raw log-odds of each row, shape (n_rows,), or of each class, (n_rows, n_classes)."""
        margin = self._predict(features, raw_score=True)
        return margin.reshape(len(features), *([len(self.target.classes)] if self.target.classes else []))

    def predict_risk(self, features: pd.DataFrame) -> Values:
        """Return the calibrated probability of return of each row, shape (n_rows,).

        Raises
        ------
        BundleError
            The columns are not those of training.
        """
        return self.calibrator(self.predict_margin(features))

    def predict_interval(self, features: pd.DataFrame) -> tuple[Values, Values]:
        """Return how low and how high the risk of each row may be, each of shape (n_rows,).

        The Venn-Abers probabilities of its margin, widened to hold the risk itself.
        """
        margin = self.predict_margin(features)
        risk = self.calibrator(margin)
        if self.venn_abers is None:
            return risk, risk
        low, high = self.venn_abers(margin)
        return np.minimum(low, risk), np.maximum(high, risk)

    def predict(self, features: pd.DataFrame) -> Values:
        """Return what the target asks for: ``predict_risk`` or ``predict_shares``."""
        return self.predict_shares(features) if self.target.classes else self.predict_risk(features)

    def predict_shares(self, features: pd.DataFrame) -> Values:
        """Return P(reason | returned) of each reason in ``target.classes``, shape (n_rows, n_classes)."""
        return self.calibrator(self.predict_margin(features))

    def contributions(self, features: pd.DataFrame) -> Values:
        """Return SHAP values on the raw margin, shape (n_rows, n_features + 1); the last column is the base.

        Of a model of reasons: shape (n_rows, n_classes, n_features + 1).

        LightGBM's ``pred_contrib`` is TreeSHAP (Lundberg et al. 2020, From local explanations to global
        understanding with explainable AI for trees), path-dependent.

        Raises
        ------
        BundleError
            They do not add up to the margin that is served.
        """
        found = self._predict(features, pred_contrib=True).reshape(
            len(features), *([len(self.target.classes)] if self.target.classes else []), len(self.encoding.columns) + 1
        )
        self._require_additive(found, features)
        return found

    def _require_additive(self, contributions: Values, features: pd.DataFrame) -> None:
        margin = self.predict_margin(features)
        gap = np.abs(contributions.sum(axis=-1) - margin)
        if (gap > _ROUNDING * np.maximum(1.0, np.abs(margin))).any():
            raise BundleError(
                f"models: the attributions of {gap.size} scores do not add up to the scores, by up to {gap.max():.2g}. "
                "The bundle is damaged or of another LightGBM: train again."
            )

    def _predict(self, features: pd.DataFrame, **kind: bool) -> Values:
        encoded = self.encoding(features)
        if encoded.empty:
            return np.empty(0)  # LightGBM refuses no rows; a night may well have none to explain
        # LightGBM matches columns by position unless asked to compare names.
        return np.asarray(self.booster.predict(encoded, validate_features=True, **kind), dtype=np.float64)
