"""Columns that rules read and that no single table holds: duplicates, joins, running totals."""

from collections.abc import Collection

import pandas as pd

from returns_risk.contract.keys import is_among, positions_of

__all__ = ["key_facts", "order_line_facts", "return_facts"]


def key_facts(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """Say of each row whether its key is single: rows that differ share it, or rows copy an earlier one.

    Returns
    -------
    DataFrame of nullable flags, indexed like ``frame``: ``<key>_unique`` (no row with this key differs) and
    ``<key>_not_repeated`` (no copy of an earlier row); missing where the key is.
    """
    given = frame[key].notna()
    unique = pd.Series(True, index=frame.index)
    first = pd.Series(True, index=frame.index)
    shared = frame[given & frame[key].duplicated(keep=False)]
    copies = shared.duplicated()
    versions = (~copies).groupby(shared[key]).transform("sum")
    unique[shared.index] = versions.eq(1)
    first[shared.index] = ~copies | versions.gt(1)
    return pd.DataFrame({f"{key}_unique": _flag(unique, given), f"{key}_not_repeated": _flag(first, given)})


def order_line_facts(
    lines: pd.DataFrame,
    products: pd.DataFrame | None,
    customers: pd.DataFrame | None,
    currencies: Collection[str] | None,
) -> pd.DataFrame:
    """Say of each order line whether its key is single, its sku and customer are known, and its value.

    Parameters
    ----------
    products, customers : None where the source has none
    currencies : those the policy has a rate for, or None without a policy

    Returns
    -------
    DataFrame of nullable flags, indexed like ``lines``: those of ``key_facts``, ``sku_known``, ``customer_known``,
    ``currency_rated``; missing where the key is. Besides ``line_value``, the price of all units in currency.
    """
    facts = key_facts(lines, "line_id")
    facts["line_value"] = lines["quantity"].astype("float64") * lines["unit_price"]
    if currencies is not None and "currency" in lines:
        facts["currency_rated"] = _flag(lines["currency"].isin(list(currencies)), lines["currency"].notna())
    if products is not None:
        facts["sku_known"] = _known(lines["sku"], products["sku"])
    if customers is not None:
        facts["customer_known"] = _known(lines["customer_id"], customers["customer_id"])
    return facts


def return_facts(
    returns: pd.DataFrame, lines: pd.DataFrame, quarantined: pd.Series, latest: pd.Timestamp
) -> pd.DataFrame:
    """Say of each return what its order line says about it.

    Parameters
    ----------
    lines : the accepted order lines
    quarantined : ``line_id`` of those in the quarantine
    latest : UTC time; no return can be later

    Returns
    -------
    DataFrame indexed like ``returns``: the flags ``line_known``, ``line_accepted``,
    ``quantity_within_ordered`` (missing where the row cannot be counted) and ``row_not_repeated``,
    and ``line_ordered_at`` (UTC, missing without a line).
    """
    position = positions_of(returns["line_id"], lines["line_id"])
    accepted = pd.Series(position >= 0, index=returns.index)
    # A position of -1 is no label of the lines, and gives a missing value.
    joined = lines[["ordered_at", "quantity"]].reset_index(drop=True).reindex(position).set_axis(returns.index)
    rejected = is_among(returns["line_id"], quarantined) & ~accepted
    facts = pd.DataFrame(index=returns.index)
    facts["line_known"] = _flag(accepted | rejected, returns["line_id"].notna())
    facts["line_accepted"] = _flag(~rejected, returns["line_id"].notna())
    facts["line_ordered_at"] = joined["ordered_at"]
    in_time = returns["returned_at"].ge(joined["ordered_at"]) & returns["returned_at"].le(latest)
    facts["quantity_within_ordered"] = _within(returns, joined["quantity"].astype("float64"), accepted & in_time)
    facts["row_not_repeated"] = ~returns.duplicated()
    return facts


def _within(returns: pd.DataFrame, ordered: pd.Series, counts: pd.Series) -> pd.Series:
    """Say which returns still fit into the ``ordered`` units of their line, the earliest first.

    Rows that count for nothing (``counts`` false, below one unit) are not checked, and a row that alone is
    too large takes no room from the others. Ties in time are broken by the whole row, not by its position.
    """
    units = returns["quantity"].astype("float64")
    counted = counts & units.ge(1)
    fits = units.le(ordered)
    room = units.where(counted & fits, 0.0)
    crowded = counted & fits & room.groupby(returns["line_id"]).transform("sum").gt(ordered)
    others = [name for name in returns.columns if name not in ("line_id", "returned_at")]
    rows = returns[crowded].sort_values(["line_id", "returned_at", *others])
    total = units[rows.index].groupby(rows["line_id"]).cumsum()
    fits[rows.index] = total.le(ordered[rows.index])
    return _flag(fits, counted)


def _known(keys: pd.Series, known: pd.Series) -> pd.Series:
    return _flag(is_among(keys, known), keys.notna())


def _flag(value: pd.Series, applies: pd.Series) -> pd.Series:
    return value.astype("boolean").where(applies)
