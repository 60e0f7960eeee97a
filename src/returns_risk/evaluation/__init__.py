"""Metrics against baselines, and the curves behind them."""

from returns_risk.evaluation.baselines import base_rate, smoothed_rate
from returns_risk.evaluation.curves import calibration_curve, curves
from returns_risk.evaluation.metrics import measure
from returns_risk.evaluation.resampling import bootstrap, interval, resample_weights

__all__ = [
    "base_rate",
    "bootstrap",
    "calibration_curve",
    "curves",
    "interval",
    "measure",
    "resample_weights",
    "smoothed_rate",
]
