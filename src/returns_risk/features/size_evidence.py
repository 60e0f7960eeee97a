"""What is known of the sizes of a style, and of those that a customer kept: counts of outcomes for people to read."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.days import day_number
from returns_risk.features.fit_definitions import FitDefinition
from returns_risk.features.fit_kernel import KEPT, TOO_LARGE, TOO_SMALL
from returns_risk.features.fit_lines import fit_outcomes
from returns_risk.history.keys import Codes
from returns_risk.snapshot import Rows, Snapshot
from returns_risk.snapshot.lines import size_rank

if TYPE_CHECKING:
    from returns_risk.features.feature_set import FeatureSet

__all__ = ["count_size_outcomes"]

_COUNTS = {"kept": KEPT, "too_small": TOO_SMALL, "too_large": TOO_LARGE}
Evidence = dict[str, list[dict[str, Any]]]


def count_size_outcomes(feature_set: "FeatureSet", snapshot: Snapshot, rows: Rows) -> list[Evidence | None]:
    """Count the outcomes of each size of the rows' styles, and the sizes that their customers kept.

    Outcomes count that were known before the as-of of the snapshot; O(n_lines).

    Parameters
    ----------
    feature_set : with a definition of the kind ``fit``, which says what the return reasons mean

    Returns
    -------
    For each row with a style and a size: ``sizes``, the sizes that the style comes in, the smallest first, with the
    lines ``kept``, ``too_small``, ``too_large`` and ``returned`` (for any reason or none, those two among them); and
    ``customer``, the sizes of the same category that the customer ``kept``. None for other rows.
    """
    definition = next(item for item in feature_set.definitions if isinstance(item, FitDefinition))
    lines, keys = snapshot.lines, snapshot.history.keys
    style = keys.codes(["style"])
    customer = keys.codes(["customer_id", *(["category"] if "category" in lines else [])])
    day, outcome = fit_outcomes(definition, snapshot.outcomes)
    sized = ~np.isnan(lines["size_rank"].to_numpy(dtype=np.float64))
    known = sized & (day < day_number(snapshot.as_of))
    of_styles = _count(lines, outcome, style, known & _is_requested(style, rows))
    kept = known & (outcome == KEPT) & _is_requested(customer, rows)
    of_customers = _group(_count(lines, outcome, customer, kept)[["kept"]].reset_index())
    ranges = _group(_add_unsold(of_styles, snapshot.tables["products"], lines, style, rows))
    has_size = sized[rows.position] & (style[rows.position] >= 0)
    return [
        {"sizes": ranges.get(style[line], []), "customer": of_customers.get(customer[line], [])} if has else None
        for line, has in zip(rows.position, has_size, strict=True)
    ]


def _is_requested(codes: Codes, rows: Rows) -> npt.NDArray[np.bool_]:
    """Mark the lines that share a key with a row."""
    # The last place is that of the lines without a key.
    wanted = np.zeros(int(codes.max(initial=-1)) + 2, dtype=bool)
    wanted[codes[rows.position]] = True
    wanted[-1] = False
    return np.asarray(wanted[codes])


def _count(
    lines: pd.DataFrame, outcome: npt.NDArray[np.int8], codes: Codes, chosen: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    """Count the outcomes of the chosen lines by key, rank and size, in this order."""
    part = lines.loc[chosen, ["size_rank", "size"]].astype({"size": "str"}).assign(key=codes[chosen])
    counted = {name: outcome[chosen] == value for name, value in _COUNTS.items()}
    counted["returned"] = outcome[chosen] != KEPT
    return part.assign(**counted).groupby(["key", "size_rank", "size"])[[*counted]].sum().astype("int64")


def _add_unsold(
    counts: pd.DataFrame, products: pd.DataFrame, lines: pd.DataFrame, style: Codes, rows: Rows
) -> pd.DataFrame:
    """Add the sizes of the styles that have no known outcome."""
    names = pd.Series(style[rows.position], index=lines["style"].iloc[rows.position].astype(object))
    names = names[names >= 0]
    number = names[~names.index.duplicated()]
    sold = products[products["style"].isin(number.index)].dropna(subset=["size"])[["style", "size"]].drop_duplicates()
    sold = sold.astype({"size": "str"}).assign(
        key=sold["style"].astype(object).map(number), size_rank=size_rank(sold["size"])
    )
    offered = pd.MultiIndex.from_frame(sold.dropna(subset=["size_rank"])[["key", "size_rank", "size"]])
    return counts.reindex(counts.index.union(offered), fill_value=0).reset_index()


def _group(counts: pd.DataFrame) -> dict[int, list[dict[str, Any]]]:
    """Return the sizes of each key as records, in the order of the rows."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for record in counts.to_dict("records"):
        key, _ = record.pop("key"), record.pop("size_rank")
        groups.setdefault(int(key), []).append({str(name): value for name, value in record.items()})
    return groups
