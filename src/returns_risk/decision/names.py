"""Check the names that the policy uses: one that the tables or the model do not know silently has no effect."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from returns_risk.config.policy import ANY, Intervention, Policy
from returns_risk.contract.parquet import list_columns, read_frame
from returns_risk.errors import ParamsError

__all__ = [
    "TableNames",
    "UnknownName",
    "find_notices",
    "find_unknown_names",
    "find_unlisted_markets",
    "missing_kinds",
    "read_names",
    "require_rates",
]

_COLUMNS = {
    "market": ("order_lines", "market"),
    "warehouse": ("order_lines", "warehouse"),
    "currency": ("order_lines", "currency"),
    "category": ("products", "category"),
    "reason": ("returns", "reason"),
}
"""Table and column of each kind of name."""
_Use = tuple[str, str, Iterable[str]]
"""Key in the policy, kind, and the names below the key."""


@dataclass(frozen=True)
class TableNames:
    """The names of one kind in a table."""

    table: str
    rows: int
    """Of the table, with those whose name is missing."""
    names: dict[str, int]
    """Number of rows of each name."""


@dataclass(frozen=True)
class UnknownName:
    """A name in the policy that no row has."""

    key: str
    """In the policy, e.g. ``costs.lanes.LEJ1``."""
    kind: str
    name: str
    nearest: str | None
    """The most similar name in the table, None without a similar intervention."""


def read_names(folder: Path) -> dict[str, TableNames]:
    """Return the markets, warehouses, currencies, categories and reasons in a folder of validated tables.

    Kinds whose column the source lacks are left out. A table that is missing or is no Parquet is a SourceError.
    """
    known = {}
    for kind, (table, column) in _COLUMNS.items():
        file = folder / f"{table}.parquet"
        if column in list_columns(file, "validate"):
            names = read_frame(file, "validate", [column])[column]
            counts = {str(name): int(count) for name, count in names.value_counts().items() if count}
            known[kind] = TableNames(table, len(names), counts)
    return known


def find_unknown_names(policy: Policy, known: dict[str, TableNames]) -> list[UnknownName]:
    """Return the names in the policy that no row has, in its order; kinds without a column are left out."""
    return [
        UnknownName(key, kind, name, _nearest(name, known[kind].names))
        for key, kind, names in _uses(policy)
        if kind in known
        for name in names
        if name not in known[kind].names
    ]


def find_unlisted_markets(policy: Policy, known: dict[str, TableNames]) -> list[UnknownName]:
    """Return the markets of the order lines whose terms the policy does not list; none where it lists no market."""
    names = known["market"].names if policy.markets and "market" in known else {}
    unlisted = [name for name in names if name not in policy.markets]
    return [UnknownName("markets", "market", name, _nearest(name, policy.markets)) for name in unlisted]


def missing_kinds(policy: Policy, known: dict[str, TableNames]) -> list[str]:
    """Return the kinds that the policy names and the source has no column for."""
    return list(dict.fromkeys(kind for _, kind, names in _uses(policy) if kind not in known and list(names)))


def require_rates(policy: Policy, known: dict[str, TableNames], file: Path) -> None:
    """Raise a ParamsError for a policy (``file``) without an exchange rate for a currency of the order lines."""
    lines = known.get("currency", TableNames("order_lines", 0, {}))
    lacking = [name for name in lines.names if policy.money.rate(name) is None]
    if lacking:
        name, more = lacking[0], f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
        raise ParamsError(
            f"{file}: money.rates: {name} is missing{more}, {lines.names[name]:,} of {lines.rows:,} lines are in it. "
            f"Say what 1 {name} is worth in {policy.money.currency}."
        )


def _uses(policy: Policy) -> list[_Use]:
    """Return all names in the policy, in its order."""
    lanes = policy.costs.lanes
    return [
        ("markets", "market", policy.markets),
        ("money.markets", "market", policy.money.markets),
        ("costs.markets", "market", policy.costs.markets),
        ("costs.lanes", "warehouse", lanes),
        *((f"costs.lanes.{warehouse}", "market", markets) for warehouse, markets in lanes.items()),
        *(
            use
            for name, intervention in policy.interventions.items()
            for use in _uses_of(f"interventions.{name}", intervention)
        ),
        *((f"sku_actions.{name}.reasons", "reason", action.reasons) for name, action in policy.sku_actions.items()),
        *(
            (f"resolutions.{number}.{key}", kind, names)
            for number, rule in enumerate(policy.resolutions)
            for key, kind, names in (("reasons", "reason", rule.reasons), ("markets", "market", rule.markets))
        ),
        ("transit_days", "market", policy.transit_days),
        ("languages.warehouse", "warehouse", policy.languages.warehouse),
        ("languages.markets", "market", policy.languages.markets),
    ]


def _uses_of(key: str, intervention: Intervention) -> list[_Use]:
    return [
        (f"{key}.effect", "reason", [name for name in intervention.effect if name != ANY]),
        *((f"{key}.capacity_by.{kind}", kind, levels) for kind, levels in intervention.capacity_by.items()),
        (f"{key}.markets", "market", intervention.markets),
        (f"{key}.categories", "category", intervention.categories),
        *((f"{key}.roll_out_by.{kind}", kind, levels) for kind, levels in intervention.roll_out_by.items()),
    ]


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the most similar known name, ignoring case.

    >>> _nearest("Head phones", ["shoes", "headphones"])
    'headphones'
    """
    folded = {other.casefold(): other for other in known}
    matches = get_close_matches(name.casefold(), folded, n=1)
    return folded[matches[0]] if matches else None


def find_notices(shares: pd.DataFrame, policy: Policy) -> list[str]:
    """Return a notice about reasons in the policy that no column of ``shares`` predicts: they never apply."""
    reasons_of = {name: [*intervention.effect] for name, intervention in policy.interventions.items()}
    reasons_of |= {name: [*action.reasons] for name, action in policy.sku_actions.items()}
    unpredicted: dict[str, list[str]] = {}
    for name, reasons in reasons_of.items():
        for reason in reasons:
            if reason != ANY and reason not in shares:
                unpredicted.setdefault(reason, []).append(name)
    if not unpredicted:
        return []
    if len(shares.columns):
        listed = "; ".join(f"{reason} ({', '.join(names)})" for reason, names in unpredicted.items())
        predicted = ", ".join(map(str, shares.columns))
        notice = f"reasons of policy.yaml that are not predicted have no effect: {listed}. Predicted are {predicted}"
    else:
        notice = "no reasons are predicted, so that only effects on any reason count: none is stated, or too rarely"
    return [notice]
