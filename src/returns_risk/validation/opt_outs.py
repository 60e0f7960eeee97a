"""Opt-outs fail closed: a customer with a row in the quarantine counts as opted out."""

import logging

import pandas as pd

from returns_risk.contract.keys import is_among
from returns_risk.validation.checks import Validation

__all__ = ["apply_opt_outs", "mark_opt_outs"]

_QUARANTINED = "quarantined"
# A copy adds nothing to the row that it repeats.
_HARMLESS = "customers.customer_id_not_repeated"
_logger = logging.getLogger(__name__)


def apply_opt_outs(validation: Validation, previous: pd.DataFrame | None = None) -> dict[str, pd.DataFrame]:
    """Return the accepted tables, with each customer marked as opted out whose opt-out cannot be read.

    A row in the quarantine may be the opt-out, or contradict the one that was accepted. Who had opted out by the last
    extract stays opted out until a row says otherwise: a row, a value or all of ``opted_out`` may be missing now. An
    empty value says otherwise only where the table has true or nothing, then and now, and repeats another opt-out. A
    customer without an accepted row gets one with the id and the mark alone, so that every reader of the tables leaves
    the customer out of scoring. Where no extract has ``opted_out``, no customer can have opted out, and none is marked.

    Parameters
    ----------
    previous : ``customers`` of the last extract, as this function returned it: ``customer_id``, ``opted_out`` and
        ``quarantined``

    Returns
    -------
    The tables; ``customers`` has the flag ``quarantined`` besides, true where the mark does not come from an accepted
    row.
    """
    tables = mark_opt_outs(validation.tables, validation.quarantine, previous)
    if _QUARANTINED in tables.get("customers", pd.DataFrame()):
        _log_counts(tables, int(_quarantined_ids(validation.quarantine).isna().sum()))
    return tables


def mark_opt_outs(
    tables: dict[str, pd.DataFrame], rejected: dict[str, pd.DataFrame], previous: pd.DataFrame | None = None
) -> dict[str, pd.DataFrame]:
    """Return tables with each customer marked as opted out whose opt-out cannot be read, as ``apply_opt_outs`` does.

    Parameters
    ----------
    rejected : rows that are not among the tables, with ``rule``
    previous : as of ``apply_opt_outs``
    """
    previous = pd.DataFrame({"customer_id": [], "opted_out": [], _QUARANTINED: []}) if previous is None else previous
    customers = tables.get("customers", pd.DataFrame({"customer_id": pd.Series(dtype="str")}))
    if "opted_out" not in customers:
        if not previous["opted_out"].any():
            return tables
        customers = customers.assign(opted_out=pd.Series(pd.NA, index=customers.index, dtype="boolean"))
    unsure = [_quarantined_ids(rejected).dropna(), _not_revoked(previous, customers)]
    return tables | {"customers": _mark(customers, pd.concat(unsure, ignore_index=True).drop_duplicates())}


def _quarantined_ids(rejected: dict[str, pd.DataFrame]) -> pd.Series:
    rows = rejected.get("customers", pd.DataFrame({"customer_id": [], "rule": []}, dtype="str"))
    return rows["customer_id"][rows["rule"] != _HARMLESS]


def _not_revoked(previous: pd.DataFrame, customers: pd.DataFrame) -> pd.Series:
    """Return the earlier opt-outs that the rows of ``customers`` neither repeat nor revoke."""
    before = previous[previous["opted_out"].fillna(value=False).astype(bool)]
    opted_out = customers["opted_out"]
    settled = customers.loc[opted_out.notna(), "customer_id"]
    repeated = is_among(before["customer_id"], customers.loc[opted_out.fillna(value=False), "customer_id"])
    held = ~is_among(before["customer_id"], settled)
    if repeated.any() and not _writes_false(previous) and not _writes_false(customers):
        # This source leaves the value empty for everybody else; a mark that no row gave needs more to be revoked.
        revoked = is_among(before["customer_id"], customers.loc[opted_out.isna(), "customer_id"])
        held &= ~revoked | before[_QUARANTINED].astype(bool)
    return before.loc[held, "customer_id"]


def _writes_false(customers: pd.DataFrame) -> bool:
    return bool(customers["opted_out"].eq(other=False).any())


def _mark(customers: pd.DataFrame, quarantined_ids: pd.Series) -> pd.DataFrame:
    fresh = quarantined_ids[~is_among(quarantined_ids, customers["customer_id"])].reset_index(drop=True)
    added = pd.DataFrame({"customer_id": fresh}).reindex(columns=customers.columns).astype(customers.dtypes)
    every = pd.concat([customers, added], ignore_index=True)
    quarantined = is_among(every["customer_id"], quarantined_ids)
    return every.assign(opted_out=every["opted_out"].mask(quarantined, other=True), **{_QUARANTINED: quarantined})


def _log_counts(tables: dict[str, pd.DataFrame], nameless: int) -> None:
    customers = tables["customers"]
    count = int(customers[_QUARANTINED].sum())
    if count or nameless:
        _logger.warning(
            "customers: %d count as opted out, since a row of theirs is in the quarantine, or they had opted out and "
            "no row says otherwise now; %d rows in the quarantine have no customer_id",
            count,
            nameless,
        )
