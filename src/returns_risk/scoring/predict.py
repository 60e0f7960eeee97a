"""Predict the risk of each candidate, its certainty, and the reason should the line come back."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.cluster.scoring import predict_risk
from returns_risk.config.params import Params
from returns_risk.contract.keys import is_among
from returns_risk.evaluation import grade_evidence, known_outcomes
from returns_risk.model import Classifier, require_schema
from returns_risk.scoring.candidates import Candidates, ScoringModels
from returns_risk.scoring.columns import CONTEXT, IDS, PREDICTION
from returns_risk.snapshot.lines import join_attributes

__all__ = ["add_context", "add_return_reason", "add_risk", "predict_candidates"]


def predict_candidates(
    candidates: Candidates, models: ScoringModels, params: Params
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predict the risk and the return reason of each candidate.

    Returns
    -------
    ``IDS`` and ``PREDICTION`` of each line; and P(reason | return), shape (n_lines, n_reasons), the reasons as columns.
    """
    features = candidates.features
    require_schema(models.risk, features)
    risk = predict_risk(models.risk, candidates.file, features, params.cluster)
    lines = add_risk(features[IDS], features, models.risk, risk, params.score.min_risk)
    shares = _predict_reasons(candidates.reason_features, models.reason)
    min_share = 0.0 if models.reason is None else models.reason.target_.min_share
    return add_return_reason(lines, shares, min_share), shares


def add_risk(
    ids: pd.DataFrame, features: pd.DataFrame, classifier: Classifier, risk: npt.NDArray[np.float64], min_risk: float
) -> pd.DataFrame:
    """Add ``risk``, ``flagged``, ``risk_low``, ``risk_high`` and ``evidence`` to the ids of rows of ``features``."""
    low, high = classifier.predict_interval(features)
    evidence = grade_evidence(features)
    return ids.assign(risk=risk, flagged=risk >= min_risk, risk_low=low, risk_high=high, evidence=evidence)


def _predict_reasons(features: pd.DataFrame, classifier: Classifier | None) -> pd.DataFrame:
    if classifier is None:
        return pd.DataFrame(index=features.index)
    require_schema(classifier, features)
    shares = classifier.predict_proba(features)
    return pd.DataFrame(shares, columns=list(classifier.target_.classes), index=features.index)


def add_return_reason(lines: pd.DataFrame, shares: pd.DataFrame, min_share: float) -> pd.DataFrame:
    """Add the likeliest ``return_reason`` and its share of the line's returns.

    The reason is missing below ``min_share``; reason and share are missing without a reason model.

    Parameters
    ----------
    shares : P(reason | return), shape (n_lines, n_reasons), the reasons as columns
    """
    reasons, highest = np.full(len(lines), None, dtype=object), np.full(len(lines), np.nan)
    if len(shares.columns):
        highest = shares.to_numpy().max(axis=1)
        likeliest = shares.columns.to_numpy(dtype=object)[shares.to_numpy().argmax(axis=1)]
        reasons[highest >= min_share] = likeliest[highest >= min_share]
    return lines.assign(return_reason=pd.Series(reasons, index=lines.index, dtype="str"), return_reason_share=highest)


def add_context(lines: pd.DataFrame, features: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Join what operations and the plan need to know of each line, instead of its features.

    Parameters
    ----------
    lines : ``IDS`` and ``PREDICTION``
    features : of the same lines, in the same order
    tables : validated contract tables

    Returns
    -------
    DataFrame with a new index: ``IDS``, ``PREDICTION``, ``customer_id``, ``line_value``, ``CONTEXT``, ``style`` and
    ``promised_at`` where the source has them, ``customer_outcomes`` and ``sku_outcomes`` (known outcomes), and
    ``photo_uri`` where products have it, and ``customer_language`` where customers have it.
    """
    every = tables["order_lines"]
    # A shop has a million lines, a night some thousand candidates.
    joined = join_attributes(tables | {"order_lines": every[is_among(every["line_id"], lines["line_id"])]})
    optional = [name for name in (*CONTEXT, "style", "promised_at") if name in joined]
    attributes = joined[["line_id", "customer_id", "line_value", *optional]]
    result = lines[[*IDS, *PREDICTION]].merge(attributes, on="line_id", how="left", validate="one_to_one")
    for entity in ("customer", "sku"):
        result[f"{entity}_outcomes"] = known_outcomes(features, entity)
    products = tables.get("products", pd.DataFrame())
    if "photo_uri" in products:
        result["photo_uri"] = result["sku"].map(products.set_index("sku")["photo_uri"])
    customers = tables.get("customers", pd.DataFrame())
    if "language" in customers:
        languages = customers.set_index("customer_id")["language"]
        result["customer_language"] = result["customer_id"].map(languages).astype("str")
    return result
