"""The chain's model beside other learners, on the same split, the same features and the same budget of time.

``python -m benchmarks.peers demo`` (after ``make demo``)
``python -m benchmarks.peers ../shared/data/online-retail``

CatBoost gets the same features with its own treatment of categories, early stopping on the same calibrate period, and
no more than the budget; FLAML searches for the budget over LightGBM, XGBoost, CatBoost, forests and linear models with
the same calibrate period to choose on. Neither is needed by the project: ``pip install catboost flaml xgboost``. One
that is not installed is left out with a notice. Intervals are 95 % of one bootstrap over customers for all.
"""

import argparse
import logging
import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.online_retail import AS_OF, ROOT, SPLITS, WATCH, build, read
from returns_risk.config.params import Params, load_params
from returns_risk.contract.parquet import read_frame
from returns_risk.evaluation import base_rate, bootstrap_intervals, smoothed_rate
from returns_risk.evaluation.baselines import logistic, naive_lightgbm
from returns_risk.features import FeatureSet, read_frozen
from returns_risk.model import Provenance, fit_classifier
from returns_risk.model.recipes import risk_recipe
from returns_risk.snapshot.splits import Periods, find_periods

__all__ = ["main"]

RESAMPLES = 200
Values = npt.NDArray[np.float64]
Split = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, FeatureSet]
_logger = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> pd.DataFrame:
    """Fit all, measure them on the same lines, print and return the metrics."""
    parser = argparse.ArgumentParser(description="The chain's model beside other learners.")
    parser.add_argument(
        "source", help="demo, for the products of make demo here, or the folder of online_retail.csv.gz"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="budget of each learner")
    options = parser.parse_args(arguments)
    place = Path.cwd()
    split = _demo() if options.source == "demo" else _online_retail(Path(options.source).resolve())
    os.chdir(place)
    params, (train, calibrate, test, _) = load_params(ROOT / "params.yaml"), split
    learnt = pd.concat([train, calibrate], ignore_index=True)
    risks, seconds = {}, {}
    for name, predict in _predictors(split, learnt, params, options.seconds).items():
        begun = time.perf_counter()
        risks[name] = predict()
        seconds[name] = time.perf_counter() - begun
    told = bootstrap_intervals(
        test["returned"].to_numpy(dtype=bool), risks, test["customer_id"], params.evaluate.capacity_share, RESAMPLES, 7
    )
    _print_table(len(learnt), test, told, seconds)
    return told


def _predictors(split: Split, learnt: pd.DataFrame, params: Params, budget: float) -> dict[str, Callable[[], Values]]:
    train, calibrate, test, definitions = split
    features = [one.name for one in definitions.features]
    threads, seed = params.train.num_threads, params.seed
    found: dict[str, Callable[[], Values]] = {
        "returns-risk": lambda: _ours(split, params),
        "base rate": lambda: base_rate(learnt, test),
        "smoothed sku x customer rate": lambda: smoothed_rate(learnt, test),
        "logistic regression, same features": lambda: logistic(learnt, test, features, seed),
        "naive LightGBM, raw categories": lambda: naive_lightgbm(learnt, test, threads, seed),
    }
    peers = {
        "catboost": ("CatBoost, same features", lambda: _catboost(train, calibrate, test, features, params, budget)),
        "flaml": ("FLAML, same features", lambda: _flaml(train, calibrate, test, features, params, budget)),
    }
    for package, (name, predict) in peers.items():
        if find_spec(package):
            found[name] = predict
        else:
            _logger.warning("%s is left out: pip install catboost flaml xgboost", name)
    return found


def _ours(split: Split, params: Params) -> Values:
    train, calibrate, test, definitions = split
    settings = params.train.model_copy(update={"calibration": "none", "features": "all", "censored": "leave_out"})
    nothing = Provenance(
        source="benchmark", as_of=AS_OF, rows={}, return_rate=0.0, data={}, packages={},
        periods=Periods(train=(AS_OF, AS_OF), calibrate=(AS_OF, AS_OF), test=(AS_OF, AS_OF), embargo="ordered"),
    )  # fmt: skip
    return fit_classifier(train, calibrate, definitions, risk_recipe(settings, params.seed), nothing).predict_risk(test)


def _catboost(
    train: pd.DataFrame, calibrate: pd.DataFrame, test: pd.DataFrame, features: list[str], params: Params, budget: float
) -> Values:
    from catboost import CatBoostClassifier, Pool

    frames = [_typed(rows, features) for rows in (train, calibrate, test)]
    texts = [name for name in features if frames[0][name].dtype == object]
    pools = [
        Pool(frame, rows.get("returned", pd.Series(dtype=bool)).astype(int), cat_features=texts)
        for frame, rows in zip(frames, (train, calibrate, test), strict=True)
    ]
    model = CatBoostClassifier(
        iterations=4000, learning_rate=0.05, loss_function="Logloss", early_stopping_rounds=100, thread_count=2,
        random_seed=params.seed, verbose=False, allow_writing_files=False,
    )  # fmt: skip
    model.fit(pools[0], eval_set=pools[1], callbacks=[_Until(time.perf_counter() + budget)])
    return np.asarray(model.predict_proba(pools[2])[:, 1])


class _Until:
    """Ends CatBoost when the time is up."""

    def __init__(self, end: float) -> None:
        self.end = end

    def after_iteration(self, _info: Any) -> bool:
        return time.perf_counter() < self.end


def _flaml(
    train: pd.DataFrame, calibrate: pd.DataFrame, test: pd.DataFrame, features: list[str], params: Params, budget: float
) -> Values:
    from flaml import AutoML

    frames = [_coded(rows, train, features) for rows in (train, calibrate, test)]
    automl = AutoML()
    automl.fit(
        frames[0], train["returned"].astype(int), X_val=frames[1], y_val=calibrate["returned"].astype(int),
        task="classification", metric="log_loss", time_budget=budget, n_jobs=2, seed=params.seed, verbose=0,
        estimator_list=["lgbm", "xgboost", "rf", "extra_tree", "lrl1"],
    )  # fmt: skip
    _logger.warning("FLAML chose %s", automl.best_estimator)
    return np.asarray(automl.predict_proba(frames[2])[:, 1])


def _typed(rows: pd.DataFrame, features: list[str]) -> pd.DataFrame:
    """Give CatBoost its categories as plain text."""
    texts = [name for name in features if not pd.api.types.is_numeric_dtype(rows[name].dtype)]
    return rows[features].astype(dict.fromkeys(texts, object)).fillna(dict.fromkeys(texts, "missing"))


def _coded(rows: pd.DataFrame, train: pd.DataFrame, features: list[str]) -> pd.DataFrame:
    """Give FLAML's learners the codes of the categories that training has seen, -1 for others."""
    texts = [name for name in features if not pd.api.types.is_numeric_dtype(rows[name].dtype)]
    codes = {name: pd.Index(sorted(train[name].dropna().unique())).get_indexer(pd.Index(rows[name])) for name in texts}
    numbers = rows[[name for name in features if name not in texts]].fillna(-1.0)
    return pd.concat([numbers, pd.DataFrame(codes, index=rows.index)], axis=1).astype(np.float32)


def _demo() -> Split:
    os.chdir(ROOT)
    params, rows = load_params(), read_frame(Path("features/training.parquet"), "featurize")
    periods = find_periods(rows, params.as_of, params.split)
    parts = [rows[periods.select(rows, name)].reset_index(drop=True) for name in ("train", "calibrate", "test")]
    return parts[0], parts[1], parts[2], read_frozen(Path("features/definitions.json"))


def _online_retail(raw: Path) -> Split:
    """Return the split of 2011-08-01, of what was known by then, with the latest weeks to stop early on."""
    os.chdir(ROOT)
    snapshot, definitions = read(raw)
    rows, still_open = build(snapshot, definitions)
    rows = rows[still_open].assign(market_name=rows["market"])
    until, begins, last = SPLITS[-1]
    known = rows[(rows["ordered_on"] < until) & (rows["closes_on"] < begins)]
    later = known["ordered_on"] > known["ordered_on"].max() - WATCH
    test = rows[rows["ordered_on"].between(begins, last)]
    parts = [part.reset_index(drop=True) for part in (known[~later], known[later], test)]
    return parts[0], parts[1], parts[2], definitions


def _print_table(learnt: int, test: pd.DataFrame, told: pd.DataFrame, seconds: dict[str, float]) -> None:
    first, last = (f"{day:%Y-%m-%d}" for day in (test["ordered_on"].min(), test["ordered_on"].max()))
    table = Table(title=f"{learnt:,} lines learnt, {len(test):,} tested, ordered {first} to {last}")
    metrics = ["auc", "average_precision", "log_loss"]
    for name in ("predictor", *metrics, "seconds"):
        table.add_column(name.replace("_", " "), justify="left" if name == "predictor" else "right", no_wrap=True)
    for predictor, took in seconds.items():
        own = told[told["predictor"] == predictor].set_index("metric")
        cells = [f"{own['value'][one]:.4f} ({own['low'][one]:.4f} to {own['high'][one]:.4f})" for one in metrics]
        table.add_row(predictor, *cells, f"{took:.0f}")
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
