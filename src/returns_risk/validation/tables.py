"""Judges one contract table: its rows, then what was accepted as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from returns_risk.snapshot.as_of import is_known
from returns_risk.validation.checks import Check
from returns_risk.validation.counting import reading_checks, row_checks, table_checks
from returns_risk.validation.quarantine import part_rows, rejected_as_text
from returns_risk.validation.rules import ROW_RULES, TABLE_RULES, Rule
from returns_risk.validation.suites import narrow, run_suite

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext

__all__ = ["Judged", "Run", "judge_table"]


@dataclass(frozen=True)
class Run:
    """What holds for all tables of one validation."""

    context: "EphemeralDataContext"
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
class Judged:
    """One table after its rules."""

    accepted: pd.DataFrame
    quarantine: pd.DataFrame
    checks: list[Check]


def judge_table(
    run: Run, table: str, frame: pd.DataFrame, facts: pd.DataFrame, rejected: pd.DataFrame | None
) -> Judged:
    """Turn away the rows that break an error rule, and check what is left.

    Parameters
    ----------
    run : Run
    table : str
    frame : DataFrame of contract columns with a RangeIndex
    facts : DataFrame
        Further columns that the rules of this table ask about, indexed like ``frame``.
    rejected : DataFrame or None
        Rows turned away while reading, with ``rule`` and ``reason``.
    """
    rules = [rule for rule in ROW_RULES[table] if all(name in frame or name in facts for name in rule.asked)]
    parameters = {"latest": run.latest.isoformat()}
    rows = run_suite(run.context, table, narrow(frame, facts, rules), rules, parameters, run.tolerated)
    unread = rejected_as_text(rejected, list(frame.columns))
    accepted, quarantine = part_rows(frame, rules, rows.broken)
    # What came after the as-of makes no extract fresh or whole.
    known = accepted[is_known(table, accepted, run.as_of)].reset_index(drop=True)
    checks = _judge_whole(run, table, known)
    return Judged(
        accepted,
        pd.concat([unread, quarantine], ignore_index=True),
        [
            *reading_checks(table, frame, unread, run.tolerated),
            *row_checks(frame, unread, rules, rows.broken, run.tolerated),
            *checks,
        ],
    )


def _judge_whole(run: Run, table: str, known: pd.DataFrame) -> list[Check]:
    rules = [rule for rule in TABLE_RULES[table] if _arises(rule, run, known)]
    if not rules:
        return []
    parameters = {"fresh_from": run.fresh_from.isoformat(), "least_rows": run.least_rows.get(table, 0)}
    asked = known[[column for rule in rules for column in rule.asked]]
    outcome = run_suite(run.context, f"{table}_accepted", asked, rules, parameters, {})
    return table_checks(known, rules, outcome.observed)


def _arises(rule: Rule, run: Run, known: pd.DataFrame) -> bool:
    """Whether there is a previous run to compare the volume with, and a row that could be the latest."""
    if rule.name.endswith(".volume"):
        return rule.table in run.least_rows
    return len(known) > 0 or not rule.asked
