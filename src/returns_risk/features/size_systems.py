"""Size systems: which categories' sizes mean the same, derived from the sizes that the products come in."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from returns_risk.features.fit_definitions import SizeSystem
from returns_risk.history.history import has_letters
from returns_risk.history.keys import Codes
from returns_risk.snapshot.lines import size_rank

__all__ = ["find_systems", "has_letters", "system_codes"]

_ALIKE = 0.6
"""Overlap of the shares of their sizes from which on two categories are of one system."""
_LEAST_VARIANCE = 0.25


def find_systems(products: pd.DataFrame) -> tuple[SizeSystem, ...]:
    """Derive the size systems of a range.

    The sizes of a category in letters and those in numbers are told apart. Two categories are of one system if their
    steps are equal and the shares of their sizes overlap by 60 %: 34 to 46 in twos for dresses and jeans, but not 36 to
    45 in ones for shoes.

    Parameters
    ----------
    products : with ``style``, ``size`` and perhaps ``category``

    >>> sizes = {"dress": ["36", "38", "40"], "jeans": ["36", "38", "40"], "shoe": ["36", "37", "38"]}
    >>> rows = [(style, size, style) for style in sizes for size in sizes[style]]
    >>> found = find_systems(pd.DataFrame(rows, columns=["style", "size", "category"]))
    >>> [(system.categories, system.step, system.centre) for system in found]
    [(('dress', 'jeans'), 2.0, 19.0), (('shoe',), 1.0, 37.0)]
    """
    names = products["category"].astype("str").fillna("") if "category" in products else ""
    table = pd.DataFrame(
        {"style": products["style"], "rank": size_rank(products["size"]), "letters": has_letters(products["size"])}
    ).assign(category=names)
    table = (
        table.dropna(subset=["style", "rank"]).drop_duplicates().sort_values(["category", "letters", "style", "rank"])
    )
    same = table.duplicated(["category", "letters", "style"])
    table["gap"] = table["rank"].diff().where(same)
    groups = [
        (str(category), bool(letters), group)
        for (category, letters), group in table.groupby(["category", "letters"])
        if group["gap"].notna().any()
    ]
    # The largest come first: the others join them.
    groups.sort(key=lambda group: (-len(group[2]), group[0], group[1]))
    systems: list[tuple[list[str], bool, float, list[pd.Series]]] = []
    for category, letters, group in groups:
        step, shares = float(group["gap"].median()), group["rank"].value_counts(normalize=True)
        for categories, of_letters, of_step, members in systems:
            if of_letters == letters and of_step == step and _overlap(members[0], shares) >= _ALIKE:
                categories.append(category)
                members.append(shares)
                break
        else:
            systems.append(([category], letters, step, [shares]))
    return tuple(_system(*system) for system in systems)


def system_codes(lines: pd.DataFrame, systems: Sequence[SizeSystem]) -> Codes:
    """Return the position of each line's size system, -1 for none.

    Parameters
    ----------
    lines : with ``size``, ``size_rank`` and perhaps ``category``
    """
    category, names = np.full(len(lines), -1, dtype=np.intp), pd.Index([])
    if "category" in lines:
        category, names = pd.factorize(lines["category"])
    # The last name stands for a missing category.
    number_of = {(name, system.letters): number for number, system in enumerate(systems) for name in system.categories}
    table = [[number_of.get((str(name), letters), -1) for letters in (False, True)] for name in [*names, ""]]
    found = np.array(table, dtype=np.int32)[category, has_letters(lines["size"]).astype(np.int64)]
    return np.where(lines["size_rank"].isna().to_numpy(), np.int32(-1), found)


def _overlap(one: pd.Series, other: pd.Series) -> float:
    both = pd.concat([one, other], axis=1).fillna(0.0)
    return float(both.min(axis=1).sum())


def _system(categories: list[str], letters: bool, step: float, members: list[pd.Series]) -> SizeSystem:
    shares = pd.concat(members).groupby(level=0).sum().sort_index() / len(members)
    sizes, weights = shares.index.to_numpy(dtype=np.float64) / step, shares.to_numpy()
    centre = float(weights @ sizes)
    variance = max(float(weights @ (sizes - centre) ** 2), _LEAST_VARIANCE)
    return SizeSystem(
        categories=tuple(sorted(categories)), letters=letters, step=step, centre=centre, variance=variance
    )
