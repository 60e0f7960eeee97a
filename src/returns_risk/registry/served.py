"""The model as MLflow loads it, by running this file: features in, calibrated risk out."""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.model import Classifier, load_classifier, served_values

__all__ = ["ServedRisk"]


class ServedRisk(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # mlflow carries no types
    """A classifier bundle with MLflow's ``pyfunc`` interface."""

    classifier: Classifier

    def load_context(self, context: Any) -> None:
        """Load the bundle that was logged beside this file."""
        self.classifier = load_classifier(Path(context.artifacts["bundle"]))

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> npt.NDArray[np.float64]:
        """Return the calibrated probability of return of each row of features, or the share of each reason."""
        del context, params
        return served_values(self.classifier, model_input)


mlflow.models.set_model(ServedRisk())
