"""Validates a contract table: its rows, then the accepted rows as a whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from returns_risk.snapshot.as_of import is_known
from returns_risk.validation.checks import Check, reading_checks, row_checks, table_checks
from returns_risk.validation.quarantine import rejected_as_text, split_rows
from returns_risk.validation.recent_rows import is_timed, read_rows
from returns_risk.validation.rule import Rule
from returns_risk.validation.rules import ROW_RULES, TABLE_RULES
from returns_risk.validation.suites import Outcome, narrow

__all__ = ["Evaluate", "Run", "ValidatedTable", "validate_table"]

Evaluate = Callable[[str, pd.DataFrame, list[Rule], Mapping[str, Any], Mapping[str, float]], Outcome]
"""``evaluate_rules``, or ``run_suite`` in a context."""


@dataclass(frozen=True)
class Run:
    """Settings that are the same for all tables of a validation."""

    evaluate: Evaluate
    as_of: pd.Timestamp
    latest: pd.Timestamp
    """No row can be later."""
    fresh_from: pd.Timestamp
    """The latest order must not be older."""
    tolerated: Mapping[str, float]
    """Share of a table's rows, by rule."""
    least_rows: Mapping[str, int]
    """Accepted and known rows that a table must have, by table; only where there was a previous run."""


@dataclass(frozen=True)
class ValidatedTable:
    """A table after its rules."""

    accepted: pd.DataFrame
    quarantine: pd.DataFrame
    checks: list[Check]
    read: pd.DataFrame | None
    """All rows as ``read_rows`` describes them; None for a table without times."""


def validate_table(
    run: Run,
    table: str,
    frame: pd.DataFrame,
    facts: pd.DataFrame,
    rejected: pd.DataFrame | None,
    known_keys: Mapping[str, pd.Series] | None = None,
) -> ValidatedTable:
    """Reject the rows that break an error rule, and check the others.

    Parameters
    ----------
    frame : contract columns, with a RangeIndex
    facts : further columns that the rules of this table read, indexed like ``frame``
    rejected : rows rejected while reading, with ``rule`` and ``reason``; the index is the position among all rows
    known_keys : keys of another table, by the rule that looks a key up in it
    """
    rules = [rule for rule in ROW_RULES[table] if all(name in frame or name in facts for name in rule.columns)]
    parameters = {"latest": run.latest.isoformat()}
    rows = run.evaluate(table, narrow(frame, facts, rules), rules, parameters, run.tolerated)
    unread = rejected_as_text(rejected, list(frame.columns))
    accepted, quarantine = split_rows(frame, rules, rows.broken)
    # Rows of the time after the as-of make no extract fresh or complete.
    known = accepted[is_known(table, accepted, run.as_of)].reset_index(drop=True)
    checks = [
        *reading_checks(table, frame, unread, run.tolerated),
        *row_checks(frame, unread, rules, rows.broken, run.tolerated, known_keys or {}),
        *_check_table(run, table, known, len(accepted) - len(known)),
    ]
    read = read_rows(table, frame, unread, quarantine, run.latest) if is_timed(table) else None
    return ValidatedTable(accepted, pd.concat([unread, quarantine], ignore_index=True), checks, read)


def _check_table(run: Run, table: str, known: pd.DataFrame, later: int) -> list[Check]:
    rules = [rule for rule in TABLE_RULES[table] if _applies(rule, run, known)]
    if not rules:
        return []
    parameters = {"fresh_from": run.fresh_from.isoformat(), "least_rows": run.least_rows.get(table, 0)}
    values = known[[column for rule in rules for column in rule.columns]]
    outcome = run.evaluate(f"{table}_accepted", values, rules, parameters, {})
    return table_checks(known, rules, outcome.observed, later)


def _applies(rule: Rule, run: Run, known: pd.DataFrame) -> bool:
    """Whether there is a previous run to compare the volume with, and a row that could be the latest."""
    if rule.name.endswith(".volume"):
        return rule.table in run.least_rows
    return len(known) > 0 or not rule.columns
