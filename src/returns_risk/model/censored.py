"""Weights for lines whose return window is still open, by the share of returns that is known at their age."""

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["WEIGHT", "find_delays", "weigh_censored"]

Values = npt.NDArray[np.float64]
WEIGHT = "weight"
"""Column with the weight of each row."""
_LEAST_KNOWN = 0.2  # with a smaller share known, a single return would count for more than five


def find_delays(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return the days from ``ordered_on`` to ``returned_on`` of matured lines that came back, ascending."""
    waited = (rows["returned_on"] - rows["ordered_on"]).dt.days.dropna()
    return np.sort(waited.to_numpy(dtype=np.int64))


def weigh_censored(rows: pd.DataFrame, day: pd.Timestamp, delays: npt.NDArray[np.int64], risk: Values) -> pd.DataFrame:
    """Label lines with what was known on a day, weighted for the returns still to come.

    For a line at an age at which a share F of the returns is known, a known return counts for 1 / F returns, and a line
    not returned yet for (1 - p) / (1 - p F) kept lines, where p is its risk: in expectation the final labels
    (feedback shift importance weighting; Yasui et al. 2020, A feedback shift correction in
    predicting conversion rates under delayed feedback; equations 11 and 12).

    Parameters
    ----------
    rows : lines ordered before ``day`` whose window closes on it or later, with ``ordered_on``, ``returned_on``
    day : facts that become known on it or later are not used
    delays : of matured lines that came back (``find_delays``)
    risk : by a model of the lines that had matured before, shape (n_lines,)

    Returns
    -------
    The rows whose known share is large enough, with ``returned`` as known on the day, and ``weight``.
    """
    age = (day - rows["ordered_on"]).dt.days.to_numpy(dtype=np.int64)
    known: Values = np.searchsorted(delays, age, side="left") / max(len(delays), 1)
    back = (rows["returned_on"] < day).to_numpy(dtype=bool)
    weight = np.where(back, 1 / np.maximum(known, _LEAST_KNOWN), (1 - risk) / (1 - risk * known))
    labelled = rows.assign(returned=back, **{WEIGHT: weight})
    return labelled[known >= _LEAST_KNOWN].reset_index(drop=True)
