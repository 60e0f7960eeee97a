"""Metrics against baselines, and the curves behind them."""

from returns_risk.evaluation.baselines import base_rate, smoothed_rate
from returns_risk.evaluation.curves import calibration_curve, curves
from returns_risk.evaluation.gate import Difference, Lines, SliceDifference, Verdict, decide, slice_levels
from returns_risk.evaluation.judge import judge
from returns_risk.evaluation.metrics import measure, measure_reasons
from returns_risk.evaluation.resampling import bootstrap, interval, resample_weights

__all__ = [
    "Difference",
    "Lines",
    "SliceDifference",
    "Verdict",
    "base_rate",
    "bootstrap",
    "calibration_curve",
    "curves",
    "decide",
    "interval",
    "judge",
    "measure",
    "measure_reasons",
    "resample_weights",
    "slice_levels",
    "smoothed_rate",
]
