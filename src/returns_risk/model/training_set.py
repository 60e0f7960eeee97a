"""Training rows, in memory or elsewhere, and LightGBM trained on them."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.features import Feature
from returns_risk.model.censored import WEIGHT
from returns_risk.model.encoding import Encoding, learn_encoding
from returns_risk.model.target import Target

if TYPE_CHECKING:
    import lightgbm as lgb

__all__ = ["FrameTrainingSet", "TrainingConfig", "TrainingSet", "boost", "grow"]


@dataclass(frozen=True)
class TrainingConfig:
    """What LightGBM learns, and with which settings."""

    target: Target
    settings: dict[str, Any]
    """LightGBM's parameters, by its own names."""
    half_life_days: int | None
    until: pd.Timestamp | None
    """Day from which the age of a line is counted, where it counts."""

    @property
    def columns(self) -> list[str]:
        """Columns that training reads beside the features."""
        return [self.target.column] if self.half_life_days is None else [self.target.column, "ordered_on"]

    def weights(self, rows: pd.DataFrame) -> npt.NDArray[np.float32] | None:
        """Return the weight of each row: as given, and halved for every half-life of age; None for all alike."""
        given = rows[WEIGHT].fillna(1.0).to_numpy(dtype=np.float64) if WEIGHT in rows else None
        if self.half_life_days is None or self.until is None:
            return None if given is None else given.astype(np.float32)
        age = (self.until - rows["ordered_on"]).dt.days.to_numpy(dtype=np.float64)
        return np.asarray(0.5 ** (age / self.half_life_days) * (1.0 if given is None else given), dtype=np.float32)


class TrainingSet(Protocol):
    """The rows of the train period, with those of the calibrate period for stopping early."""

    def columns(self, names: list[str]) -> pd.DataFrame:
        """Return columns of the training rows, features or labels."""

    def fit_encoding(self, features: list[Feature], min_lines: int) -> Encoding:
        """Learn the levels of the categories; one with fewer than ``min_lines`` rows counts as missing."""

    def boost(self, encoding: Encoding, config: TrainingConfig, rounds: int, patience: int | None) -> "lgb.Booster":
        """Train; stop where the loss on the calibrate period has not fallen for ``patience`` rounds, if given."""

    def with_calibrate(self, censored: pd.DataFrame | None = None) -> "TrainingSet":
        """Return the rows of both periods as training rows, with none left for stopping early.

        Parameters
        ----------
        censored : further rows, as ``weigh_censored`` returns them
        """


@dataclass(frozen=True)
class FrameTrainingSet:
    """TrainingSet in the memory of this process."""

    learn: pd.DataFrame
    watch: pd.DataFrame | None

    def columns(self, names: list[str]) -> pd.DataFrame:
        """Return columns of the training rows."""
        return self.learn[names]

    def fit_encoding(self, features: list[Feature], min_lines: int) -> Encoding:
        """Learn the levels of the categories from the training rows."""
        return learn_encoding(self.columns, features, min_lines)

    def boost(self, encoding: Encoding, config: TrainingConfig, rounds: int, patience: int | None) -> "lgb.Booster":
        """Train in this process."""
        return boost(encoding, config, rounds, patience, self.learn, self.watch)

    def with_calibrate(self, censored: pd.DataFrame | None = None) -> "FrameTrainingSet":
        """Return the rows of both periods and the censored ones."""
        return FrameTrainingSet(pd.concat([self.learn, self.watch, censored], ignore_index=True), None)


def boost(
    encoding: Encoding,
    config: TrainingConfig,
    rounds: int,
    patience: int | None,
    learn: pd.DataFrame,
    watch: pd.DataFrame | None,
) -> "lgb.Booster":
    """Train LightGBM.

    Parameters
    ----------
    rounds : number of rounds at most, a tree each (or a tree for each class)
    patience : rounds without gain on ``watch`` before it stops; None to grow all
    learn, watch : features and ``config.columns``
    """
    data = _dataset(encoding, config, learn, None)
    watched = None if watch is None or patience is None else _dataset(encoding, config, watch, data)
    with warnings.catch_warnings():
        # LightGBM warns that categorical_feature is also among the parameters it stores itself.
        warnings.filterwarnings("ignore", message=".*categorical_feature.*", category=UserWarning)
        return grow(config, data, watched, rounds, patience)


def grow(
    config: TrainingConfig, data: "lgb.Dataset", watched: "lgb.Dataset | None", rounds: int, patience: int | None
) -> "lgb.Booster":
    """Train LightGBM on its own data sets; parameters are those of ``boost``."""
    import lightgbm as lgb

    callbacks = [] if watched is None or patience is None else [lgb.early_stopping(patience, verbose=False)]
    return lgb.train(
        config.settings,
        data,
        num_boost_round=rounds,
        valid_sets=[] if watched is None else [watched],
        callbacks=callbacks,
    )


def _dataset(
    encoding: Encoding, config: TrainingConfig, rows: pd.DataFrame, reference: "lgb.Dataset | None"
) -> "lgb.Dataset":
    import lightgbm as lgb

    return lgb.Dataset(
        encoding(rows),
        label=config.target.label(rows).astype(np.float32),
        # Lines of the calibrate period are like those to come: each counts once.
        weight=config.weights(rows) if reference is None else None,
        categorical_feature=list(encoding.levels),
        reference=reference,
        free_raw_data=True,
    )
