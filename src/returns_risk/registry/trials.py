"""Trials of the tuning as MLflow runs."""

from typing import Any

import numpy as np

from returns_risk.registry.store import model_name, open_experiment, reporting

__all__ = ["log_trial"]


def log_trial(source: str, recipe: str, number: int, tried: dict[str, Any], losses: list[float]) -> None:
    """Log a finished trial in the experiment ``returns-risk-<source>-tuning``.

    Parameters
    ----------
    losses : log loss on each fold, in the order of the folds

    Raises
    ------
    RegistryError
        MLflow refused, or its store cannot be reached.
    """
    mlflow = open_experiment(f"{model_name(source)}-tuning")
    with reporting("logging a trial"), mlflow.start_run(run_name=f"{recipe} {number}"):
        mlflow.log_params(tried)
        for step, loss in enumerate(losses):
            mlflow.log_metric("fold_log_loss", loss, step=step)
        mlflow.log_metric("log_loss", float(np.mean(losses)))
