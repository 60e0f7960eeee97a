"""Lines whose return window is still open, weighted by what is not known of them yet."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["WEIGHT", "Delays", "find_delays", "weigh_censored"]

Values = npt.NDArray[np.float64]
WEIGHT = "weight"
"""Column of rows that do not all count alike."""
_LEAST_KNOWN = 0.2  # with fewer of the returns known, a single one would stand for more than five


@dataclass(frozen=True)
class Delays:
    """Days from ordering until a return is known, ascending, of lines that came back."""

    days: npt.NDArray[np.int64]

    def known_share(self, age: npt.NDArray[np.int64]) -> Values:
        """Return the share of the returns of lines ordered so many days ago that is known by now, shape (n_lines,)."""
        return np.asarray(np.searchsorted(self.days, age, side="left") / max(len(self.days), 1), dtype=np.float64)


def find_delays(rows: pd.DataFrame) -> Delays:
    """Find how long returns take to be known.

    Parameters
    ----------
    rows : ``ordered_on`` and ``returned_on`` of matured lines
    """
    waited = (rows["returned_on"] - rows["ordered_on"]).dt.days.dropna()
    return Delays(np.sort(waited.to_numpy(dtype=np.int64)))


def weigh_censored(rows: pd.DataFrame, day: pd.Timestamp, delays: Delays, risk: Values) -> pd.DataFrame:
    """Label lines as they stood on a day, with weights that make up for the returns still to come.

    Of a line ordered so long ago that a share F of the returns is known, a return that is known stands for 1 / F
    returns, and a line not (yet) back for (1 - p) / (1 - p F) kept ones, where p is its risk: in expectation the sum is
    that of the final labels (feedback shift importance weighting; Yasui et al. 2020, A feedback shift correction in
    predicting conversion rates under delayed feedback; equations 11 and 12).

    Parameters
    ----------
    rows : lines ordered before ``day`` whose window closes on it or later, with ``ordered_on``, ``returned_on``
    day : what becomes known on it or later is not used
    risk : by a model of what had matured by then, shape (n_lines,)

    Returns
    -------
    Those of the rows of which enough is known, ``returned`` as it stood, and ``weight``.
    """
    known = delays.known_share((day - rows["ordered_on"]).dt.days.to_numpy(dtype=np.int64))
    back = (rows["returned_on"] < day).to_numpy(dtype=bool)
    weight = np.where(back, 1 / np.maximum(known, _LEAST_KNOWN), (1 - risk) / (1 - risk * known))
    told = rows.assign(returned=back, **{WEIGHT: weight})
    return told[known >= _LEAST_KNOWN].reset_index(drop=True)
