"""Turns rejected rows and results of suites into checks: counts, shares and a harmless example."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.validation.checks import Check
from returns_risk.validation.rule import Rule
from returns_risk.validation.rules import CURRENCY_RATED, OPT_OUT_TYPE

__all__ = ["reading_checks", "row_checks", "table_checks"]

_QUOTED = {"order_lines": "line_id", "returns": "line_id", "products": "sku"}
"""The column an example may quote; elsewhere it is a row number, since the key is a customer's."""
_LONGEST = 60


def reading_checks(
    table: str, frame: pd.DataFrame, unread: pd.DataFrame, tolerated: Mapping[str, float]
) -> list[Check]:
    """Count the rows rejected while reading, by rule.

    ``unread`` holds them with ``rule``; those of ``<table>.source`` are no rows of the table to any
    other rule, since the SELECT leaves them out on purpose.
    """
    checks = []
    for name, rows in unread.groupby("rule", sort=False):
        rule = str(name)
        count = len(frame) + len(unread) if rule == f"{table}.source" else _rows(table, frame, unread)
        example = _shapes(rows["opted_out"]) if rule == OPT_OUT_TYPE else _key(table, rows, 0)
        checks.append(Check(table, rule, "error", count, len(rows), tolerated.get(rule, 0.0), example))
    return checks


def row_checks(
    frame: pd.DataFrame,
    unread: pd.DataFrame,
    rules: list[Rule],
    broken: Mapping[str, np.ndarray],
    tolerated: Mapping[str, float],
) -> list[Check]:
    """Count the rows that break each rule; ``broken`` holds their positions in ``frame``."""
    checks = []
    for rule in rules:
        rows, count = broken[rule.name], _rows(rule.table, frame, unread)
        share, example = tolerated[rule.name], _example(rule, frame, rows)
        checks.append(Check(rule.table, rule.name, rule.severity, count, len(rows), share, example))
    return checks


def table_checks(accepted: pd.DataFrame, rules: list[Rule], observed: Mapping[str, Any]) -> list[Check]:
    """Report the rules about a whole table; ``observed`` holds the values that broken rules observed."""
    checks = []
    for rule in rules:
        example = f"found {observed[rule.name]}" if rule.name in observed else None
        is_broken = int(rule.name in observed)
        checks.append(Check(rule.table, rule.name, rule.severity, len(accepted), is_broken, 0.0, example))
    return checks


def _shapes(values: pd.Series) -> str:
    """Describe texts without saying them: letters as A, digits as 9, at most twelve characters of the commonest."""
    shapes = values.str.replace(r"\d", "9", regex=True).str.replace(r"[^\W\d_]", "A", regex=True).str.slice(0, 12)
    return f"texts of the shape {shapes.value_counts().index[0]!r}"


def _rows(table: str, frame: pd.DataFrame, unread: pd.DataFrame) -> int:
    return len(frame) + int(unread["rule"].ne(f"{table}.source").sum())


def _example(rule: Rule, frame: pd.DataFrame, rows: np.ndarray) -> str | None:
    if not len(rows):
        return None
    if rule.name == CURRENCY_RATED:
        counts = frame["currency"].iloc[rows].value_counts()
        return f"currency {counts.index[0][:_LONGEST]!r} ({counts.iloc[0]} rows)"
    return _key(rule.table, frame, int(rows[0])) or f"row {rows[0] + 1}"


def _key(table: str, frame: pd.DataFrame, row: int) -> str | None:
    name = _QUOTED.get(table)
    value = frame[name].iloc[row] if name else None
    return f"{name} {value[:_LONGEST]!r}" if isinstance(value, str) else None
