"""Matured training rows -> classifier bundle, SHAP pictures, MLflow run."""

from pathlib import Path

from returns_risk.classifier import describe_provenance, save_classifier
from returns_risk.cluster.training import fit
from returns_risk.entry import run_stage
from returns_risk.explanations import plot_attributions
from returns_risk.feature_groups import read_frozen
from returns_risk.labels import require_matured
from returns_risk.params import Params
from returns_risk.splits import PERIODS, find_periods
from returns_risk.stores import read_frame, read_rows
from returns_risk.tracking import log_training

TRAINING = Path("features/training.parquet")
DEFINITIONS = Path("features/definitions.json")
BUNDLE = Path("models/risk")
PLOTS = Path("models/plots")
LABELS = ["line_id", "ordered_on", "closes_on", "returned"]


def main(params: Params) -> None:
    """Learn from the train period, stop and calibrate on the later one, leave the test period alone."""
    labels = read_frame(TRAINING, "featurize", LABELS)
    require_matured(labels, params.as_of)
    periods = find_periods(labels, params.as_of, params.split)
    parts = {name: labels[periods.select(labels, name)] for name in PERIODS}
    provenance = describe_provenance(params, periods, parts, [TRAINING, DEFINITIONS])
    classifier = fit(TRAINING, periods, read_frozen(DEFINITIONS), params, provenance)
    save_classifier(classifier, BUNDLE)

    shown = read_rows(TRAINING, "featurize", periods.select(labels, "test").to_numpy()).head(params.train.shap_sample)
    encoded = classifier.encoding(shown)
    plots = plot_attributions(classifier.contributions(shown), encoded, PLOTS, params.seed)
    log_training(classifier, BUNDLE, params, plots, shown[list(encoded.columns)].head())


if __name__ == "__main__":
    run_stage(main)
