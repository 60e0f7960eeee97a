"""Whether the tables hold the names that the policy uses: a misspelt one would silently do nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from returns_risk.config.policy import ANY, Intervention, Policy
from returns_risk.contract.parquet import list_columns, read_frame
from returns_risk.errors import ParamsError

__all__ = ["Held", "Unknown", "find_unknown", "missing_kinds", "read_held", "require_rates"]

_COLUMNS = {
    "market": ("order_lines", "market"),
    "warehouse": ("order_lines", "warehouse"),
    "currency": ("order_lines", "currency"),
    "category": ("products", "category"),
    "reason": ("returns", "reason"),
}
"""Where the names of a kind stand."""
_Uses = tuple[str, str, Iterable[str]]
"""Place in the policy, kind, and names there."""


@dataclass(frozen=True)
class Held:
    """The names of one kind that a table holds."""

    table: str
    rows: int
    """Of the table, with those that name nothing."""
    names: dict[str, int]
    """Rows by name."""


@dataclass(frozen=True)
class Unknown:
    """A name in the policy that no row has."""

    place: str
    """Key in the policy, e.g. ``costs.lanes.LEJ1``."""
    kind: str
    name: str
    near: str | None
    """The name that is held and is most like it, if one is."""


def read_held(folder: Path) -> dict[str, Held]:
    """Read which markets, warehouses, currencies, categories and reasons validated tables hold.

    Parameters
    ----------
    folder : of the tables as ``write_tables`` leaves them

    Returns
    -------
    By kind; a kind whose column the source lacks is not there.

    Raises
    ------
    SourceError
        A table is missing or is no Parquet.
    """
    held = {}
    for kind, (table, column) in _COLUMNS.items():
        file = folder / f"{table}.parquet"
        if column in list_columns(file, "validate"):
            names = read_frame(file, "validate", [column])[column]
            counts = names.value_counts()
            held[kind] = Held(table, len(names), {str(name): int(count) for name, count in counts.items() if count})
    return held


def find_unknown(policy: Policy, held: dict[str, Held]) -> list[Unknown]:
    """Return the names in the policy that no row has, in its order; kinds that are not held are left out."""
    return [
        Unknown(place, kind, name, _nearest(name, held[kind].names))
        for place, kind, names in _uses(policy)
        if kind in held
        for name in names
        if name not in held[kind].names
    ]


def missing_kinds(policy: Policy, held: dict[str, Held]) -> list[str]:
    """Return the kinds that the policy has names of, and the source has no column for."""
    return list(dict.fromkeys(kind for _, kind, names in _uses(policy) if kind not in held and list(names)))


def require_rates(policy: Policy, held: dict[str, Held], file: Path) -> None:
    """Refuse a policy that cannot value a currency that lines are in: it would end a night.

    Parameters
    ----------
    file : of the policy, for the message

    Raises
    ------
    ParamsError
        A currency has no rate.
    """
    lines = held.get("currency", Held("order_lines", 0, {}))
    lacking = [name for name in lines.names if policy.money.rate(name) is None]
    if lacking:
        name, more = lacking[0], f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
        raise ParamsError(
            f"{file}: money.rates: {name} is missing{more}, {lines.names[name]:,} of {lines.rows:,} lines are in it. "
            f"Say what 1 {name} is worth in {policy.money.currency}."
        )


def _uses(policy: Policy) -> list[_Uses]:
    """List where the policy names what, in its order."""
    lanes = policy.costs.lanes
    return [
        ("markets", "market", policy.markets),
        ("money.markets", "market", policy.money.markets),
        ("costs.markets", "market", policy.costs.markets),
        ("costs.lanes", "warehouse", lanes),
        *((f"costs.lanes.{warehouse}", "market", markets) for warehouse, markets in lanes.items()),
        *(use for name, one in policy.interventions.items() for use in _uses_of(f"interventions.{name}", one)),
        *((f"sku_actions.{name}.reasons", "reason", one.reasons) for name, one in policy.sku_actions.items()),
        ("languages.markets", "market", policy.languages.markets),
    ]


def _uses_of(place: str, one: Intervention) -> list[_Uses]:
    return [
        (f"{place}.effect", "reason", [name for name in one.effect if name != ANY]),
        *((f"{place}.capacity_by.{kind}", kind, levels) for kind, levels in one.capacity_by.items()),
        (f"{place}.markets", "market", one.markets),
        (f"{place}.categories", "category", one.categories),
        *((f"{place}.roll_out_by.{kind}", kind, levels) for kind, levels in one.roll_out_by.items()),
    ]


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name that is most like one, whatever the case; None where none is.

    >>> _nearest("Head phones", ["shoes", "headphones"])
    'headphones'
    """
    folded = {one.casefold(): one for one in known}
    return next((folded[one] for one in get_close_matches(name.casefold(), folded, n=1)), None)
