"""Learners on the raw columns of a line: ids as categories, no history. Each is tuned a little, forward in time."""

import time
import warnings
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import log_loss

from returns_risk.evaluation import smoothed_rate

__all__ = ["IDS", "NUMBERS", "PEERS", "Peer"]

IDS = ["customer_id", "sku", "style", "brand", "size", "colour", "title"]
NUMBERS = [
    "birth_year", "unit_price", "size_rank", "weekday", "tenure_days",
    "order_lines", "order_value", "lines_of_style", "sizes_of_style",
]  # fmt: skip
ROUNDS = 2000
PATIENCE = 50
SEARCH = 0.6
"""Share of the budget for choosing; the rest is for learning again from all lines."""
SEED = 7
Values = npt.NDArray[np.float64]
Predict = Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, float], Values]


class _Until:
    """Ends a search of CatBoost when its time is up."""

    def __init__(self, end: float) -> None:
        self.end = end

    def after_iteration(self, _info: Any) -> bool:
        return time.perf_counter() < self.end


class Peer(NamedTuple):
    """A learner and the package it needs beside the project's own."""

    name: str
    package: str | None
    predict: Predict
    """Of the lines to learn from, the later ones to choose on, both together, the test lines, and seconds."""


def _choose(candidates: Iterable[Any], fit: Callable[[Any], tuple[float, Any]], budget: float) -> Any:
    """Return the result of the best candidate of those tried within the time of the search, one at least."""
    end, best = time.perf_counter() + SEARCH * budget, (float("inf"), None)
    for candidate in candidates:
        loss, found = fit(candidate)
        if loss < best[0]:
            best = loss, found
        if time.perf_counter() > end:
            break
    return best[1]


def _catboost(
    learn: pd.DataFrame, watch: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, budget: float
) -> Values:
    from catboost import CatBoostClassifier, Pool

    def pool(rows: pd.DataFrame) -> Any:
        return Pool(_typed(rows), rows["returned"].astype(int), cat_features=IDS)

    def model(settings: dict[str, Any], rounds: int) -> Any:
        return CatBoostClassifier(
            iterations=rounds, learning_rate=0.05, thread_count=2, random_seed=SEED, verbose=False,
            allow_writing_files=False, **settings,
        )  # fmt: skip

    def fit(settings: dict[str, Any]) -> tuple[float, Any]:
        in_time = [_Until(end)]
        found = model(settings, ROUNDS).fit(
            pools[0], eval_set=pools[1], early_stopping_rounds=PATIENCE, callbacks=in_time
        )
        return found.get_best_score()["validation"]["Logloss"], (settings, found.get_best_iteration() + 1)

    end = time.perf_counter() + SEARCH * budget
    pools = [pool(learn), pool(watch)]
    grid = [
        {"depth": depth, "l2_leaf_reg": l2, "has_time": ordered}
        for depth, l2, ordered in ((6, 3, False), (6, 3, True), (8, 10, False), (4, 3, False), (6, 30, False))
    ]
    settings, rounds = _choose(grid, fit, budget)
    return np.asarray(model(settings, rounds).fit(pool(train)).predict_proba(pool(test))[:, 1])


def _lightgbm(
    learn: pd.DataFrame, watch: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, budget: float
) -> Values:
    import lightgbm as lgb

    def data(rows: pd.DataFrame, levels: pd.DataFrame) -> Any:
        return lgb.Dataset(_levelled(rows, levels), rows["returned"].astype(int))

    def fit(settings: dict[str, Any]) -> tuple[float, Any]:
        early = lgb.early_stopping(PATIENCE, verbose=False)
        booster = lgb.train(base | settings, data(learn, learn), ROUNDS, [data(watch, learn)], callbacks=[early])
        return booster.best_score["valid_0"]["binary_logloss"], (settings, booster.best_iteration)

    base = {"objective": "binary", "learning_rate": 0.05, "verbosity": -1, "num_threads": 2, "seed": SEED}
    grid = [
        {"num_leaves": leaves, "cat_smooth": smooth, "cat_l2": smooth, "min_data_per_group": group}
        for leaves, smooth, group in product((31, 15), (10, 50), (100, 20))
    ]
    settings, rounds = _choose(grid, fit, budget)
    return np.asarray(lgb.train(base | settings, data(train, train), rounds).predict(_levelled(test, train)))


def _logistic(
    learn: pd.DataFrame, watch: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, budget: float
) -> Values:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler, TargetEncoder

    def model(smooth: Any, strength: float) -> Any:
        columns = make_column_transformer(
            (TargetEncoder(smooth=smooth, random_state=SEED), IDS),
            (SimpleImputer(strategy="median", add_indicator=True), NUMBERS),
        )
        return make_pipeline(columns, StandardScaler(), LogisticRegression(C=strength, max_iter=1000))

    def fit(settings: tuple[Any, float]) -> tuple[float, Any]:
        found = model(*settings).fit(_typed(learn), learn["returned"])
        return log_loss(watch["returned"], found.predict_proba(_typed(watch))[:, 1]), settings

    settings = _choose(product(("auto", 5.0, 20.0, 50.0), (0.001, 0.01, 1.0)), fit, budget)
    found = model(*settings).fit(_typed(train), train["returned"])
    return np.asarray(found.predict_proba(_typed(test))[:, 1])


def _rates(learn: pd.DataFrame, watch: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, budget: float) -> Values:
    def keyed(rows: pd.DataFrame, item: str) -> pd.DataFrame:
        return rows[["customer_id", "returned"]].assign(sku=rows[item])

    def fit(settings: tuple[str, float]) -> tuple[float, Any]:
        item, prior = settings
        return log_loss(watch["returned"], smoothed_rate(keyed(learn, item), keyed(watch, item), prior)), settings

    item, prior = _choose(product(("style", "sku"), (2.0, 5.0, 10.0, 20.0, 40.0)), fit, budget)
    return smoothed_rate(keyed(train, item), keyed(test, item), prior)


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ids as plain text, and numbers with NaN for missing ones."""
    return rows[[*IDS, *NUMBERS]].astype(dict.fromkeys(IDS, object)).fillna(dict.fromkeys(IDS, "missing"))


def _levelled(rows: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """Return ids as categories of the levels among other rows; a new level is missing."""
    known = {name: pd.CategoricalDtype(sorted(levels[name].dropna().unique())) for name in IDS}
    with warnings.catch_warnings():
        # pandas tells that levels it does not know become missing, which is what is meant.
        warnings.simplefilter("ignore")
        return rows[[*IDS, *NUMBERS]].astype(known)


PEERS = (
    Peer("CatBoost, raw columns", "catboost", _catboost),
    Peer("LightGBM, raw columns", None, _lightgbm),
    Peer("logistic regression, target encoding", None, _logistic),
    Peer("smoothed item x customer rate", None, _rates),
)
