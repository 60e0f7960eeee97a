"""Classifiers and baselines on the untouched test period -> metrics, curves and model cards."""

from pathlib import Path

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.config.policy import load_policy
from returns_risk.evaluation import evaluate_classifier
from returns_risk.evaluation.cards import write_cards
from returns_risk.io.files import write_folder, write_json
from returns_risk.model import load_classifiers
from returns_risk.registry.runs import log_evaluation
from returns_risk.scoring.replay import choose_contacted
from returns_risk.snapshot import Shop
from returns_risk.stage import run_stage

VALIDATED = Path("data/validated")
TRAINING = Path("features/training.parquet")
LATE_RETURNS = Path("features/late_returns.csv")
BUNDLES = Path("models/bundles")
METRICS = Path("models/metrics.json")
PLOTS = Path("models/plots")
CARDS = Path("models/cards")


def main(params: Params) -> None:
    """Measure each model beside baselines that learnt from the same lines."""
    classifiers, policy = load_classifiers(BUNDLES), load_policy()
    snapshot = Shop.read(VALIDATED, policy, params.source.time_zone).snapshot(params.as_of)
    choose = choose_contacted(classifiers, snapshot, policy)
    found = {
        name: evaluate_classifier(classifier, TRAINING, params, choose) for name, classifier in classifiers.items()
    }
    write_json(METRICS, {name: metrics for name, (metrics, _) in found.items()})
    tables = {f"{name}/{curve}.csv": drawn for name, (_, curves) in found.items() for curve, drawn in curves.items()}
    write_folder(PLOTS, tables)
    late_returns = pd.read_csv(LATE_RETURNS, dtype={"market": "str", "month": "str"}, keep_default_na=False)
    cards = write_cards(CARDS, classifiers, found, params, late_returns, by_plan=choose is not None)
    for name, (metrics, curves) in found.items():
        own = [card for card in cards if card.stem == name]
        log_evaluation(BUNDLES / name, params, metrics, [*own, *(PLOTS / name / f"{curve}.csv" for curve in curves)])


if __name__ == "__main__":
    run_stage(main)
