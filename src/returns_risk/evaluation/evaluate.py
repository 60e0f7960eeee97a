"""Metrics of a classifier and its baselines on the untouched test period."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.contract.parquet import read_frame, read_rows
from returns_risk.evaluation.baselines import base_rate, smoothed_rate
from returns_risk.evaluation.fairness import measure_fairness
from returns_risk.evaluation.metrics import calibration_curve, curves, measure, measure_reasons
from returns_risk.evaluation.resampling import bootstrap_intervals
from returns_risk.model import Classifier
from returns_risk.snapshot.labels import LABELS, require_matured, require_two_classes

__all__ = ["evaluate_classifier"]

Metrics = dict[str, dict[str, float]]
Values = npt.NDArray[np.float64]
Choose = Callable[[pd.DataFrame], npt.NDArray[np.bool_]]


def evaluate_classifier(
    classifier: Classifier, file: Path, params: Params, choose: Choose | None = None
) -> tuple[Metrics, dict[str, pd.DataFrame]]:
    """Measure a classifier on its test period.

    Parameters
    ----------
    file : the feature table it was trained on, or one that reaches further
    choose : says of rows of the table which would be acted on, for the fairness; if not given, those with a risk of
        ``score.min_risk`` or more

    Returns
    -------
    Metrics by predictor (``model`` and the baselines); and tables (none for reasons): the curves of the model,
    ``intervals`` of all metrics, ``fairness`` and ``fairness_gaps`` between groups of customers.

    Raises
    ------
    LabelError
        A label was not final at the as-of, or the test period has only one class.
    """
    periods, target = classifier.provenance.periods, classifier.target_
    labels = read_frame(file, "featurize", [*LABELS, "sku", "customer_id"])
    require_matured(labels, params.as_of)
    has_label = target.known(labels)
    known = labels[periods.learnt(labels) & has_label]
    test = read_rows(file, "featurize", periods.select(labels, "test").to_numpy() & has_label)
    if target.classes:
        return _evaluate_reasons(classifier, known, test), {}
    require_two_classes(test["returned"], "test")
    return _evaluate_risk(classifier, known, test, params, choose)


def _evaluate_risk(
    classifier: Classifier, known: pd.DataFrame, test: pd.DataFrame, params: Params, choose: Choose | None
) -> tuple[Metrics, dict[str, pd.DataFrame]]:
    returned, risk = test["returned"].to_numpy(dtype=bool), classifier.predict_risk(test)
    capacity_share = params.evaluate.capacity_share
    risks = {"model": risk, "base_rate": base_rate(known, test), "smoothed_rate": smoothed_rate(known, test)}
    metrics = {name: measure(returned, values, capacity_share) for name, values in risks.items()}
    chosen = risk >= params.score.min_risk if choose is None else choose(test)
    fairness, gaps = measure_fairness(test, risk, chosen, params.fairness, params.seed)
    intervals = bootstrap_intervals(
        returned, risks, test["customer_id"], capacity_share, params.fairness.resamples, params.seed
    )
    tables = {"calibration": calibration_curve(returned, risk), "intervals": intervals}
    return metrics, curves(returned, risk) | tables | {"fairness": fairness, "fairness_gaps": gaps}


def _evaluate_reasons(classifier: Classifier, known: pd.DataFrame, test: pd.DataFrame) -> Metrics:
    target = classifier.target_
    if test.empty:
        # No reason was stated in the test period: there is nothing to measure, and the risk has its card all the same.
        nothing = {"lines": 0.0, "classes": float(len(target.classes))}
        return {"model": nothing, "base_rate": nothing}
    label = target.label(test)
    usual = np.bincount(target.label(known), minlength=len(target.classes)) / len(known)
    return {
        "model": measure_reasons(label, classifier.predict_proba(test), target.min_share),
        "base_rate": measure_reasons(label, np.tile(usual, (len(test), 1)), target.min_share),
    }
