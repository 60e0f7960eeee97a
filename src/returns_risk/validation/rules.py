"""The rules, as data: what each contract table must satisfy, how GX asks it, what breaking it means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from returns_risk.contract.schema import CONTRACT

__all__ = [
    "CURRENCY_RATED",
    "FRESH_FROM",
    "LATEST",
    "LEAST_ROWS",
    "OPT_OUT_TYPE",
    "ROW_RULES",
    "TABLE_RULES",
    "Rule",
    "Severity",
    "tunable_names",
]

Severity = Literal["error", "warn"]

LATEST = {"$PARAMETER": "latest"}
"""The time of reading, or a later as-of, filled in when a suite runs; so are the two below."""
FRESH_FROM = {"$PARAMETER": "fresh_from"}
LEAST_ROWS = {"$PARAMETER": "least_rows"}
CURRENCY_RATED = "order_lines.currency_rated"
OPT_OUT_TYPE = "customers.opted_out_type"
"""An opt-out that cannot be read: it ends the run at any share."""


@dataclass(frozen=True)
class Rule:
    """One rule: error turns its rows away, warn only reports them."""

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
    """What is the matter with a row that breaks it."""
    remedy: str = ""
    tunable: bool = True
    """False where the broken rows never fail a run, or where there are no rows to count."""

    @property
    def table(self) -> str:
        """The contract table."""
        return self.name.partition(".")[0]

    @property
    def asked(self) -> list[str]:
        """Columns the expectation looks at."""
        return [str(self.arguments[key]) for key in ("column", "column_A", "column_B") if key in self.arguments]


def _present(table: str, column: str) -> Rule:
    return Rule(
        f"{table}.{column}_present",
        column,
        "error",
        "ExpectColumnValuesToNotBeNull",
        {"column": column},
        f"{column} is missing",
        f"Fill it in the raw file or in {table}.sql.",
    )


def _at_least(table: str, column: str, least: int, rule: str) -> Rule:
    return Rule(
        f"{table}.{column}_{rule}",
        column,
        "error",
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": least},
        f"{column} is below {least}",
        f"Correct the raw file, or leave such rows out in {table}.sql through reject_reason.",
    )


def _plausible(table: str, column: str, most: int, fact: str | None = None) -> Rule:
    return Rule(
        f"{table}.{fact or column}_plausible",
        column,
        "error",
        "ExpectColumnValuesToBeBetween",
        {"column": fact or column, "max_value": most},
        f"{fact or column} is above {most:,}",
        f"Look for other units or a shifted column in the raw file of {table}.sql.",
    )


def _not_in_future(table: str, column: str) -> Rule:
    return Rule(
        f"{table}.{column}_not_in_future",
        column,
        "error",
        "ExpectColumnValuesToBeBetween",
        {"column": column, "max_value": LATEST},
        f"{column} is later than both the as-of and the time at which the extract was read",
        "Check the raw times, their time zone and the clock of this machine.",
    )


def _before_as_of(table: str, column: str) -> Rule:
    """Count the rows that ``as_of_view`` leaves out: they are right, and not known yet."""
    return _holds(
        table,
        column,
        "before_as_of",
        f"{column} or recorded_at is at or after the as-of: the row is set aside",
        "Nothing is wrong; a later as-of uses these rows.",
        "warn",
        tunable=False,
    )


def _not_before(table: str, late: str, early: str, severity: Severity = "error", fact: str | None = None) -> Rule:
    return Rule(
        f"{table}.{late}_not_before_{early}",
        late,
        severity,
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {"column_A": late, "column_B": fact or early, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        f"{late} is before {early}",
        f"Check the time zones of {late} and {early} in {table}.sql.",
    )


def _holds(
    table: str,
    column: str | None,
    fact: str,
    reason: str,
    remedy: str,
    severity: Severity = "error",
    *,
    tunable: bool = True,
) -> Rule:
    """Ask a column of ``facts`` to be true; missing means that the question does not arise."""
    arguments = {"column": fact, "value_set": [True]}
    return Rule(f"{table}.{fact}", column, severity, "ExpectColumnValuesToBeInSet", arguments, reason, remedy, tunable)


def _single(table: str, key: str) -> list[Rule]:
    return [
        _holds(
            table,
            key,
            f"{key}_unique",
            f"{key} stands in rows that differ, and which of them holds is not known",
            f"Make {key} unique in {table}.sql.",
        ),
        _holds(
            table,
            key,
            f"{key}_not_repeated",
            "the row repeats an earlier one word for word",
            f"Deliver each row once, or SELECT DISTINCT in {table}.sql.",
        ),
    ]


_LINES = "order_lines"
_MOST_MONEY = 10_000_000_000
_RULES = [
    *(_present(_LINES, column) for column in CONTRACT[_LINES].required),
    *_single(_LINES, "line_id"),
    _at_least(_LINES, "quantity", 1, "at_least_1"),
    _at_least(_LINES, "unit_price", 0, "not_negative"),
    _at_least(_LINES, "list_price", 0, "not_negative"),
    # Sums of money are whole numbers of 64 bits; these limits leave room for 90,000 lines at the highest value.
    _plausible(_LINES, "quantity", 1_000_000),
    _plausible(_LINES, "unit_price", _MOST_MONEY, fact="line_value"),
    _plausible(_LINES, "list_price", _MOST_MONEY),
    _not_in_future(_LINES, "ordered_at"),
    _before_as_of(_LINES, "ordered_at"),
    Rule(
        "order_lines.ordered_at_from_2000",
        "ordered_at",
        "error",
        "ExpectColumnValuesToBeBetween",
        {"column": "ordered_at", "min_value": "2000-01-01T00:00:00+00:00"},
        "ordered_at is before the year 2000",
        "Look for a default date or two-digit years in the raw file.",
    ),
    _not_before(_LINES, "shipped_at", "ordered_at"),
    _not_before(_LINES, "delivered_at", "ordered_at"),
    _not_before(_LINES, "delivered_at", "shipped_at"),
    _not_before(_LINES, "cancelled_at", "ordered_at"),
    _not_before(_LINES, "promised_at", "ordered_at", "warn"),
    _not_before(_LINES, "recorded_at", "ordered_at", "warn"),
    Rule(
        "order_lines.currency_iso_4217",
        "currency",
        "warn",
        "ExpectColumnValuesToMatchRegex",
        {"column": "currency", "regex": "^[A-Z]{3}$"},
        "currency is no ISO 4217 code",
        "Write three capital letters in order_lines.sql.",
    ),
    _holds(
        _LINES,
        "currency",
        "currency_rated",
        "policy.yaml has no rate for the currency",
        "Say what one unit of it is worth under money.rates in policy.yaml.",
    ),
    _holds(_LINES, "sku", "sku_known", "sku is not among the products", "Complete products.sql.", "warn"),
    _holds(_LINES, "customer_id", "customer_known", "the customer is not known", "Complete customers.sql.", "warn"),
    *(_present("returns", column) for column in CONTRACT["returns"].required),
    _holds(
        "returns",
        "line_id",
        "line_known",
        "return without a line: no order line has this line_id",
        "Deliver the order lines of all returns, or tolerate more under validate.rules in params.yaml.",
    ),
    _holds(
        "returns",
        "line_id",
        "line_accepted",
        "return without a line: its order line was turned away",
        "See the quarantine of order_lines.",
        tunable=False,
    ),
    _not_in_future("returns", "returned_at"),
    _before_as_of("returns", "returned_at"),
    _not_before("returns", "returned_at", "ordered_at", fact="line_ordered_at"),
    _at_least("returns", "quantity", 1, "at_least_1"),
    _holds(
        "returns",
        "quantity",
        "quantity_within_ordered",
        "more units came back than were ordered",
        "Look for returns that were delivered twice, or for quantities in other units.",
    ),
    _holds(
        "returns",
        None,
        "row_not_repeated",
        "the row repeats an earlier one word for word; it stays, since two units can come back alike",
        "Sum such rows in returns.sql if they are one delivery.",
        "warn",
    ),
    _present("products", "sku"),
    *_single("products", "sku"),
    _at_least("products", "list_price", 0, "not_negative"),
    _plausible("products", "list_price", _MOST_MONEY),
    _present("customers", "customer_id"),
    *_single("customers", "customer_id"),
    Rule(
        "customers.birth_year_plausible",
        "birth_year",
        "warn",
        "ExpectColumnValuesToBeBetween",
        {"column": "birth_year", "min_value": 1900, "max_value": 2100},
        "birth_year is not between 1900 and 2100",
        "Look for defaults or two-digit years in the raw file.",
    ),
]

ROW_RULES = {table: [rule for rule in _RULES if rule.table == table] for table in CONTRACT}
"""Rules that single rows break, by table, in the order in which they give a row its reason."""


def _volume(table: str) -> Rule:
    return Rule(
        f"{table}.volume",
        None,
        "error",
        "ExpectTableRowCountToBeBetween",
        {"min_value": LEAST_ROWS},
        "fewer rows than validate.volume_drop allows after the previous run",
        "Deliver the raw files in full, or raise validate.volume_drop in params.yaml.",
        tunable=False,
    )


def _not_empty(table: str, reason: str) -> Rule:
    return Rule(
        f"{table}.not_empty",
        None,
        "error",
        "ExpectTableRowCountToBeBetween",
        {"min_value": 1},
        reason,
        f"Check the raw files and the SELECT in {table}.sql, and see the quarantine of {table}.",
        tunable=False,
    )


_NOT_EMPTY = {
    "order_lines": _not_empty("order_lines", "no order line is left"),
    "returns": _not_empty("returns", "there is no return at all, so nothing can be learnt"),
}
_FRESH = Rule(
    "order_lines.fresh",
    "ordered_at",
    "error",
    "ExpectColumnMaxToBeBetween",
    {"column": "ordered_at", "min_value": FRESH_FROM},
    "the latest order is older than validate.stale_days before the as-of",
    "Deliver the newest raw files, or correct as_of in params.yaml.",
    tunable=False,
)

TABLE_RULES = {
    table: [
        *([_NOT_EMPTY[table]] if table in _NOT_EMPTY else []),
        *([_FRESH] if table == _LINES else []),
        _volume(table),
    ]
    for table in CONTRACT
}
"""Rules about what was accepted and known at the as-of as a whole, by table."""


def tunable_names() -> list[str]:
    """Return the names that ``validate.rules`` may give a tolerated share: row rules and failed casts."""
    rules = [rule.name for table in ROW_RULES.values() for rule in table if rule.tunable]
    casts = [f"{t.name}.{c.name}_type" for t in CONTRACT.values() for c in t.columns if c.name not in _NEVER_CAST]
    return rules + [name for name in casts if name != OPT_OUT_TYPE]


_NEVER_CAST = ("customer_id", "comment")
