"""Matured training rows and recipes -> bundles, SHAP pictures, MLflow runs."""

from functools import partial
from pathlib import Path

from returns_risk.cluster.training import cluster_rows
from returns_risk.config.params import Params
from returns_risk.contract.parquet import read_frame, read_rows
from returns_risk.explain import plot_classifiers
from returns_risk.model import save_classifiers
from returns_risk.model.fitting import fit_recipes
from returns_risk.model.recipes import load_recipes, resolve_auto
from returns_risk.registry.runs import log_training
from returns_risk.snapshot.labels import LABELS, require_matured
from returns_risk.snapshot.splits import find_periods, spread_rows
from returns_risk.stage import run_stage

TRAINING = Path("features/training.parquet")
DEFINITIONS = Path("features/definitions.json")
BACKTEST = Path("models/backtest")
BUNDLES = Path("models/bundles")
PLOTS = Path("models/shap")


def main(params: Params) -> None:
    """Learn each recipe from the train period, stop and calibrate on the later one, leave the test period alone."""
    labels = read_frame(TRAINING, "featurize", LABELS)
    require_matured(labels, params.as_of)
    periods = find_periods(labels, params.as_of, params.split)
    recipes = [resolve_auto(recipe, BACKTEST) for recipe in load_recipes(params)]
    on_cluster = partial(cluster_rows, params.cluster)
    classifiers = fit_recipes(recipes, TRAINING, DEFINITIONS, periods, params, on_cluster)
    save_classifiers(classifiers, BUNDLES)

    test = read_rows(TRAINING, "featurize", periods.select(labels, "test").to_numpy())
    shown = spread_rows(test, params.train.shap_sample)
    plots = plot_classifiers(classifiers, shown, PLOTS)
    for name, classifier in classifiers.items():
        example = shown[list(classifier.encoding_.columns)].head()
        reason = BUNDLES / "reason" if "reason" in classifiers else None
        log_training(classifier, BUNDLES / name, params, plots[name], example, BACKTEST / name, reason)


if __name__ == "__main__":
    run_stage(main)
