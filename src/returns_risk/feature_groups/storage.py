"""Feature tables and the definitions behind them, as files."""

from pathlib import Path

import pandas as pd

from returns_risk.errors import ParamsError
from returns_risk.feature_groups.definitions import Definitions
from returns_risk.files import write_parquet, write_text
from returns_risk.params import load_yaml

__all__ = ["read_frozen", "write_frozen", "write_rows"]


def write_rows(file: Path, ids: pd.DataFrame, features: pd.DataFrame) -> None:
    """Write rows as Parquet: ids (and labels) first, then features.

    Raises
    ------
    ParamsError
        A feature has the name of an id.
    """
    both = [name for name in features.columns if name in ids.columns]
    if both:
        raise ParamsError(f"features/*.yaml: columns {both} have the names of ids. Give them other names.")
    write_parquet(file, pd.concat([ids, features], axis=1))


def write_frozen(file: Path, definitions: Definitions) -> None:
    """Write the definitions that a feature table was computed from."""
    write_text(file, definitions.model_dump_json(indent=1, exclude_none=True) + "\n")


def read_frozen(file: Path) -> Definitions:
    """Read what ``write_frozen`` wrote."""
    return load_yaml(file, Definitions)
