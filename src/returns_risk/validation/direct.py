"""Evaluates rules with pandas alone: the results of a suite of Great Expectations in a fraction of its time.

Nights and ``returns-risk sources check`` evaluate the rules here, the stage ``validate`` runs them as suites. Tests
compare both.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.validation.rule import Rule
from returns_risk.validation.suites import Outcome

__all__ = ["evaluate_rules"]


def evaluate_rules(
    name: str, frame: pd.DataFrame, rules: list[Rule], parameters: Mapping[str, Any], tolerated: Mapping[str, float]
) -> Outcome:
    """Evaluate rules over ``frame`` as ``run_suite`` does; each rule's columns must be in it."""
    del name, tolerated
    broken, observed = {}, {}
    for rule in rules:
        arguments = {key: _fill_in(value, parameters) for key, value in rule.arguments.items()}
        if rule.expectation in _ROW_CHECKS:
            broken[rule.name] = np.flatnonzero(_ROW_CHECKS[rule.expectation](frame, arguments))
        else:
            value = _TABLE_VALUES[rule.expectation](frame, arguments)
            if not _is_within(value, arguments):
                observed[rule.name] = value
    return Outcome(broken, observed)


def _fill_in(value: Any, parameters: Mapping[str, Any]) -> Any:
    return parameters[value["$PARAMETER"]] if isinstance(value, dict) and "$PARAMETER" in value else value


def _not_between(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> np.ndarray:
    column = frame[arguments["column"]]
    low, high = (_limit(arguments.get(name), column) for name in ("min_value", "max_value"))
    outside = np.zeros(len(column), dtype=bool)
    if low is not None:
        outside |= _true(column < low)
    if high is not None:
        outside |= _true(column > high)
    return outside


def _limit(value: Any, column: pd.Series) -> Any:
    is_time = isinstance(value, str) and pd.api.types.is_datetime64_any_dtype(column)
    return pd.Timestamp(value) if is_time else value


def _null(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> np.ndarray:
    is_null: np.ndarray = frame[arguments["column"]].isna().to_numpy(dtype=bool)
    return is_null


def _not_in_set(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> np.ndarray:
    column = frame[arguments["column"]]
    return np.asarray(~column.isin(arguments["value_set"]) & column.notna(), dtype=bool)


def _not_matching(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> np.ndarray:
    # The few values of a category are matched once each.
    codes, values = pd.factorize(frame[arguments["column"]])
    matching = pd.Series(values).astype("str").str.contains(arguments["regex"]).to_numpy(dtype=bool)
    return np.append(~matching, False)[codes]


def _not_greater(frame: pd.DataFrame, arguments: Mapping[str, Any]) -> np.ndarray:
    first, second = frame[arguments["column_A"]], frame[arguments["column_B"]]
    return _true(first < second) if arguments.get("or_equal") else _true(first <= second)


def _true(condition: pd.Series) -> np.ndarray:
    """Say where a comparison holds; with a missing value it does not."""
    return condition.to_numpy(dtype=bool, na_value=False)


def _is_within(value: Any, arguments: Mapping[str, Any]) -> bool:
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if isinstance(value, pd.Timestamp):
        low, high = (None if limit is None else pd.Timestamp(limit) for limit in (low, high))
    return (low is None or value >= low) and (high is None or value <= high)


_Check = Callable[[pd.DataFrame, Mapping[str, Any]], np.ndarray]
_ROW_CHECKS: dict[str, _Check] = {
    "ExpectColumnValuesToBeBetween": _not_between,
    "ExpectColumnValuesToNotBeNull": _null,
    "ExpectColumnValuesToBeInSet": _not_in_set,
    "ExpectColumnValuesToMatchRegex": _not_matching,
    "ExpectColumnPairValuesAToBeGreaterThanB": _not_greater,
}
_TABLE_VALUES: dict[str, Callable[[pd.DataFrame, Mapping[str, Any]], Any]] = {
    "ExpectTableRowCountToBeBetween": lambda frame, _: len(frame),
    "ExpectColumnMaxToBeBetween": lambda frame, arguments: frame[arguments["column"]].max(),
}
