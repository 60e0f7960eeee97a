"""The results of validation: counts, shares and a harmless example of each rule, and the error that ends a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.errors import DataError
from returns_risk.history import Outcomes
from returns_risk.validation.rule import Rule, Severity
from returns_risk.validation.rules import CURRENCY_RATED, ROW_RULES, TABLE_RULES
from returns_risk.validation.shop_rule import AcceptedTables, ShopRule
from returns_risk.validation.shop_rules import SHOP_RULES
from returns_risk.validation.unread import cast_reason, cast_remedy, describe_shape

__all__ = ["Check", "Validation", "raise_for_broken", "reading_checks", "row_checks", "shop_checks", "table_checks"]

_QUOTED = {"order_lines": "line_id", "returns": "line_id", "products": "sku"}
"""The column an example may quote; elsewhere it is a row number, since the key is a customer's."""
_LONGEST = 60


@dataclass(frozen=True)
class Check:
    """The result of a rule."""

    table: str
    rule: str
    severity: Severity
    rows: int
    """Rows of the table, those rejected while reading included; known rows for a rule about the table."""
    broken: int
    """Rows that break the rule; 1 for a broken rule about the table."""
    tolerated_share: float
    example: str | None
    """A row number, a line_id, a sku, or the value that a rule about the table observed; never a customer's data."""

    @property
    def reason(self) -> str:
        """The finding where the rule is broken."""
        about_table = {rule.name: rule.reason for rule in TABLE_RULES[self.table]}
        return about_table.get(self.rule) or _share_rule(self)[1]

    @property
    def passed(self) -> bool:
        """Whether no larger share of the rows than tolerated breaks the rule."""
        return self.broken == 0 or (self.rows > 0 and self.broken / self.rows <= self.tolerated_share)

    @property
    def rejects_rows(self) -> bool:
        """Whether rows that break the rule are put into quarantine; rules about whole tables leave them in place."""
        about_tables = [rule.name for rule in TABLE_RULES[self.table]] + [rule.name for rule in SHOP_RULES]
        return self.severity == "error" and self.rule not in about_tables


@dataclass(frozen=True)
class Validation:
    """The contract tables after validation."""

    tables: dict[str, pd.DataFrame]
    """Accepted rows by table, in their original order, with a fresh index; also those not known at the as-of."""
    quarantine: dict[str, pd.DataFrame]
    """Rejected rows by table: contract columns as text, ``rule`` and ``reason``; first those rejected while reading."""
    known: dict[str, pd.DataFrame]
    """The same as they were known at the as-of (``as_of_view``)."""
    checks: tuple[Check, ...]
    """By table, in the order of the contract and of the rules."""
    late_returns: pd.DataFrame | None = None
    """Returns after the window by market and month of order (``count_late_returns``); None without a policy."""
    outcomes: Outcomes | None = None
    """The outcome of each known order line; None without a policy."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """One line for each warning rule that is broken by more rows than tolerated."""
        return tuple(_sentence(check) for check in self.checks if check.severity == "warn" and not check.passed)

    @property
    def later(self) -> dict[str, int]:
        """How many accepted rows of each table were not known at the as-of."""
        return {name: len(frame) - len(self.known[name]) for name, frame in self.tables.items()}


def raise_for_broken(validation: Validation) -> None:
    """Raise for the first error rule that is broken by more rows than tolerated.

    Raises
    ------
    DataError
        Names table, column, rule, counts, an example and the remedy in one line.
    """
    broken = [check for check in validation.checks if check.severity == "error" and not check.passed]
    if broken:
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        raise DataError(_sentence(broken[0], more))


def shop_checks(
    accepted: AcceptedTables, tolerated: Mapping[str, float], rules: Sequence[ShopRule] = SHOP_RULES
) -> list[Check]:
    """Check the rules about the accepted tables taken together."""
    checks = []
    for rule in rules:
        applies = rule.table in accepted.tables or not rule.needs_table
        count = rule.count(accepted) if applies else None
        if count is not None:
            numbers = (count.rows, count.broken, tolerated[rule.name], count.example)
            checks.append(Check(rule.table, rule.name, rule.severity, *numbers))
    return checks


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
        checks.append(
            Check(table, rule, "error", count, len(rows), tolerated.get(rule, 0.0), _unread(table, rule, rows))
        )
    return checks


def row_checks(
    frame: pd.DataFrame,
    unread: pd.DataFrame,
    rules: list[Rule],
    broken: Mapping[str, np.ndarray],
    tolerated: Mapping[str, float],
    known: Mapping[str, pd.Series],
) -> list[Check]:
    """Count the rows that break each rule; ``broken`` holds their positions in ``frame``.

    ``known`` holds the keys of another table by the rule that looks a key up in it.
    """
    checks = []
    for rule in rules:
        rows, count = broken[rule.name], _rows(rule.table, frame, unread)
        share, example = tolerated[rule.name], _example(rule, frame, rows, known.get(rule.name))
        checks.append(Check(rule.table, rule.name, rule.severity, count, len(rows), share, example))
    return checks


def table_checks(accepted: pd.DataFrame, rules: list[Rule], observed: Mapping[str, Any], later: int = 0) -> list[Check]:
    """Report the rules about a whole table.

    Parameters
    ----------
    observed : values that broken rules observed
    later : rows that are right, but not known at the as-of
    """
    checks = []
    for rule in rules:
        example = f"found {observed[rule.name]}" if rule.name in observed else None
        if example and rule.name.endswith(".not_empty") and later:
            example += f", since {later:,} rows are later than the as-of"
        is_broken = int(rule.name in observed)
        checks.append(Check(rule.table, rule.name, rule.severity, len(accepted), is_broken, 0.0, example))
    return checks


def _sentence(check: Check, more: str = "") -> str:
    about_table = {rule.name: rule for rule in TABLE_RULES[check.table]}
    if check.rule in about_table:
        rule = about_table[check.rule]
        where = f"{check.table}.{rule.column}" if rule.column else check.table
        return f"{where}: rule {check.rule} is broken: {rule.reason}; {check.example}{more}. {rule.remedy}"
    column, reason, remedy = _share_rule(check)
    where = f"{check.table}.{column}" if column else check.table
    share = f"{check.broken / check.rows:.2%}, tolerated {check.tolerated_share:.2%}"
    example = f", for example {check.example}" if check.example else ""
    unit = next((rule.unit for rule in SHOP_RULES if rule.name == check.rule), "rows")
    return (
        f"{where}: {check.broken} of {check.rows} {unit} ({share}) break rule {check.rule}: {reason}{example}{more}. "
        f"{remedy}"
    )


def _share_rule(check: Check) -> tuple[str | None, str, str]:
    """Return column, reason and remedy of a rule that counts rows."""
    rules: list[Rule | ShopRule] = [*ROW_RULES[check.table], *SHOP_RULES]
    for rule in rules:
        if rule.name == check.rule:
            return rule.column, rule.reason, rule.remedy
    if check.rule == f"{check.table}.source":
        return None, "the SELECT rejects the row", f"See the SELECT in {check.table}.sql."
    column = _cast_column(check.table, check.rule)
    return column, cast_reason(check.table, column), cast_remedy(check.table, column)


def _cast_column(table: str, rule: str) -> str:
    return rule.removeprefix(f"{table}.").removesuffix("_type")


def _unread(table: str, rule: str, rows: pd.DataFrame) -> str | None:
    """Return an example of rows rejected while reading: a key, and the shape of texts that do not parse."""
    column = _cast_column(table, rule)
    is_cast = rule != f"{table}.source" and column in rows
    examples = [_key(table, rows, 0), describe_shape(table, column, rows[column]) if is_cast else None]
    return ", ".join(example for example in examples if example) or None


def _rows(table: str, frame: pd.DataFrame, unread: pd.DataFrame) -> int:
    return len(frame) + int(unread["rule"].ne(f"{table}.source").sum())


def _example(rule: Rule, frame: pd.DataFrame, rows: np.ndarray, known: pd.Series | None = None) -> str | None:
    if not len(rows):
        return None
    if known is not None and rule.column is not None and len(known):
        return _unmatched(rule.column, str(frame[rule.column].iloc[rows[0]]), known)
    if rule.name == CURRENCY_RATED:
        counts = frame["currency"].iloc[rows].value_counts()
        return f"currency {counts.index[0][:_LONGEST]!r} ({counts.iloc[0]} rows)"
    return _key(rule.table, frame, int(rows[0])) or f"row {rows[0] + 1}"


def _unmatched(column: str, key: str, known: pd.Series) -> str:
    """Set a key against one of the other table: the same but for leading zeros where there is one."""
    alike = known[known.str.lstrip("0") == key.lstrip("0")]
    other = (alike if len(alike) else known).iloc[0]
    return f"{column} {key[:_LONGEST]!r}, where the other table has {other[:_LONGEST]!r}"


def _key(table: str, frame: pd.DataFrame, row: int) -> str | None:
    name = _QUOTED.get(table)
    value = frame[name].iloc[row] if name else None
    return f"{name} {value[:_LONGEST]!r}" if isinstance(value, str) else None
