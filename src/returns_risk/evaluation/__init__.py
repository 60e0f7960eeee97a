"""Metrics against baselines, and the curves behind them."""

from returns_risk.evaluation.baselines import base_rate, smoothed_rate
from returns_risk.evaluation.curves import calibration_curve, curves
from returns_risk.evaluation.metrics import measure

__all__ = ["base_rate", "calibration_curve", "curves", "measure", "smoothed_rate"]
