"""Classifier and baselines on the untouched test period -> metrics and curves."""

from pathlib import Path

from returns_risk.classifier import load_classifier
from returns_risk.entry import run_stage
from returns_risk.evaluation import base_rate, calibration_curve, curves, measure, smoothed_rate
from returns_risk.files import write_csv, write_json
from returns_risk.labels import require_matured, require_two_classes
from returns_risk.params import Params
from returns_risk.stores import read_frame, read_rows
from returns_risk.tracking import log_evaluation

TRAINING = Path("features/training.parquet")
BUNDLE = Path("models/risk")
METRICS = Path("models/risk.metrics.json")
PLOTS = Path("models/plots")
LABELS = ["line_id", "ordered_on", "closes_on", "returned", "sku", "customer_id"]


def main(params: Params) -> None:
    """Measure the model beside two baselines that learnt from the same lines."""
    classifier = load_classifier(BUNDLE)
    periods = classifier.provenance.periods
    rows = read_frame(TRAINING, "featurize", LABELS)
    require_matured(rows, params.as_of)
    known = rows[periods.learnt(rows)]
    test = read_rows(TRAINING, "featurize", periods.select(rows, "test").to_numpy())
    require_two_classes(test["returned"], "test")

    returned = test["returned"].to_numpy(dtype=bool)
    risks = {
        "model": classifier.predict_risk(test),
        "base_rate": base_rate(known, test),
        "smoothed_rate": smoothed_rate(known, test, params.evaluate.baseline_strength),
    }
    share, bins = params.evaluate.capacity_share, params.evaluate.bins
    metrics = {name: measure(returned, risk, share, bins) for name, risk in risks.items()}
    write_json(METRICS, metrics)
    drawn = curves(returned, risks["model"]) | {"calibration": calibration_curve(returned, risks["model"], bins)}
    files = [write_csv(PLOTS / f"{name}.csv", curve) for name, curve in drawn.items()]
    log_evaluation(BUNDLE, params, metrics, [METRICS, *files])


if __name__ == "__main__":
    run_stage(main)
