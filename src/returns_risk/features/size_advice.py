"""Which size of its style to advise for an order line: the one most likely to fit this customer, or none."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.errors import ParamsError
from returns_risk.features.fit_definitions import FitDefinition
from returns_risk.features.fit_kernel import READ, kept_chance, normal_cdf
from returns_risk.features.fit_lines import find_rows, prepare_lines, read_lines, starting_values
from returns_risk.features.size_systems import system_codes
from returns_risk.history.sorts import sort_by_code
from returns_risk.snapshot import Rows, Snapshot
from returns_risk.snapshot.lines import size_rank

if TYPE_CHECKING:
    from returns_risk.features.feature_set import FeatureSet

__all__ = ["ADVICE", "NO_ADVICE", "advise_sizes"]

Array = npt.NDArray[Any]

ADVICE = [
    "ordered_size", "advised_size", "steps", "certainty", "direction", "kept_advised", "kept_ordered", "misfit",
    "customer_outcomes", "style_kept", "style_too_small", "style_too_large", "no_advice",
]  # fmt: skip
"""Columns of ``advise_sizes``."""
NO_ADVICE = ("no size", "one size", "uncertain")
"""Why a line gets no advice: it has no size, its style comes in one only, or none is likely enough to be the best."""
_AS_ORDERED, _ANOTHER = 0.6, 0.85
"""Probabilities from which on a size is advised: docs/decisions on size and fit shows what others would give."""


def advise_sizes(
    feature_set: "FeatureSet",
    snapshot: Snapshot,
    rows: Rows,
    as_ordered: float = _AS_ORDERED,
    another: float = _ANOTHER,
) -> pd.DataFrame:
    """Advise a size for order lines, by the frozen definition of the kind ``fit``.

    O(n_lines + n_rows x n_sizes of a style).

    Parameters
    ----------
    feature_set : with a definition of the kind ``fit``
    as_ordered : probability of being the best size of the style from which on the ordered size is advised, 0 to 1
    another : probability that the best size is smaller, or larger, from which on the likeliest such size is advised

    Returns
    -------
    DataFrame of shape (n_rows, 13) with a RangeIndex:

    ordered_size, advised_size : text; the advised size may be the ordered one, and is missing where there is none
    steps : from the ordered to the advised size, in steps of the size system
    certainty : probability that the advised size is the best one of the style
    direction : probability that the best size lies on the same side of the ordered one as the advised size
    kept_advised, kept_ordered : probability that the size would not be sent back as too small or too large
    misfit : steps by which the ordered size is expected to be too large, below 0 too small
    customer_outcomes : lines in this size system that the customer kept, or sent back for their size
    style_kept, style_too_small, style_too_large : lines of the style
    no_advice : why there is none, one of ``NO_ADVICE``; missing where there is advice

    Raises
    ------
    ParamsError
        No definition is of the kind ``fit``.
    """
    definitions = [item for item in feature_set.definitions if isinstance(item, FitDefinition)]
    if not definitions:
        raise ParamsError("features: no definition is of the kind fit. Restore features/definitions/fit.yaml.")
    definition = definitions[0]
    values, lines = starting_values(definition, snapshot.tables["products"]), prepare_lines(definition, snapshot)
    place, sized = find_rows(lines, rows)
    read = read_lines(values, lines, place, rows.as_of[sized])
    ordered = snapshot.lines["size"].iloc[rows.position].reset_index(drop=True).astype("str")
    style = snapshot.lines["style"].iloc[rows.position[sized]]
    shelf = _find_shelf(snapshot.tables["products"], values.systems, style, lines.system[place])
    out = np.full((len(sized), 6), np.nan)
    parameters = np.array([*values.parameters.model_dump().values()])
    _choose(read, lines.size[place], (shelf.style, shelf.begins, shelf.size), parameters, values.kept, out)
    given = out[:, 2] >= np.where(out[:, 3] == 0, as_ordered, another)
    return _advice_table(ordered, sized, read, out, shelf, given)


@dataclass(frozen=True)
class Shelf:
    """The sizes that each style comes in, ascending."""

    style: npt.NDArray[np.int64]
    """Of each row."""
    begins: npt.NDArray[np.int64]
    """Where the sizes of each style begin."""
    size: npt.NDArray[np.float64]
    """In steps."""
    name: npt.NDArray[np.object_]


def _find_shelf(products: pd.DataFrame, systems: Any, style: pd.Series, system: Array) -> Shelf:
    """Return the sizes of the styles of rows, from the products."""
    names = pd.Index(style.dropna().unique())
    sold = products[["style", "size", *(["category"] if "category" in products else [])]]
    sold = sold[sold["style"].isin(names)].drop_duplicates().assign(size_rank=lambda table: size_rank(table["size"]))
    of_product = system_codes(sold, systems)
    sold, of_product = sold[of_product >= 0], of_product[of_product >= 0]
    number = names.get_indexer(pd.Index(sold["style"])) * len(systems) + of_product
    step = np.array([item.step for item in systems] or [1.0])
    size = sold["size_rank"].to_numpy() / step[of_product]
    text = sold["size"].astype("str").to_numpy(dtype=object)
    order = np.lexsort((text.astype("U"), size))
    # Two names of one size, such as XXXL and 3XL, count once.
    order = order[~pd.DataFrame({"number": number[order], "size": size[order]}).duplicated().to_numpy()]
    members, begins = sort_by_code(number[order], len(names) * len(systems))
    of_row = names.get_indexer(pd.Index(style)) * len(systems) + system
    return Shelf(np.where(style.isna(), -1, of_row), begins, size[order][members], text[order][members])


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _choose(
    read: Array,
    ordered: Array,
    shelf: tuple[Array, Array, Array],
    parameters: Array,
    calibration: tuple[float, float],
    out: Array,
) -> None:
    """Fill in which size is most probably the best one.

    The best size is the one whose misfit is nearest to the middle between the limits.

    Parameters
    ----------
    out : position of the advised size, its certainty, that of its direction, the steps to it, and the probabilities
        that the advised and the ordered size are kept; NaN where the style comes in fewer than two sizes
    """
    style, begins, sizes = shelf
    middle = 0.5 * (parameters[1] - parameters[0])
    for row in range(len(ordered)):
        if style[row] < 0 or begins[style[row] + 1] - begins[style[row]] < 2:
            continue
        first, end = begins[style[row]], begins[style[row] + 1]
        mean, deviation = read[row, 0], np.sqrt(read[row, 1])
        best, likeliest, below = first, -1.0, 0.0
        smaller, larger = 0.0, 0.0
        for at in range(first, end):
            # The size fits best if f at the ordered size lies above the middle to the next larger one.
            above = 1.0
            if at + 1 < end:
                bound = ordered[row] + middle - 0.5 * (sizes[at] + sizes[at + 1])
                above = 1 - normal_cdf((bound - mean) / deviation)
            if above - below > likeliest:
                best, likeliest = at, above - below
            smaller += above - below if sizes[at] < ordered[row] else 0.0
            larger += above - below if sizes[at] > ordered[row] else 0.0
            below = above
        steps = sizes[best] - ordered[row]
        direction = likeliest if steps == 0 else smaller if steps < 0 else larger
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = best, likeliest, direction, steps
        for column in range(2):
            misfit = mean + (steps if column == 0 else 0.0)
            belief = read[row, 1], read[row, 5], read[row, 6]
            out[row, 4 + column] = kept_chance(misfit, *belief, parameters, calibration)


def _advice_table(
    ordered: pd.Series, sized: Array, read: Array, out: Array, shelf: Shelf, given: Array
) -> pd.DataFrame:
    """Return the columns of ``ADVICE``; ``sized`` are the rows of ``read``, ``out`` and ``given``."""
    advised, why = np.full(len(ordered), None, dtype=object), np.full(len(ordered), NO_ADVICE[0], dtype=object)
    advised[sized[given]] = shelf.name[out[given, 0].astype(np.int64)]
    why[sized] = np.where(np.isnan(out[:, 1]), NO_ADVICE[1], NO_ADVICE[2])
    why[sized[given]] = None
    out[~given, 1:5] = np.nan
    evidence = [READ.index(name) for name in ("mean", *ADVICE[-5:-1])]
    numbers = np.full((len(ordered), len(ADVICE) - 3), np.nan)
    numbers[sized] = np.column_stack([out[:, [3, 1, 2, 4, 5]], read[:, evidence]])
    columns = {"ordered_size": ordered, "advised_size": pd.Series(advised, dtype="str")}
    columns |= {name: pd.Series(numbers[:, at]) for at, name in enumerate(ADVICE[2:-1])}
    return pd.DataFrame(columns | {"no_advice": pd.Series(why, dtype="str")})
