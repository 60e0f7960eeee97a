"""Faults of a shop's own customer ids, found before they become pseudonyms."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from returns_risk.contract.pseudonyms import pseudonymise

__all__ = ["PLACEHOLDERS", "SCIENTIFIC", "CustomerIdFaults", "find_id_faults"]

PLACEHOLDERS = ("0", "-1", "guest", "unknown", "null", "none", "n/a", "nan", "anonymous")
"""Ids that stand for no customer in particular, in any case."""
SCIENTIFIC = r"^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,2}$"
"""An id that a spreadsheet has rounded to a number, such as 1.23E+11."""


@dataclass(frozen=True)
class CustomerIdFaults:
    """Pseudonyms of the customer ids of the order lines that look wrong."""

    placeholders: Mapping[str, str] = field(default_factory=dict)
    """The placeholder as the shop writes it, by its pseudonym."""
    scientific: tuple[str, ...] = ()
    """Pseudonyms of ids in scientific notation."""


def find_id_faults(customer_ids: pd.Series, key: bytes) -> CustomerIdFaults:
    """Find placeholders and ids in scientific notation among the shop's own ids.

    >>> find_id_faults(pd.Series(["Guest", "4711"]), b"a key of this shop").placeholders.values()
    dict_values(['Guest'])
    """
    ids = customer_ids.dropna().drop_duplicates().astype("str")
    placeholders = ids[ids.str.lower().isin(PLACEHOLDERS)]
    rounded = ids[ids.str.contains(SCIENTIFIC)]
    return CustomerIdFaults(
        dict(zip(pseudonymise(placeholders, key), placeholders, strict=True)), tuple(pseudonymise(rounded, key))
    )
