"""What goes into a scoring run: candidate lines with their features, and the models."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from returns_risk.contract.parquet import read_frame
from returns_risk.model import Classifier, bundle_version, load_classifier

__all__ = ["Candidates", "ScoringModels"]


@dataclass(frozen=True)
class Candidates:
    """Order lines that were open at the as-of, with the features of each model."""

    file: Path
    """Parquet file with the features of the risk model; workers of a cluster read it there."""
    features: pd.DataFrame
    """Ids, days and features of the risk model, shape (n_lines, ...)."""
    reason_features: pd.DataFrame
    """The same lines with the features of the reason model; mostly the same frame."""

    @classmethod
    def read(cls, file: Path, made_by: str, reason_file: Path | None = None) -> "Candidates":
        """Read candidates back; a file that is missing or damaged is a DataError.

        Parameters
        ----------
        made_by : stage or command that writes the files, for error messages
        reason_file : features of the reason model, where it was trained with others than the risk model
        """
        features = read_frame(file, made_by)
        return cls(file, features, features if reason_file is None else read_frame(reason_file, made_by))


@dataclass(frozen=True)
class ScoringModels:
    """The models of a scoring run, with the versions that the export names."""

    risk: Classifier
    risk_version: str
    reason: Classifier | None = None
    """None where the source states no reasons, or too few to learn from."""
    reason_version: str | None = None

    @classmethod
    def load(cls, risk: Path, reason: Path) -> "ScoringModels":
        """Load the bundle of the risk model and, where it exists, that of the reason model."""
        classifier, version = load_classifier(risk), bundle_version(risk)
        if not reason.exists():
            return cls(classifier, version)
        return cls(classifier, version, load_classifier(reason), bundle_version(reason))
