"""The rules of every contract table, as data, and the share of its rows that each may reject."""

from difflib import get_close_matches

from returns_risk.config.params import ValidateParams
from returns_risk.contract.schema import CONTRACT
from returns_risk.errors import ParamsError
from returns_risk.validation.rule import (
    FRESH_FROM,
    Rule,
    at_least,
    before_as_of,
    between,
    holds,
    not_before,
    not_empty,
    not_in_future,
    plausible,
    present,
    single,
    volume,
)
from returns_risk.validation.shop_rules import SHOP_RULES

__all__ = ["CURRENCY_RATED", "OPT_OUT_TYPE", "ROW_RULES", "TABLE_RULES", "tolerated_shares"]

CURRENCY_RATED = "order_lines.currency_rated"
OPT_OUT_TYPE = "customers.opted_out_type"
"""An opt-out that cannot be read: it ends the run at any share."""

_LINES = "order_lines"
_MOST_MONEY = 10_000_000_000
_RULES = [
    *(present(_LINES, column) for column in CONTRACT[_LINES].required),
    *single(_LINES, "line_id"),
    at_least(_LINES, "quantity", 1, "at_least_1"),
    at_least(_LINES, "unit_price", 0, "not_negative"),
    at_least(_LINES, "list_price", 0, "not_negative"),
    # Sums of money are whole numbers of 64 bits; these limits leave room for 90,000 lines at the highest value.
    plausible(_LINES, "quantity", 1_000_000),
    plausible(_LINES, "unit_price", _MOST_MONEY, fact="line_value"),
    plausible(_LINES, "list_price", _MOST_MONEY),
    not_in_future(_LINES, "ordered_at"),
    before_as_of(_LINES, "ordered_at"),
    between(
        "order_lines.ordered_at_from_2000",
        "ordered_at",
        "ordered_at is before the year 2000",
        "Look for a default date or two-digit years in the raw file.",
        min_value="2000-01-01T00:00:00+00:00",
    ),
    not_before(_LINES, "shipped_at", "ordered_at"),
    not_before(_LINES, "delivered_at", "ordered_at"),
    not_before(_LINES, "delivered_at", "shipped_at"),
    not_before(_LINES, "cancelled_at", "ordered_at"),
    not_before(_LINES, "promised_at", "ordered_at", "warn"),
    not_before(_LINES, "recorded_at", "ordered_at", "warn"),
    Rule(
        "order_lines.currency_iso_4217",
        "currency",
        "warn",
        "ExpectColumnValuesToMatchRegex",
        {"column": "currency", "regex": "^[A-Z]{3}$"},
        "currency is no ISO 4217 code",
        "Write three capital letters in order_lines.sql.",
    ),
    holds(
        _LINES,
        "currency",
        "currency_rated",
        "policy.yaml has no rate for the currency",
        "Say what one unit of it is worth under money.rates in policy.yaml.",
    ),
    holds(
        _LINES,
        "sku",
        "sku_known",
        "sku is not among the products",
        "Complete products.sql; it and order_lines.sql must write sku alike, without lost leading zeros.",
        "warn",
    ),
    # Guests are customers of no table.
    holds(
        _LINES,
        "customer_id",
        "customer_known",
        "the customer is not known",
        "Complete customers.sql; it and order_lines.sql must write customer_id alike, without lost leading zeros.",
        "warn",
        tolerated_share=0.5,
    ),
    *(present("returns", column) for column in CONTRACT["returns"].required),
    holds(
        "returns",
        "line_id",
        "line_known",
        "return without a line: no order line has this line_id",
        "Write line_id in returns.sql as in order_lines.sql, without lost leading zeros; deliver the order lines of "
        "all returns, or tolerate more under validate.rules in params.yaml.",
    ),
    holds(
        "returns",
        "line_id",
        "line_accepted",
        "return without a line: its order line was rejected",
        "See the quarantine of order_lines.",
        tunable=False,
    ),
    not_in_future("returns", "returned_at"),
    before_as_of("returns", "returned_at"),
    not_before("returns", "returned_at", "ordered_at", fact="line_ordered_at"),
    at_least("returns", "quantity", 1, "at_least_1"),
    holds(
        "returns",
        "quantity",
        "quantity_within_ordered",
        "more units came back than were ordered",
        "Look for returns that were delivered twice, or for quantities in other units.",
    ),
    holds(
        "returns",
        None,
        "row_not_repeated",
        "the row repeats an earlier one word for word; it stays, since two units can come back alike",
        "Sum such rows in returns.sql if they are one delivery.",
        "warn",
    ),
    present("products", "sku"),
    *single("products", "sku"),
    at_least("products", "list_price", 0, "not_negative"),
    plausible("products", "list_price", _MOST_MONEY),
    present("customers", "customer_id"),
    *single("customers", "customer_id"),
    between(
        "customers.birth_year_plausible",
        "birth_year",
        "birth_year is not between 1900 and 2100",
        "Look for defaults or two-digit years in the raw file.",
        "warn",
        min_value=1900,
        max_value=2100,
    ),
]

ROW_RULES = {table: [rule for rule in _RULES if rule.table == table] for table in CONTRACT}
"""Rules that single rows break, by table, in the order in which they give a row its reason."""


_NOT_EMPTY = {
    "order_lines": not_empty("order_lines", "no order line is left"),
    "returns": not_empty("returns", "there is no return at all, so nothing can be learnt"),
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
        volume(table),
    ]
    for table in CONTRACT
}
"""Rules about all accepted rows that were known at the as-of, by table."""


def tolerated_shares(params: ValidateParams) -> dict[str, float]:
    """Return the tolerated share of each rule, by its name.

    Rows that a SELECT rejects on purpose (``<table>.source``) and returns of rejected order lines have the share 1;
    opt-outs that cannot be read have the share 0.

    Raises
    ------
    ParamsError
        ``validate.rules`` names a rule that does not exist or has no tolerated share.
    """
    names = list(_default_shares(params.tolerated_share))
    unknown = [name for name in params.rules if name not in names]
    if unknown:
        close = get_close_matches(unknown[0], names, n=3, cutoff=0.5)
        hint = f"close ones are {close}" if close else f"there are {names}"
        raise ParamsError(
            f"params.yaml: validate.rules: {unknown[0]} is no rule with a tolerated share; {hint}. Correct the name."
        )
    shares = {name: params.rules.get(name, share) for name, share in _default_shares(params.tolerated_share).items()}
    free = [rule.name for rules in ROW_RULES.values() for rule in rules if not rule.tunable]
    return shares | {OPT_OUT_TYPE: 0.0} | dict.fromkeys([*free, *(f"{table}.source" for table in ROW_RULES)], 1.0)


def _default_shares(usual: float) -> dict[str, float]:
    """Return the default share of each rule that may have another: row rules, shop rules and failed casts."""
    rules = [rule for table in ROW_RULES.values() for rule in table if rule.tunable]
    shares = {rule.name: usual if rule.tolerated_share is None else rule.tolerated_share for rule in rules}
    casts = [f"{t.name}.{c.name}_type" for t in CONTRACT.values() for c in t.columns if c.name != "comment"]
    shares |= {name: usual for name in casts if name != OPT_OUT_TYPE}
    return shares | {rule.name: rule.tolerated_share for rule in SHOP_RULES}
