"""Guests: orders under a customer id that the shop gives to everyone without an account."""

from collections.abc import Sequence

import pandas as pd

__all__ = ["guests_as_customers", "split_guests"]


def split_guests(lines: pd.DataFrame, guest_ids: Sequence[str]) -> tuple[pd.DataFrame, pd.Series]:
    """Make each order of a guest a customer of its own, named as the macro ``customer_or_guest`` names it.

    Parameters
    ----------
    lines : order lines with the shop's own ids
    guest_ids : customer ids that stand for guests

    Returns
    -------
    The lines, and the new customer ids, each once.
    """
    is_guest = lines["customer_id"].isin(guest_ids)
    own = "guest-" + lines["order_id"]
    guests = own[is_guest].dropna().drop_duplicates()
    return lines.assign(customer_id=lines["customer_id"].mask(is_guest, own)), guests


def guests_as_customers(customers: pd.DataFrame, guest_ids: Sequence[str], guests: pd.Series) -> pd.DataFrame:
    """Put a row for each guest in place of the rows of the guest ids, with the id and the opt-out alone.

    All guests have opted out where one row of a guest id says so. A row whose ``opted_out`` cannot be read stays: it
    ends the run.

    Parameters
    ----------
    customers : rows with the shop's own ids, as cast
    guests : customer ids of the guests, each once
    """
    shared = customers["customer_id"].isin(guest_ids)
    if not shared.any():
        return customers
    unread = customers.get("opted_out__bad", pd.Series(None, index=customers.index, dtype="str")).notna()
    rows = pd.DataFrame({"customer_id": guests})
    if "opted_out" in customers:
        rows["opted_out"] = bool(customers.loc[shared, "opted_out"].fillna(value=False).any())
    added = rows.reindex(columns=customers.columns).astype(customers.dtypes)
    return pd.concat([customers[~shared | unread], added], ignore_index=True)
