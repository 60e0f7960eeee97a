"""Classifiers and baselines on the untouched test period -> metrics, curves and model cards."""

from pathlib import Path

from returns_risk.classifier import load_classifiers
from returns_risk.entry import run_stage
from returns_risk.evaluation import judge
from returns_risk.files import write_folder, write_json
from returns_risk.params import Params
from returns_risk.report import describe_models, write_cards
from returns_risk.tracking import log_evaluation

TRAINING = Path("features/training.parquet")
BUNDLES = Path("models/bundles")
METRICS = Path("models/metrics.json")
BACKTEST = Path("models/backtest")
SHAP = Path("models/shap")
PLOTS = Path("models/plots")
CARDS = Path("models/cards")


def main(params: Params) -> None:
    """Measure each model beside baselines that learnt from the same lines."""
    classifiers = load_classifiers(BUNDLES)
    found = {name: judge(classifier, TRAINING, params) for name, classifier in classifiers.items()}
    write_json(METRICS, {name: metrics for name, (metrics, _) in found.items()})
    tables = {f"{name}/{curve}.csv": drawn for name, (_, curves) in found.items() for curve, drawn in curves.items()}
    write_folder(PLOTS, tables)
    cards = write_cards(CARDS, describe_models(classifiers, found, BUNDLES, BACKTEST, SHAP, params))
    for name, (metrics, curves) in found.items():
        own = [card for card in cards if card.stem == name]
        log_evaluation(BUNDLES / name, params, metrics, [*own, *(PLOTS / name / f"{curve}.csv" for curve in curves)])


if __name__ == "__main__":
    run_stage(main)
