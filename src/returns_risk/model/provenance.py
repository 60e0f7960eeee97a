"""Provenance: what a classifier was trained from."""

from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.config.yaml_files import Frozen
from returns_risk.io.files import hash_files
from returns_risk.model.recipes import Recipe
from returns_risk.snapshot.splits import Periods

__all__ = ["Provenance", "describe_provenance"]

_PACKAGES = ("lightgbm", "numpy", "pandas", "scikit-learn")


class Provenance(Frozen):
    """Source, periods, recipe, data and packages behind a classifier."""

    source: str
    as_of: date
    periods: Periods
    rows: dict[str, int]
    """Number of rows by period."""
    return_rate: float
    """Share returned in the train period."""
    rounds: int = 0
    """Boosting rounds that early stopping kept."""
    recipe: Recipe | None = None
    data: dict[str, str]
    """SHA-256 of the files that were read."""
    packages: dict[str, str]
    """Versions of the packages that fitted the classifier."""
    policy: str = ""
    """SHA-256 of the terms in ``policy.yaml`` that the labels follow; noted when the classifier is first saved."""


def describe_provenance(
    params: Params, periods: Periods, parts: dict[str, pd.DataFrame], files: list[Path]
) -> Provenance:
    """Describe what a classifier is about to be trained from.

    Parameters
    ----------
    parts : ``returned`` of the rows of the train, calibrate and test periods
    files : the files that the rows were read from
    """
    return Provenance(
        source=params.source.name,
        as_of=params.as_of,
        periods=periods,
        rows={name: len(part) for name, part in parts.items()},
        return_rate=float(parts["train"]["returned"].mean()),
        data=hash_files(files),
        packages={name: version(name) for name in _PACKAGES},
    )
