"""Grades of how much history is behind a score."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["EVIDENCE", "Evidence", "grade_evidence", "is_new", "known_outcomes"]

Evidence = Literal["none", "thin", "some", "strong"]
EVIDENCE: tuple[Evidence, ...] = ("none", "thin", "some", "strong")
"""From the weakest on."""
_ENOUGH = {"customer": 5, "sku": 20}
"""Lines with a known outcome from which on an entity's rate says more than its parent's."""


def grade_evidence(rows: pd.DataFrame) -> pd.Series:
    """Grade each row by the outcomes known of its customer and of its sku.

    ``strong``: five or more of the customer and twenty or more of the sku; ``some``: one of the two; ``thin``: fewer of
    both, but any; ``none``: nothing is known of either, and the score rests on what they have in common with others.

    Parameters
    ----------
    rows : features; of each of ``customer`` and ``sku`` the columns ``<entity>_returned_lines_all`` and
        ``<entity>_kept_lines_all``, whose absence counts as nothing known

    Returns
    -------
    Series of text.
    """
    known = {entity: known_outcomes(rows, entity) for entity in _ENOUGH}
    enough = sum((known[entity] >= lines).astype(int) for entity, lines in _ENOUGH.items())
    any_known = sum(known.values()) > 0
    grade = np.select([np.equal(enough, 2), np.equal(enough, 1), any_known], [3, 2, 1], 0)
    return pd.Series(np.array(EVIDENCE, dtype=object)[grade], index=rows.index, dtype="str")


def is_new(rows: pd.DataFrame, entity: str) -> npt.NDArray[np.bool_]:
    """Mark the rows of whose customer or sku no outcome is known yet, shape (n_rows,)."""
    return np.asarray(known_outcomes(rows, entity) == 0)


def known_outcomes(rows: pd.DataFrame, entity: str) -> npt.NDArray[np.float64]:
    """Count the lines of each row's ``customer`` or ``sku`` whose outcome is known, shape (n_rows,)."""
    names = [f"{entity}_{event}_lines_all" for event in ("returned", "kept")]
    present = [name for name in names if name in rows]
    return np.asarray(rows[present].fillna(0).sum(axis=1), dtype=np.float64)
