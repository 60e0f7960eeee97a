"""Predicts which order lines will come back before they ship, why, and where acting pays."""

__version__ = "0.1.0"
