"""Guests: orders under a customer id that the shop gives to everyone without an account."""

from collections.abc import Collection, Sequence

import pandas as pd

from returns_risk.contract.customer_ids import PLACEHOLDERS

__all__ = ["guests_as_customers", "split_guests"]


def split_guests(lines: pd.DataFrame, guest_ids: Sequence[str]) -> tuple[pd.DataFrame, pd.Series]:
    """Make each order of a guest a customer of its own, as the macro ``customer_or_guest`` does.

    Parameters
    ----------
    lines : order lines with the shop's own ids
    guest_ids : customer ids that stand for guests

    Returns
    -------
    The lines, and the customer ids of all guests, also of those that the macro made, each once.
    """
    guests = "guest-" + lines["order_id"]
    customers = lines["customer_id"].mask(lines["customer_id"].isin(guest_ids), guests)
    return lines.assign(customer_id=customers), guests[customers == guests].drop_duplicates()


def guests_as_customers(
    customers: pd.DataFrame, guest_ids: Sequence[str], guests: pd.Series, known: Collection[str]
) -> pd.DataFrame:
    """Put a row for each guest in place of the rows that stand for guests, with the id and the opt-out alone.

    These are the rows of the guest ids, and of placeholders where guests have customer ids of their own. All guests
    have opted out where one of them says so. A row whose ``opted_out`` cannot be read stays: it ends the run.

    Parameters
    ----------
    customers : rows with the shop's own ids, as cast
    guests : customer ids of the guests, each once
    known : placeholders that are customer ids of order lines
    """
    shared = customers["customer_id"].isin(guest_ids)
    if len(guests):
        shared |= customers["customer_id"].str.lower().isin(PLACEHOLDERS) & ~customers["customer_id"].isin(known)
    if not shared.any():
        return customers
    unread = customers.get("opted_out__bad", pd.Series(None, index=customers.index, dtype="str")).notna()
    rows = pd.DataFrame({"customer_id": guests})
    if "opted_out" in customers:
        rows["opted_out"] = bool(customers.loc[shared, "opted_out"].fillna(value=False).any())
    added = rows.reindex(columns=customers.columns).astype(customers.dtypes)
    return pd.concat([customers[~shared | unread], added], ignore_index=True)
