"""How a line stands among the lines of its order that are known at the as-of."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.days import Days
from returns_risk.feature_groups.definitions import BasketDefinition, Column
from returns_risk.feature_groups.keys import Codes, key_codes
from returns_risk.history import MONEY_SCALE

__all__ = ["basket_columns"]

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Baskets:
    """The known lines of each (order, as-of), and where each row stands among them."""

    members: pd.DataFrame
    """Lines of the baskets, one basket after the other."""
    basket: Codes
    """Number of the basket of each member."""
    row: Codes
    """Position among the members of each row."""


def basket_columns(
    definition: BasketDefinition, lines: pd.DataFrame, ordered_on: Days, rows: Codes, as_of: Days
) -> dict[str, npt.NDArray[np.float32]]:
    """Compute the columns of a basket definition.

    Parameters
    ----------
    lines : all known order lines, as given by ``describe_lines``
    ordered_on : day on which each of them became known
    rows : positions in ``lines`` of the lines that are asked for, shape (n_rows,)
    as_of : as-of day of each row; later than the day of the line itself

    Returns
    -------
    float32 of shape (n_rows,) by name
    """
    baskets = _gather(lines, ordered_on, rows, as_of)
    return {
        name: _column(column, baskets)[baskets.row].astype(np.float32) for name, column in definition.columns.items()
    }


def _gather(lines: pd.DataFrame, ordered_on: Days, rows: Codes, as_of: Days) -> _Baskets:
    order = key_codes(lines, ["order_id"])
    asked = pd.DataFrame({"order": order[rows], "as_of": as_of}).drop_duplicates()
    known = pd.DataFrame({"order": order, "position": np.arange(len(lines)), "ordered_on": ordered_on})
    pairs = asked.assign(basket=np.arange(len(asked))).merge(known, on="order", validate="many_to_many")
    pairs = pairs[pairs["ordered_on"] < pairs["as_of"]].reset_index(drop=True)
    places = pairs.assign(place=np.arange(len(pairs)))[["as_of", "position", "place"]]
    row = pd.DataFrame({"position": rows, "as_of": as_of}).merge(
        places, on=["position", "as_of"], how="left", validate="many_to_one"
    )
    members = lines.iloc[pairs["position"]].reset_index(drop=True)
    return _Baskets(members, pairs["basket"].to_numpy(), row["place"].to_numpy())


def _column(column: Column, baskets: _Baskets) -> Values:
    if column.verb == "distinct":
        return _distinct(baskets.basket, key_codes(baskets.members, column.operands))
    if column.verb == "distinct_within":
        shared, different = (key_codes(baskets.members, [name]) for name in column.operands)
        group = key_codes(
            pd.DataFrame({"basket": baskets.basket, "shared": pd.Series(shared).where(shared >= 0)}),
            ["basket", "shared"],
        )
        return np.where(group < 0, np.nan, _distinct(group, different))
    values = baskets.members[column.operands[0]].to_numpy(dtype=np.float64, na_value=0.0)
    if column.verb == "rank":
        ranks = pd.Series(values).groupby(baskets.basket).rank(method="min", ascending=False)
        return np.asarray(ranks, dtype=np.float64)
    # Whole ten-thousandths add up to the same sum in any order.
    scaled = np.rint(values * MONEY_SCALE)
    total = np.bincount(baskets.basket, weights=scaled)[baskets.basket]
    if column.verb == "total":
        return total / MONEY_SCALE
    return np.asarray(np.divide(scaled, total, out=np.full_like(scaled, np.nan), where=total != 0))


def _distinct(group: Codes, value: Codes) -> Values:
    """Count the different non-negative values in the group of each member; groups below 0 are left out."""
    pairs = pd.DataFrame({"group": group, "value": value}).drop_duplicates()
    pairs = pairs[(pairs["group"] >= 0) & (pairs["value"] >= 0)]
    counts = np.bincount(pairs["group"], minlength=int(group.max(initial=0)) + 1)
    return np.asarray(counts[np.maximum(group, 0)], dtype=np.float64)
