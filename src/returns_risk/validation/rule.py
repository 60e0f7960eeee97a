"""A rule about rows or tables, and the kinds of rules there are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "FRESH_FROM", "LATEST", "LEAST_ROWS", "Rule", "Severity", "at_least", "before_as_of", "between", "holds",
    "not_before", "not_empty", "not_in_future", "plausible", "present", "single", "volume",
]  # fmt: skip

Severity = Literal["error", "warn"]

LATEST = {"$PARAMETER": "latest"}
"""The time of reading, or a later as-of; this and the two below are filled in when a suite runs."""
FRESH_FROM = {"$PARAMETER": "fresh_from"}
LEAST_ROWS = {"$PARAMETER": "least_rows"}


@dataclass(frozen=True)
class Rule:
    """One rule: an error rejects its rows, a warning only reports them."""

    name: str
    """``<table>.<rule>``, as written in ``validate.rules`` of ``params.yaml``."""
    column: str | None
    """The contract column it is about; None where it is about the table."""
    severity: Severity
    expectation: str
    """Class in ``great_expectations.expectations``."""
    arguments: Mapping[str, Any] = field(hash=False)
    """Of the expectation. Its columns are contract columns or those of ``facts``; without them the rule is skipped."""
    reason: str = ""
    """Finding about a row that breaks it."""
    remedy: str = ""
    tunable: bool = True
    """False where the broken rows never fail a run, or where there are no rows to count."""
    tolerated_share: float | None = None
    """Share of the rows that may break it, where it differs from ``validate.tolerated_share``."""

    @property
    def table(self) -> str:
        """The contract table."""
        return self.name.partition(".")[0]

    @property
    def columns(self) -> list[str]:
        """Columns that the expectation reads."""
        return [str(self.arguments[key]) for key in ("column", "column_A", "column_B") if key in self.arguments]


def between(
    name: str,
    column: str,
    reason: str,
    remedy: str,
    severity: Severity = "error",
    *,
    fact: str | None = None,
    **limits: Any,
) -> Rule:
    """Require a column, or a column of ``facts``, to be within ``min_value`` and ``max_value``."""
    arguments = {"column": fact or column, **limits}
    return Rule(name, column, severity, "ExpectColumnValuesToBeBetween", arguments, reason, remedy)


def present(table: str, column: str) -> Rule:
    name, expectation = f"{table}.{column}_present", "ExpectColumnValuesToNotBeNull"
    remedy = f"Fill it in the raw file or in {table}.sql."
    if (table, column) == ("order_lines", "customer_id"):
        remedy = "Where guests have none, select customer_or_guest(customer, order) in order_lines.sql."
    return Rule(name, column, "error", expectation, {"column": column}, f"{column} is missing", remedy)


def at_least(table: str, column: str, least: int, rule: str) -> Rule:
    remedy = f"Correct the raw file, or leave such rows out in {table}.sql through reject_reason."
    return between(f"{table}.{column}_{rule}", column, f"{column} is below {least}", remedy, min_value=least)


def plausible(table: str, column: str, most: int, fact: str | None = None) -> Rule:
    name = fact or column
    remedy = f"Look for other units or a shifted column in the raw file of {table}.sql."
    reason = f"{name} is above {most:,}"
    return between(f"{table}.{name}_plausible", column, reason, remedy, fact=fact, max_value=most)


def not_in_future(table: str, column: str) -> Rule:
    reason = f"{column} is later than both the as-of and the time at which the extract was read"
    remedy = "Check the raw times, their time zone and the clock of this machine."
    return between(f"{table}.{column}_not_in_future", column, reason, remedy, max_value=LATEST)


def before_as_of(table: str, column: str) -> Rule:
    """Count the rows that ``as_of_view`` leaves out: they are right, and not known yet."""
    reason = f"{column} or recorded_at is at or after the as-of: the row is set aside"
    remedy = "Nothing is wrong; a later as-of uses these rows."
    return holds(table, column, "before_as_of", reason, remedy, "warn", tunable=False)


def not_before(table: str, late: str, early: str, severity: Severity = "error", fact: str | None = None) -> Rule:
    return Rule(
        f"{table}.{late}_not_before_{early}",
        late,
        severity,
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {"column_A": late, "column_B": fact or early, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        f"{late} is before {early}",
        f"Check the time zones of {late} and {early} in {table}.sql.",
    )


def holds(
    table: str,
    column: str | None,
    fact: str,
    reason: str,
    remedy: str,
    severity: Severity = "error",
    *,
    tunable: bool = True,
    tolerated_share: float | None = None,
) -> Rule:
    """Require a column of ``facts`` to be true; a missing value passes."""
    expectation, arguments = "ExpectColumnValuesToBeInSet", {"column": fact, "value_set": [True]}
    return Rule(f"{table}.{fact}", column, severity, expectation, arguments, reason, remedy, tunable, tolerated_share)


def single(table: str, key: str) -> list[Rule]:
    differ = f"{key} is in rows that differ, and it is not known which of them holds"
    repeats = "the row repeats an earlier one word for word"
    once = f"Deliver each row once, or SELECT DISTINCT in {table}.sql."
    return [
        holds(table, key, f"{key}_unique", differ, f"Make {key} unique in {table}.sql."),
        holds(table, key, f"{key}_not_repeated", repeats, once),
    ]


def volume(table: str) -> Rule:
    reason = "fewer rows than validate.volume_drop allows after the previous run"
    remedy = "Deliver the raw files in full, or raise validate.volume_drop in params.yaml."
    return _row_count(f"{table}.volume", LEAST_ROWS, reason, remedy)


def not_empty(table: str, reason: str) -> Rule:
    remedy = (
        "Deliver the raw file again if it has its header alone; where all rows are later than the as-of, choose a "
        f"later as-of; else check the SELECT in {table}.sql and the quarantine of {table}."
    )
    return _row_count(f"{table}.not_empty", 1, reason, remedy)


def _row_count(name: str, least: Any, reason: str, remedy: str) -> Rule:
    expectation = "ExpectTableRowCountToBeBetween"
    return Rule(name, None, "error", expectation, {"min_value": least}, reason, remedy, tunable=False)
