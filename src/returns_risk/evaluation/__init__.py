"""Metrics against baselines, and the curves behind them."""

from returns_risk.evaluation.attributions import Shift, compare_attributions, share_attributions
from returns_risk.evaluation.backtest import fit_fold, run_backtest
from returns_risk.evaluation.baselines import base_rate, smoothed_rate
from returns_risk.evaluation.curves import calibration_curve, curves
from returns_risk.evaluation.evaluate import evaluate_classifier
from returns_risk.evaluation.evidence import EVIDENCE, grade_evidence, known_outcomes
from returns_risk.evaluation.fairness import RATES, TOO_FEW
from returns_risk.evaluation.folds import Fold, find_folds
from returns_risk.evaluation.gate import (
    BASE_RATE,
    BaselineDifference,
    ComparedLines,
    MetricDifference,
    Verdict,
    run_gate,
)
from returns_risk.evaluation.metrics import measure, measure_reasons
from returns_risk.evaluation.resampling import bootstrap_intervals, interval, resample_weights
from returns_risk.evaluation.slice_tests import SliceDifference
from returns_risk.evaluation.slices import cut_slices
from returns_risk.evaluation.summary import summarize

__all__ = [
    "BASE_RATE",
    "EVIDENCE",
    "RATES",
    "TOO_FEW",
    "BaselineDifference",
    "ComparedLines",
    "Fold",
    "MetricDifference",
    "Shift",
    "SliceDifference",
    "Verdict",
    "base_rate",
    "bootstrap_intervals",
    "calibration_curve",
    "compare_attributions",
    "curves",
    "cut_slices",
    "evaluate_classifier",
    "find_folds",
    "fit_fold",
    "grade_evidence",
    "interval",
    "known_outcomes",
    "measure",
    "measure_reasons",
    "resample_weights",
    "run_backtest",
    "run_gate",
    "share_attributions",
    "smoothed_rate",
    "summarize",
]
