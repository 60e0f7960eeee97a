"""SHAP values, grouped into factors, told as sentences."""

from returns_risk.explanations.factors import sum_factors
from returns_risk.explanations.pictures import picture, pyplot
from returns_risk.explanations.plots import plot_attributions, plot_classifiers
from returns_risk.explanations.reasons import explain

__all__ = ["explain", "picture", "plot_attributions", "plot_classifiers", "pyplot", "sum_factors"]
