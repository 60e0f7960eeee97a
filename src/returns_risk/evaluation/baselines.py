"""What a model must beat: predictors without features, fitted on the same lines."""

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["base_rate", "smoothed_rate"]

Values = npt.NDArray[np.float64]


def base_rate(train: pd.DataFrame, test: pd.DataFrame) -> Values:
    """Predict the share returned in training for each test line.

    Parameters
    ----------
    train : ``returned``
    """
    return np.full(len(test), train["returned"].mean())


def smoothed_rate(train: pd.DataFrame, test: pd.DataFrame, strength: float) -> Values:
    """Predict from the smoothed rates of the line's sku and customer, their log-odds shifts added up.

    Each rate is ``(returned + strength * base) / (lines + strength)``; an unknown sku or customer shifts nothing.

    Parameters
    ----------
    train : ``sku``, ``customer_id``, ``returned``
    test : ``sku``, ``customer_id``
    strength : weight of the base rate, in lines

    Returns
    -------
    Probabilities of shape (n_test,).
    """
    base = float(train["returned"].mean())
    log_odds = np.full(len(test), _logit(np.array(base)))
    for key in ("sku", "customer_id"):
        counts = train.groupby(key)["returned"].agg(["sum", "size"])
        rate = (counts["sum"] + strength * base) / (counts["size"] + strength)
        known = test[key].map(rate).to_numpy(dtype=np.float64, na_value=base)
        log_odds += _logit(known) - _logit(np.array(base))
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def _logit(probability: Values) -> Values:
    return np.asarray(np.log(probability) - np.log1p(-probability))
