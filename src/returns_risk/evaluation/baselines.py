"""Simpler predictors fitted on the same lines, which the model has to beat; each returns shape (n_test,)."""

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = [
    "LOGISTIC_LINES",
    "RATES",
    "RAW_COLUMNS",
    "base_rate",
    "category_rate",
    "logistic",
    "naive_lightgbm",
    "smoothed_rate",
]

Values = npt.NDArray[np.float64]
Columns = npt.NDArray[np.float32]
PRIOR_LINES = 20.0
"""Weight of the prior in the rates; a baseline must not be tuned until the model beats it."""
_RAW = ("customer_id", "sku", "market_name", "category", "quantity", "unit_price", "line_value", "ordered_weekday")
RAW_COLUMNS = (*_RAW, "returned")
"""What all predictors but the logistic regression read."""
LOGISTIC_LINES = 100_000
"""Most lines that the logistic regression learns from; its matrix has a column for each level of a text."""
_LEVELS = 30  # of a category; the rarer ones are pooled


def base_rate(train: pd.DataFrame, test: pd.DataFrame) -> Values:
    """Predict the share ``returned`` in training for each test line."""
    return np.full(len(test), train["returned"].mean())


def smoothed_rate(train: pd.DataFrame, test: pd.DataFrame, prior_lines: float = PRIOR_LINES) -> Values:
    """Predict from the smoothed rates of the line's sku and customer, their log-odds shifts added up.

    Each rate is ``(returned + prior_lines * base) / (lines + prior_lines)``; an unknown sku or customer shifts nothing.

    Parameters
    ----------
    train : ``sku``, ``customer_id``, ``returned``
    test : ``sku``, ``customer_id``
    prior_lines : weight of the base rate, in lines
    """
    base = float(train["returned"].mean())
    log_odds = np.full(len(test), _logit(np.array(base)))
    for key in ("sku", "customer_id"):
        counts = train.groupby(key)["returned"].agg(["sum", "size"])
        rate = (counts["sum"] + prior_lines * base) / (counts["size"] + prior_lines)
        known = test[key].map(rate).to_numpy(dtype=np.float64, na_value=base)
        log_odds += _logit(known) - _logit(np.array(base))
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def category_rate(train: pd.DataFrame, test: pd.DataFrame, prior_lines: float = PRIOR_LINES) -> Values:
    """Predict the return rate of the line's category in its market, shrunken towards that of the category.

    The best guess for a line whose customer and sku are both unknown. Absent columns are ignored.

    Parameters
    ----------
    train : ``returned``, and ``category`` and ``market_name`` where the source has them
    prior_lines : weight of the rate of the level above, in lines
    """
    keys = [name for name in ("category", "market_name") if name in train]
    rates = np.full(len(test), train["returned"].mean())
    for depth in range(1, len(keys) + 1):
        counts = train.groupby(keys[:depth], dropna=False)["returned"].agg(["sum", "size"])
        groups = pd.MultiIndex.from_frame(test[keys[:depth]]) if depth > 1 else pd.Index(test[keys[0]])
        known = counts.reindex(groups).fillna(0)
        rates = (known["sum"].to_numpy() + prior_lines * rates) / (known["size"].to_numpy() + prior_lines)
    return np.asarray(rates, dtype=np.float64)


def logistic(train: pd.DataFrame, test: pd.DataFrame, features: list[str], seed: int) -> Values:
    """Fit a logistic regression on the same features: missing values as medians, scaled, categories one-hot."""
    from sklearn.linear_model import LogisticRegression

    # Rates, counts and money of very different reach: a little shrinkage, as one would without looking further.
    model = LogisticRegression(C=0.01, solver="newton-cholesky", max_iter=100, random_state=seed)
    texts = [name for name in features if not pd.api.types.is_numeric_dtype(train[name].dtype)]
    numbers = [name for name in features if name not in texts and train[name].notna().any()]
    parts = zip(_scale(train[numbers], test[numbers]), _one_hot(train[texts], test[texts]), strict=True)
    learnt, tested = (np.hstack(part) for part in parts)
    model.fit(learnt, train["returned"])
    return np.asarray(model.predict_proba(tested)[:, 1], dtype=np.float64)


def naive_lightgbm(train: pd.DataFrame, test: pd.DataFrame, threads: int, seed: int) -> Values:
    """Fit LightGBM with its defaults on the line and its ids as categories, without any history."""
    import lightgbm as lgb

    present = [name for name in _RAW if name in train]
    kinds = {
        name: pd.CategoricalDtype(sorted(train[name].dropna().unique()))
        for name in present
        if not pd.api.types.is_numeric_dtype(train[name].dtype)
    }
    settings = {
        "objective": "binary", "seed": seed, "num_threads": threads, "verbosity": -1,
        "deterministic": True, "force_row_wise": True,
    }  # fmt: skip
    data = lgb.Dataset(_typed(train[present], kinds), label=train["returned"].to_numpy(dtype=np.float32))
    booster = lgb.train(settings, data)
    return np.asarray(booster.predict(_typed(test[present], kinds), num_threads=threads), dtype=np.float64)


def _typed(rows: pd.DataFrame, kinds: dict[str, pd.CategoricalDtype]) -> pd.DataFrame:
    """Turn text into categories; levels that training has not seen are missing."""
    seen = {
        name: pd.Categorical.from_codes(kind.categories.get_indexer(pd.Index(rows[name])), dtype=kind)
        for name, kind in kinds.items()
    }
    return rows.assign(**seen)


def _scale(train: pd.DataFrame, test: pd.DataFrame) -> tuple[Columns, Columns]:
    """Return both with mean 0 and deviation 1 in training, missing values as medians, then marks of these."""
    median, gaps = train.median(), train.columns[train.isna().any()]
    both = [rows.fillna(median).to_numpy(dtype=np.float32) for rows in (train, test)]
    marks = [rows[gaps].isna().to_numpy(dtype=np.float32) for rows in (train, test)]
    joined = [np.hstack(pair) for pair in zip(both, marks, strict=True)]
    mean, deviation = joined[0].mean(axis=0, dtype=np.float64), joined[0].std(axis=0, dtype=np.float64)
    deviation[deviation == 0] = 1.0
    scaled = (((rows - mean.astype(np.float32)) / deviation.astype(np.float32)) for rows in joined)
    return next(scaled), next(scaled)


def _one_hot(train: pd.DataFrame, test: pd.DataFrame) -> tuple[Columns, Columns]:
    """Return a column for each of the most frequent levels of each text, a missing one among them, and the others."""
    parts: list[list[Columns]] = [[], []]
    for name in train:
        texts = [rows[name].fillna("unknown") for rows in (train, test)]
        levels = pd.Index(texts[0].value_counts(sort=True).index[: _LEVELS - 1])
        for part, text in zip(parts, texts, strict=True):
            part.append(
                np.eye(_LEVELS, dtype=np.float32)[levels.get_indexer(pd.Index(text))][:, [*range(len(levels)), -1]]
            )
    rows = (
        np.hstack([np.empty((len(frame), 0), dtype=np.float32), *part])
        for frame, part in zip((train, test), parts, strict=True)
    )
    return next(rows), next(rows)


def _logit(probability: Values) -> Values:
    return np.asarray(np.log(probability) - np.log1p(-probability))


RATES = {"base_rate": base_rate, "category_rate": category_rate, "smoothed_rate": smoothed_rate}
"""Predictors without any training, by name."""
