"""Opt-outs fail closed: a customer with a row in the quarantine counts as opted out."""

import logging

import pandas as pd

from returns_risk.contract.keys import is_among
from returns_risk.validation.checks import Validation

__all__ = ["apply_opt_outs"]

_QUARANTINED = "quarantined"
# A copy adds nothing to the row that it repeats.
_HARMLESS = "customers.customer_id_not_repeated"
_logger = logging.getLogger(__name__)


def apply_opt_outs(validation: Validation, previous: pd.Series | None = None) -> dict[str, pd.DataFrame]:
    """Return the accepted tables, with each customer marked as opted out whose opt-out cannot be read.

    A row in the quarantine may be the opt-out, or contradict the one that was accepted; so may the row of a customer
    who had opted out and is missing now. A customer without an accepted row gets one with the id and the mark alone, so
    that every reader of the tables leaves the customer out of scoring. Without ``opted_out`` in the source no customer
    can have opted out, and none is marked.

    Parameters
    ----------
    previous : ``customer_id`` of those who had opted out by the last extract

    Returns
    -------
    The tables; ``customers`` has the flag ``quarantined`` besides, true where the mark does not come from an accepted
    row.
    """
    customers = validation.tables.get("customers")
    if customers is None or "opted_out" not in customers:
        return validation.tables
    rows = validation.quarantine["customers"]
    quarantined_ids = rows["customer_id"][rows["rule"] != _HARMLESS]
    previous = pd.Series([], dtype="str") if previous is None else previous
    missing = previous[~is_among(previous, customers["customer_id"])]
    marked = _mark(customers, pd.concat([quarantined_ids.dropna(), missing], ignore_index=True).drop_duplicates())
    tables = validation.tables | {"customers": marked}
    _log_counts(tables, int(quarantined_ids.isna().sum()))
    return tables


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
            "have no row any more; %d rows in the quarantine have no customer_id",
            count,
            nameless,
        )
