"""The chain's models against the best that could be known of a made-up shop, on lines they have not learnt from.

``python -m benchmarks.oracle --lines 1000000``

A shop of about so many order lines is made up, and the stages of the chain run on it as they are, in a folder of their
own and each in a process of its own. Then the risks and the reasons of the untouched test period are held against the
true probabilities of the same lines. The oracle knows what no shop can: taste, patience and size of each customer, the
true fit and quality of each style. How much of its lead that is, the *ceiling* tells: trees on the chain's own features
that learn from the true probabilities instead of from what happened to come back. ``--folder`` keeps the shop,
``--from`` runs only the later stages on it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.table import Table
from sklearn.metrics import log_loss, roc_auc_score

from returns_risk.config.params import Params, load_params
from returns_risk.contract.parquet import read_frame, read_rows
from returns_risk.evaluation import base_rate, measure, smoothed_rate
from returns_risk.evaluation.slices import cut_slices
from returns_risk.features import read_frozen
from returns_risk.model import Classifier, fit_encoding, load_classifier
from shop_simulator import read_truth
from shop_simulator.oracle import code_shares

__all__ = ["main", "make_workspace", "predict_truth"]

ROOT = Path(__file__).parents[1]
STAGES = ("validate", "featurize", "backtest", "train", "evaluate")
PARTS = ("features", "models/recipes", "pipelines", "sources")
LINES_PER_DAY = 1 / 630  # of the demo's 540 days, which grow
BUNDLES = Path("models/bundles")
SLICE_LINES = 5000
CEILING_ROUNDS = 160
CATEGORICAL = ("category", "identity")
Values = npt.NDArray[np.float64]


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Make the shop, run the chain, compare, print and return the figures."""
    parser = argparse.ArgumentParser(description="The chain's models against the oracle.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines, about")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder otherwise")
    parser.add_argument("--from", dest="begin", choices=[*STAGES, "compare"], default="validate")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        begin = len(STAGES) if options.begin == "compare" else STAGES.index(options.begin)
        make_workspace(folder, options.lines if begin == 0 else None, options.seed, STAGES[begin:])
        return _compare(folder)


def make_workspace(folder: Path, lines: int | None, seed: int = 11, stages: tuple[str, ...] = STAGES) -> None:
    """Make a shop of about so many order lines, or take the one that is there, and run stages of the chain on it."""
    if lines is not None:
        _make_shop(folder, lines, seed)
    _copy_chain(folder)
    for stage in stages:
        print(f"{stage}: {_run(folder, [sys.executable, f'pipelines/{stage}.py']):.0f} s", flush=True)


def _make_shop(folder: Path, lines: int, seed: int) -> None:
    command = [sys.executable, "-m", "shop_simulator", "simulate", "--raw", "data/raw/demo", "--truth", "truth"]
    command += ["--lines-per-day", str(max(1, round(lines * LINES_PER_DAY))), "--seed", str(seed)]
    shutil.rmtree(folder / "data", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    print(f"simulate: {_run(folder, command):.0f} s", flush=True)


def _copy_chain(folder: Path) -> None:
    for part in PARTS:
        made = shutil.ignore_patterns("*.parquet", "definitions.json")
        shutil.copytree(ROOT / part, folder / part, ignore=made, dirs_exist_ok=True)
    for file in ("params.yaml", "policy.yaml"):
        shutil.copy(ROOT / file, folder / file)


def _run(folder: Path, command: list[str]) -> float:
    begun = time.perf_counter()
    environment = os.environ | {
        "RETURNS_RISK_KEY": "raw:b1e60ad90df575b56863036dfd729af192ed72f4ae526401655d5c32c0d585fe"
    }
    with (folder / "log.txt").open("a") as log:
        subprocess.run(command, check=True, cwd=folder, env=environment, stdout=log, stderr=log)
    return time.perf_counter() - begun


def _compare(folder: Path) -> dict[str, float]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        params, file = load_params(), Path("features/training.parquet")
        labels = read_frame(file, "featurize", ["line_id", "ordered_on", "closes_on"])
        risk = load_classifier(BUNDLES / "risk")
        reason = load_classifier(BUNDLES / "reason") if (BUNDLES / "reason").exists() else None
        periods = risk.provenance.periods
        known = read_frame(file, "featurize", ["customer_id", "sku", "returned"])[periods.learnt(labels).to_numpy()]
        test = read_rows(file, "featurize", periods.select(labels, "test").to_numpy())
        truth = read_truth(Path("truth"), test["line_id"].tolist())
        learnt = periods.learnt(labels).to_numpy()
        ceiling = predict_truth(file, learnt, test, _probability, "cross_entropy")[:, 0].clip(1e-9, 1 - 1e-9)
    finally:
        os.chdir(before)
    figures = _compare_risks(risk, known, test, truth, ceiling, params) | _compare_reasons(reason, test, truth)
    _print_figures(len(labels), len(test), figures)
    return figures


def _probability(truth: pd.DataFrame) -> Values:
    return truth[["probability"]].to_numpy(dtype=np.float64)


def _compare_risks(
    classifier: Classifier,
    known: pd.DataFrame,
    test: pd.DataFrame,
    truth: pd.DataFrame,
    ceiling: Values,
    params: Params,
) -> dict[str, float]:
    returned = test["returned"].to_numpy(dtype=bool)
    risks = {
        "oracle": truth["probability"].to_numpy(dtype=np.float64),
        "ceiling": ceiling,
        "model": classifier.predict_risk(test),
        "smoothed rate": smoothed_rate(known, test),
        "base rate": base_rate(known, test),
    }
    figures: dict[str, float] = {}
    for name, risk in risks.items():
        figures[f"AUC of the {name}"] = float(roc_auc_score(returned, risk))
        figures[f"log loss of the {name}"] = float(log_loss(returned, risk))
    for name in ("ceiling", "model"):
        ranked = (figures[f"AUC of the {name}"] - 0.5) / (figures["AUC of the oracle"] - 0.5)
        figures[f"(AUC of the {name} - 0.5) / (AUC of the oracle - 0.5)"] = ranked
        against = figures[f"log loss of the {name}"] / figures["log loss of the oracle"]
        figures[f"log loss of the {name} / of the oracle"] = against
    figures["ECE"] = measure(returned, risks["model"], params.evaluate.capacity_share)["ece"]
    return figures | _worst_slice(returned, risks["model"], test, params)


def predict_truth(
    file: Path,
    learnt: npt.NDArray[np.bool_],
    test: pd.DataFrame,
    told: Callable[[pd.DataFrame], Values],
    objective: str,
) -> Values:
    """Predict the tested lines with trees that were told the truth of each line they learnt from.

    What they miss, no model of these features could know: their ceiling. The working folder is the shop's.

    Parameters
    ----------
    file : training rows
    learnt : which of them to learn from
    told : what the trees are told, by truth of these rows: shape (n_rows, n_targets)
    objective : of LightGBM

    Returns
    -------
    Shape (n_lines, n_targets).
    """
    features = read_frozen(Path("features/definitions.json")).features
    wanted = ["line_id", *(one.name for one in features)]
    rows = read_rows(file, "featurize", learnt, wanted)
    texts = [one.name for one in features if one.unit in CATEGORICAL]
    encoding = fit_encoding(rows[texts], {one.name: one.unit for one in features}, 10)
    targets = told(read_truth(Path("truth"), rows["line_id"].tolist()))
    settings = {
        "objective": objective, "num_leaves": 255, "learning_rate": 0.1, "feature_fraction": 0.5,
        "lambda_l2": 10.0, "min_data_in_leaf": 100, "seed": 7, "num_threads": 2, "deterministic": True,
        "force_row_wise": True, "verbosity": -1,
    }  # fmt: skip
    data = lgb.Dataset(encoding(rows), categorical_feature=list(encoding.levels), free_raw_data=False)
    asked = encoding(test)
    found = [lgb.train(settings, data.set_label(target), CEILING_ROUNDS).predict(asked) for target in targets.T]
    return np.column_stack(found).astype(np.float64)


def _worst_slice(returned: npt.NDArray[np.bool_], risk: Values, test: pd.DataFrame, params: Params) -> dict[str, float]:
    slices, errors = cut_slices(test, params.backtest.slices), {}
    for dimension in slices:
        for level in slices[dimension].unique():
            part = (slices[dimension] == level).to_numpy()
            if part.sum() >= SLICE_LINES and 0 < returned[part].sum() < part.sum():
                found = measure(returned[part], risk[part], params.evaluate.capacity_share)
                errors[f"{dimension} {level}"] = found["ece"]
    if not errors:
        return {}
    worst = max(errors, key=lambda name: errors[name])
    return {
        f"slices of {SLICE_LINES:,} lines or more": len(errors),
        f"ECE of the worst of them, {worst}": errors[worst],
    }


def _compare_reasons(classifier: Classifier | None, test: pd.DataFrame, truth: pd.DataFrame) -> dict[str, float]:
    if classifier is None:
        return {}
    known = classifier.target_.known(test)
    label, shares = classifier.target_.label(test[known]), classifier.predict_proba(test[known])
    best = code_shares(truth[known])[list(classifier.target_.classes)].to_numpy()
    usual = np.bincount(label).argmax()
    return {
        "top-1 accuracy of the reason, oracle": float((best.argmax(axis=1) == label).mean()),
        "top-1 accuracy of the reason, model": float((shares.argmax(axis=1) == label).mean()),
        "top-1 accuracy of the reason, the most frequent one": float((label == usual).mean()),
    }


def _print_figures(lines: int, tested: int, figures: dict[str, Any]) -> None:
    table = Table(title=f"{lines:,} training rows in all, {tested:,} of them in the test period")
    table.add_column("figure")
    table.add_column("", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.4f}" if isinstance(value, float) else f"{value:,}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
