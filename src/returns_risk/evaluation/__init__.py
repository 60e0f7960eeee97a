"""Metrics against baselines, and the curves behind them."""

from returns_risk.evaluation.attributions import Shift, compare_attributions
from returns_risk.evaluation.backtest import run_backtest
from returns_risk.evaluation.baselines import base_rate, smoothed_rate
from returns_risk.evaluation.evaluate import evaluate_classifier
from returns_risk.evaluation.evidence import grade_evidence, known_outcomes
from returns_risk.evaluation.folds import Fold, find_folds
from returns_risk.evaluation.gate import BASE_RATE, ComparedLines, MetricDifference, Verdict, run_gate
from returns_risk.evaluation.metrics import curves, measure
from returns_risk.evaluation.resampling import bootstrap_intervals, interval, resample_weights
from returns_risk.evaluation.slices import SliceDifference, cut_slices
from returns_risk.evaluation.summary import summarize
from returns_risk.evaluation.trainings import bin_recipe, fit_fold

__all__ = [
    "BASE_RATE",
    "ComparedLines",
    "Fold",
    "MetricDifference",
    "Shift",
    "SliceDifference",
    "Verdict",
    "base_rate",
    "bin_recipe",
    "bootstrap_intervals",
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
    "resample_weights",
    "run_backtest",
    "run_gate",
    "smoothed_rate",
    "summarize",
]
