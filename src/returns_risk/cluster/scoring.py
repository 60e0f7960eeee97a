"""Predicts risks in this process, or partition by partition on the workers of a cluster, with equal results."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.cluster.client import connected, explain_failures
from returns_risk.config.params import ClusterParams
from returns_risk.model import ReturnClassifier

__all__ = ["predict_risk"]

Values = npt.NDArray[np.float64]


def predict_risk(
    classifier: ReturnClassifier, file: Path, rows: pd.DataFrame, params: ClusterParams
) -> npt.NDArray[np.float64]:
    """Return the calibrated probability of return of each row, shape (n_rows,).

    Parameters
    ----------
    file : ``candidates.parquet``; workers read it in the same place
    rows : the same, as read

    Raises
    ------
    BundleError
        The columns are not those of training.
    ClusterError
        ``cluster.address`` names a cluster that cannot be used.
    """
    with connected(params) as client:
        if client is None:
            return classifier.predict_risk(rows)
        from returns_risk.cluster.parts import read_row_groups

        with explain_failures(params, "scoring"):
            known = client.scatter(classifier, broadcast=True, hash=False)
            meta = pd.DataFrame({"risk": np.zeros(0)})
            scored = read_row_groups(file).map_partitions(_score, known, meta=meta).compute()
        return np.asarray(scored["risk"])


def _score(part: pd.DataFrame, classifier: ReturnClassifier) -> pd.DataFrame:
    return pd.DataFrame({"risk": classifier.predict_risk(part)}, index=part.index)
