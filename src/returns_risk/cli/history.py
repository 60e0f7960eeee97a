"""Makes, continues and checks the kept history, and takes tonight's features from it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from returns_risk.cli.screen import Console
from returns_risk.days import date_of, start_of_day
from returns_risk.errors import HistoryError
from returns_risk.feature_groups import Asked, describe_lines, known_columns, load_definitions, switch_off
from returns_risk.feature_groups.tonight import tonight_features
from returns_risk.feature_groups.upkeep import known_history
from returns_risk.files import write_parquet
from returns_risk.history import as_known, find_outcomes
from returns_risk.history.state import Change, Known, append, check, rebuild
from returns_risk.labels import candidate_rows, identify, opted_out_lines
from returns_risk.params import Params, load_params
from returns_risk.policy import load_policy
from returns_risk.stores import read_open_tables, read_tables

__all__ = ["append_history", "check_history", "rebuild_history", "write_tonight"]

_FEATURES = Path("features")
_VALIDATED = Path("data/validated")
_HISTORY = Path("data/history")


def rebuild_history(params_file: Path) -> None:
    """Make the history anew from the validated tables.

    Raises
    ------
    SourceError
        There are no validated tables.
    HistoryError
        Another process is changing the history.
    """
    _change(params_file, rebuild)


def append_history(params_file: Path) -> None:
    """Bring the history to the as-of of the parameters.

    Raises
    ------
    SourceError
        There are no validated tables.
    HistoryError
        There is no history, it is later or of other definitions, or another process is changing it.
    """
    _change(params_file, append)


def check_history(params_file: Path) -> None:
    """Hold the history against the validated tables.

    Raises
    ------
    SourceError
        There are no validated tables.
    HistoryError
        The history is not what the tables say, or cannot be held against them.
    """
    known = _known(load_params(params_file))
    found = check(_HISTORY, known)
    if found:
        differences = ", ".join(f"{one.entity} ({one.keys:,} of {one.of:,} keys)" for one in found)
        raise HistoryError(
            f"{_HISTORY}: other tiles than the tables give: {differences}. If rows came late or were corrected since, "
            "run returns-risk history append; else returns-risk history rebuild."
        )
    Console().print(f"{len(known.entities)} entities, {len(known.events):,} events: all as kept", highlight=False)


def write_tonight(params_file: Path, out: Path) -> None:
    """Compute the features of tonight's candidates from the history and write them.

    Raises
    ------
    SourceError
        There are no validated tables.
    HistoryError
        The history is missing, of an earlier day or of other definitions.
    ExportError
        The file cannot be written.
    """
    params = load_params(params_file)
    zone = params.source.time_zone
    since = start_of_day(params.as_of - timedelta(days=params.featurize.open_days), zone)
    tables = as_known(read_open_tables(_VALIDATED, since), start_of_day(params.as_of, zone))
    lines = describe_lines(tables)
    outcomes = find_outcomes(lines, tables["returns"], load_policy(), zone)
    rows = candidate_rows(outcomes, params.as_of, params.featurize.open_days, opted_out_lines(lines, tables))
    definitions = switch_off(load_definitions(_FEATURES), known_columns(lines, tables))
    features = tonight_features(definitions, Asked(lines, outcomes, rows.position, rows.as_of, zone), _HISTORY)
    write_parquet(out, pd.concat([identify(lines, outcomes, rows), features], axis=1))
    Console().print(f"{len(features):,} candidates, {len(features.columns)} features: {out}", highlight=False)


def _change(params_file: Path, change: Callable[[Path, Known], Change]) -> None:
    known = _known(load_params(params_file))
    done = change(_HISTORY, known)
    words = f"history of {known.as_of}: {len(known.entities)} entities, {done.added} days added"
    if done.rebuilt:
        first, last = np.datetime_as_string(date_of(np.array([done.rebuilt[0], done.rebuilt[-1]])), unit="D")
        words += f", {len(done.rebuilt)} earlier days from {first} to {last} made anew (late or corrected rows)"
    Console().print(
        f"{words}; {done.events:,} events summed up, {done.written} of {done.segments} segments written",
        highlight=False,
    )


def _known(params: Params) -> Known:
    tables = read_tables(_VALIDATED)
    definitions = switch_off(load_definitions(_FEATURES), known_columns(describe_lines(tables), tables))
    return known_history(definitions, tables, load_policy(), params.source.time_zone, params.as_of)
