"""Seconds and memory of training and of SHAP, and what the choices behind them are worth.

``python -m benchmarks.training --lines 1000000 --columns 200``

A made-up shop goes through validation and featurize as in the chain; the first columns of the catalogue are kept. Each
figure comes from a process of its own: the chain's training of the risk (early stopping, calibration, refit), a fixed
number of rounds with other settings of LightGBM, and attributions of ``--explain`` lines by LightGBM, by the chain's
own kernel and by shap.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow.parquet as pq
import shap
from rich.console import Console
from rich.table import Table

from benchmarks.oracle import make_workspace
from returns_risk.config.params import Params, load_params
from returns_risk.contract.parquet import read_frame, read_rows
from returns_risk.features import read_frozen
from returns_risk.model import TrainingConfig, boost, fit_encoding, load_classifier
from returns_risk.model.boosting import choose_features
from returns_risk.model.fitting import fit_recipes
from returns_risk.model.recipes import Recipe, risk_recipe
from returns_risk.model.target import RETURNED
from returns_risk.model.tree_shap import tree_shap
from returns_risk.snapshot.labels import LABELS
from returns_risk.snapshot.splits import Periods, find_periods

__all__ = ["main"]

TRAINING, DEFINITIONS = Path("features/training.parquet"), Path("features/definitions.json")
BUNDLE = Path("bundle")
ROUNDS = 50
CATEGORICAL = ("category", "identity")
VARIANTS: dict[str, dict[str, Any]] = {
    "as the chain": {},
    "max_bin 127": {"max_bin": 127},
    "max_bin 63": {"max_bin": 63},
    "feature_pre_filter off": {"feature_pre_filter": False},
    "histogram_pool_size 256 MB": {"histogram_pool_size": 256},
    "force_col_wise": {"force_row_wise": False, "force_col_wise": True},
}


def main(arguments: list[str] | None = None) -> dict[str, dict[str, float]]:
    """Make the rows, run the steps, print and return the figures."""
    parser = argparse.ArgumentParser(description="Seconds and memory of training.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="training rows, about")
    parser.add_argument("--columns", type=int, default=200)
    parser.add_argument("--explain", type=int, default=10_000, help="lines whose attributions are measured")
    parser.add_argument("--folder", type=Path, help="a folder that benchmarks.oracle made, instead of a new shop")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.step:
        os.chdir(options.folder)
        print(json.dumps(_measure(options.step, options.columns, options.explain)))
        return {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if options.folder is None:
            # Some lines are cancelled, still open or within the warm-up and make no row.
            make_workspace(folder, round(options.lines * 1.2), stages=("validate", "featurize"))
        return _run_all(folder, options.columns, options.explain)


def _run_all(folder: Path, columns: int, explain: int) -> dict[str, dict[str, float]]:
    figures = {}
    for step in ("train", *VARIANTS, "pred_contrib", "tree_shap", "shap.TreeExplainer"):
        command = [sys.executable, "-m", "benchmarks.training", "--step", step, "--folder", str(folder)]
        command += ["--columns", str(columns), "--explain", str(explain)]
        figures[step] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        print(step, figures[step], flush=True)
    _print_figures(figures)
    return figures


def _measure(step: str, columns: int, explain: int) -> dict[str, float]:
    params = load_params()
    recipe = _recipe(params, columns)
    if step == "train":
        found = _train(params, recipe)
    elif step in VARIANTS:
        found = _grow(params, recipe, VARIANTS[step])
    else:
        found = _explain(step, explain)
    return found | {"peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2}


def _recipe(params: Params, columns: int) -> Recipe:
    recipe = risk_recipe(params.train.model_copy(update={"calibration": "none", "features": "all"}), params.seed)
    every = choose_features(read_frozen(DEFINITIONS).features, recipe.leave_out, recipe.monotone)
    return recipe.model_copy(update={"leave_out": tuple(one.name for one in every[columns:])})


def _periods(params: Params) -> Periods:
    return find_periods(read_frame(TRAINING, "featurize", LABELS), params.as_of, params.split)


def _train(params: Params, recipe: Recipe) -> dict[str, float]:
    begun = time.perf_counter()
    (classifier,) = fit_recipes([recipe], TRAINING, DEFINITIONS, _periods(params), params).values()
    seconds = time.perf_counter() - begun
    classifier.save(BUNDLE)
    rows = classifier.provenance.rows
    told = {"rows": rows["train"] + rows["calibrate"], "columns": len(classifier.features_)}
    return told | {"rounds": classifier.provenance.rounds, "seconds": seconds}


def _grow(params: Params, recipe: Recipe, changed: dict[str, Any]) -> dict[str, float]:
    """Grow a fixed number of rounds on the train period and tell the log loss on the calibrate period."""
    labels, periods = read_frame(TRAINING, "featurize", LABELS), _periods(params)
    features = choose_features(read_frozen(DEFINITIONS).features, recipe.leave_out, recipe.monotone)
    wanted = [*(one.name for one in features), "returned"]
    learn, watch = (
        read_rows(TRAINING, "featurize", periods.select(labels, name).to_numpy(), wanted)
        for name in ("train", "calibrate")
    )
    texts = [one.name for one in features if one.unit in CATEGORICAL]
    encoding = fit_encoding(learn[texts], {one.name: one.unit for one in features}, params.train.min_category_lines)
    own = {"calibration", "num_boost_round", "early_stopping_round", "shap_sample", "refit", "min_category_lines"}
    own |= {"half_life_days", "features", "censored"}
    settings = {"objective": "binary", "bagging_freq": 1, "seed": 7, "deterministic": True, "force_row_wise": True}
    settings |= {"verbosity": -1, **recipe.train.model_dump(exclude=own), "learning_rate": 0.1, **changed}
    begun = time.perf_counter()
    booster = boost(encoding, TrainingConfig(RETURNED, settings, None, None), ROUNDS, None, learn, None)
    seconds = time.perf_counter() - begun
    risk = np.clip(np.asarray(booster.predict(encoding(watch))), 1e-15, 1 - 1e-15)
    returned = watch["returned"].to_numpy(dtype=bool)
    loss = -np.log(np.where(returned, risk, 1 - risk)).mean()
    return {"rounds": ROUNDS, "seconds": seconds, "log_loss": float(loss)}


def _explain(way: str, wanted: int) -> dict[str, float]:
    classifier = load_classifier(BUNDLE)
    lines = pq.ParquetFile(TRAINING).metadata.num_rows
    chosen = np.zeros(lines, dtype=bool)
    chosen[-min(lines, wanted) :] = True
    rows = read_rows(TRAINING, "featurize", chosen)
    encoded = classifier.encoding_(rows)
    explain: Callable[[], Any] = lambda: classifier.booster_.predict(encoded, pred_contrib=True)  # noqa: E731
    if way == "shap.TreeExplainer":
        explain = lambda: shap.TreeExplainer(classifier.booster_).shap_values(encoded)  # noqa: E731
    if way == "tree_shap":
        matrix = encoded.to_numpy()
        tree_shap(classifier.booster_, matrix[:1])  # compiled, or read from Numba's cache
        explain = lambda: tree_shap(classifier.booster_, matrix)  # noqa: E731
    begun = time.perf_counter()
    explain()
    return {"rows": len(rows), "rounds": classifier.provenance.rounds, "seconds": time.perf_counter() - begun}


def _print_figures(figures: dict[str, dict[str, float]]) -> None:
    table = Table(title=f"LightGBM {lgb.__version__}, shap {shap.__version__}")
    for name in ("step", "rows", "rounds", "seconds", "ratio", "peak GB", "log loss"):
        table.add_column(name, justify="left" if name == "step" else "right")
    usual = {**dict.fromkeys(VARIANTS, figures["as the chain"]["seconds"])}
    usual |= dict.fromkeys(("tree_shap", "shap.TreeExplainer"), figures["pred_contrib"]["seconds"])
    for step, told in figures.items():
        ratio = f"{told['seconds'] / usual[step]:.2f}" if step in usual else ""
        loss = f"{told['log_loss']:.5f}" if "log_loss" in told else ""
        cells = [
            f"{told.get('rows', 0):,.0f}" if "rows" in told else "",
            f"{told['rounds']:,.0f}",
            f"{told['seconds']:.1f}",
        ]
        table.add_row(step, *cells, ratio, f"{told['peak_gb']:.2f}", loss)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
