"""Rows of a feature table in LightGBM's bins, made once and shared by all trainings on parts of them."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.features import Feature
from returns_risk.model.encoding import Encoding, learn_encoding
from returns_risk.model.training_set import FrameTrainingSet, TrainingConfig, TrainingSet, grow

if TYPE_CHECKING:
    import lightgbm as lgb

__all__ = ["BinnedTable", "BinnedTrainingSet"]

Mask = npt.NDArray[np.bool_]
_COLUMNS_AT_ONCE = 32


@dataclass(frozen=True)
class BinnedTable:
    """Labelled rows, and their features as LightGBM's bins.

    To bin a table takes as long as some hundred trees on it, to take a part of the bins next to nothing. The edges of
    the bins and the levels of the categories come from the features of all rows, never from a label. A part that
    knows less learns nothing from that: an edge only rounds, and a category with fewer rows in the part than
    ``cat_smooth`` is on no side of a split, as if it were unknown.
    """

    rows: pd.DataFrame
    encoding: Encoding
    data: "lgb.Dataset"

    @classmethod
    def of(cls, rows: pd.DataFrame, features: list[Feature], settings: dict[str, Any], min_lines: int) -> "BinnedTable":
        """Bin the features of rows.

        Parameters
        ----------
        rows : features and labels
        features : columns to learn from
        settings : LightGBM's parameters; trainings may differ in those that do not shape bins
        min_lines : a category with fewer rows counts as missing
        """
        encoding = learn_encoding(lambda names: rows[names], features, min_lines)
        return cls.encoded(rows, encoding, settings)

    @classmethod
    def encoded(cls, rows: pd.DataFrame, encoding: Encoding, settings: dict[str, Any]) -> "BinnedTable":
        """Bin the columns of an encoding; parameters are those of ``of``."""
        import lightgbm as lgb

        with warnings.catch_warnings():
            # LightGBM warns that categorical_feature is also among the parameters it stores itself.
            warnings.filterwarnings("ignore", message=".*categorical_feature.*", category=UserWarning)
            data = lgb.Dataset(
                _matrix(rows, encoding),
                label=np.zeros(len(rows), dtype=np.float32),
                feature_name=list(encoding.columns),
                categorical_feature=[number for number, name in enumerate(encoding.columns) if name in encoding.levels],
                # Which columns can be split at all depends on the part and on min_data_in_leaf.
                params=settings | {"feature_pre_filter": False},
            ).construct()
        # Parts are taken by trainings that run side by side, on one thread each.
        data.params["num_threads"] = 1
        return cls(rows, encoding, data)

    def part(self, learn: Mask, watch: Mask) -> "BinnedTrainingSet":
        """Return rows to learn from and rows to watch for stopping early, each of shape (n_rows,)."""
        return BinnedTrainingSet(self, np.flatnonzero(learn), np.flatnonzero(watch))


@dataclass(frozen=True)
class BinnedTrainingSet:
    """TrainingSet of some rows of a ``BinnedTable``."""

    table: BinnedTable
    learn: npt.NDArray[np.intp]
    watch: npt.NDArray[np.intp]

    def columns(self, names: list[str]) -> pd.DataFrame:
        """Return columns of the training rows."""
        return self.table.rows[names].iloc[self.learn]

    def fit_encoding(self, features: list[Feature], min_lines: int) -> Encoding:  # noqa: ARG002
        """Return the encoding of the table, whose features are these."""
        return self.table.encoding

    def boost(
        self,
        encoding: Encoding,  # noqa: ARG002
        config: TrainingConfig,
        rounds: int,
        patience: int | None,
    ) -> "lgb.Booster":
        """Train in this process, with the encoding of the table."""
        learnt, watched = self._data(self.learn, config), None
        rows = self.table.rows[[name for name in config.columns if name in self.table.rows]].iloc[self.learn]
        learnt.set_weight(config.weights(rows))
        if patience is not None and len(self.watch):
            watched = self._data(self.watch, config)
        return grow(config, learnt, watched, rounds, patience)

    def with_calibrate(self, censored: pd.DataFrame | None = None) -> TrainingSet:
        """Return the rows of both periods and the censored ones."""
        both = np.union1d(self.learn, self.watch)
        if censored is None:
            return BinnedTrainingSet(self.table, both, both[:0])
        # Their labels are those of an earlier day, and not in the table.
        rows = self.table.rows
        return FrameTrainingSet(pd.concat([rows.iloc[both], censored], ignore_index=True), None)

    def _data(self, positions: npt.NDArray[np.intp], config: TrainingConfig) -> "lgb.Dataset":
        labels = config.target.label(self.table.rows[[config.target.column]].iloc[positions])
        return self.table.data.subset(positions).construct().set_label(labels.astype(np.float32))


def _matrix(rows: pd.DataFrame, encoding: Encoding) -> npt.NDArray[np.float32]:
    """Return the encoded rows as LightGBM reads them without a further copy."""
    matrix = np.empty((len(rows), len(encoding.columns)), dtype=np.float32)
    for start in range(0, len(encoding.columns), _COLUMNS_AT_ONCE):
        names = encoding.columns[start : start + _COLUMNS_AT_ONCE]
        levels = {name: encoding.levels[name] for name in names if name in encoding.levels}
        matrix[:, start : start + len(names)] = Encoding(columns=names, levels=levels)(rows)
    return matrix
