"""Looking up keys in other keys."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["is_among", "positions_of"]


def is_among(keys: pd.Series, others: pd.Series) -> pd.Series:
    """Say of each text whether it is among the others; a missing one never is.

    pandas 3.1 turns each of the others into a Python object in ``Series.isin``, which takes seconds for a million.

    >>> is_among(pd.Series(["a", None, "b"]), pd.Series(["b", None])).tolist()
    [False, False, True]
    """
    known = pa.array(others.dropna(), type=pa.large_string())
    found = pc.is_in(pa.array(keys, type=pa.large_string()), value_set=known, skip_nulls=True)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=keys.index)


def positions_of(keys: pd.Series, others: pd.Series) -> npt.NDArray[np.int64]:
    """Return the position of each text among the others, of the first where there are several; -1 for none.

    >>> positions_of(pd.Series(["b", "c", None]), pd.Series(["a", "b", None])).tolist()
    [1, -1, -1]
    """
    texts, known = (pa.array(column, type=pa.large_string()) for column in (keys, others))
    found = pc.fill_null(pc.index_in(texts, value_set=known, skip_nulls=True), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64)
