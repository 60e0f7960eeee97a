"""Dense numbers for the values of one or more columns."""

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Codes", "key_codes"]

Codes = npt.NDArray[np.int64]


def key_codes(frame: pd.DataFrame, columns: list[str]) -> Codes:
    """Give each value combination of ``columns`` a number from 0, in order of appearance; -1 where one is missing.

    Without columns all rows are one: number 0.

    >>> key_codes(pd.DataFrame({"a": ["x", "x", None, "y"], "b": [1, 2, 1, 1]}), ["a", "b"]).tolist()
    [0, 1, -1, 2]
    """
    codes = np.zeros(len(frame), dtype=np.int64)
    for name in columns:
        part = pd.factorize(frame[name])[0].astype(np.int64)
        both = np.where((codes < 0) | (part < 0), -1, codes * (part.max(initial=0) + 1) + part)
        codes = pd.factorize(pd.Series(both).where(both >= 0))[0].astype(np.int64)
    return codes
