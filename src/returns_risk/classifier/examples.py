"""Rows to learn from, and LightGBM on them."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from returns_risk.classifier.encoding import Encoding

if TYPE_CHECKING:
    import lightgbm as lgb

__all__ = ["Examples", "FrameExamples", "boost"]


class Examples(Protocol):
    """The rows of the train period, with those of the calibrate period for stopping early."""

    def columns(self, names: list[str]) -> pd.DataFrame:
        """Return some columns of the rows that are learnt from, features or ``returned``."""

    def boost(self, encoding: Encoding, settings: dict[str, Any], rounds: int, patience: int | None) -> "lgb.Booster":
        """Grow trees; stop where the calibrate period has not got better for ``patience`` rounds, if it is watched."""

    def with_calibrate(self) -> "Examples":
        """Return the rows of both periods, to learn from all of them with nothing to watch."""


@dataclass(frozen=True)
class FrameExamples:
    """Examples in the memory of this process."""

    learn: pd.DataFrame
    watch: pd.DataFrame | None

    def columns(self, names: list[str]) -> pd.DataFrame:
        """Return some columns of the rows that are learnt from."""
        return self.learn[names]

    def boost(self, encoding: Encoding, settings: dict[str, Any], rounds: int, patience: int | None) -> "lgb.Booster":
        """Grow trees in this process."""
        return boost(encoding, settings, rounds, patience, self.learn, self.watch)

    def with_calibrate(self) -> "FrameExamples":
        """Return the rows of both periods."""
        return FrameExamples(pd.concat([self.learn, self.watch], ignore_index=True), None)


def boost(
    encoding: Encoding,
    settings: dict[str, Any],
    rounds: int,
    patience: int | None,
    learn: pd.DataFrame,
    watch: pd.DataFrame | None,
) -> "lgb.Booster":
    """Train LightGBM.

    Parameters
    ----------
    settings : LightGBM's parameters, by its own names
    rounds : number of trees at most
    patience : rounds without gain on ``watch`` before it stops; None to grow all
    learn, watch : features and ``returned``
    """
    import lightgbm as lgb

    data = _dataset(encoding, learn, None)
    watched = [] if watch is None or patience is None else [_dataset(encoding, watch, data)]
    callbacks = [lgb.early_stopping(patience, verbose=False)] if watched and patience is not None else []
    with warnings.catch_warnings():
        # LightGBM warns that categorical_feature is also among the parameters it stores itself.
        warnings.filterwarnings("ignore", message=".*categorical_feature.*", category=UserWarning)
        return lgb.train(settings, data, num_boost_round=rounds, valid_sets=watched, callbacks=callbacks)


def _dataset(encoding: Encoding, rows: pd.DataFrame, reference: "lgb.Dataset | None") -> "lgb.Dataset":
    import lightgbm as lgb

    return lgb.Dataset(
        encoding(rows),
        label=rows["returned"].to_numpy(dtype=np.float32),
        categorical_feature=list(encoding.levels),
        reference=reference,
        free_raw_data=True,
    )
