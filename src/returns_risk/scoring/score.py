"""Candidates to a scored run: the one function that the stage ``score`` and the nightly run share."""

import logging
from typing import Any

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.config.policy import Policy
from returns_risk.contract.keys import is_among
from returns_risk.contract.pseudonyms import key_id
from returns_risk.decision import (
    DECISIONS,
    DecisionContext,
    Plan,
    analyse_sensitivity,
    decide,
    find_worthwhile,
    propose_for_skus,
    recommend_resolutions,
)
from returns_risk.explain import name_sizes
from returns_risk.io.files import hash_files
from returns_risk.scoring.candidates import Candidates, ScoringModels
from returns_risk.scoring.columns import DECISION, SHADOW
from returns_risk.scoring.explanations import add_explanations, create_writer, find_sayable
from returns_risk.scoring.figures import count_orders, sum_savings
from returns_risk.scoring.markets import find_unseen_markets
from returns_risk.scoring.predict import add_context, predict_candidates
from returns_risk.scoring.scored_run import ScoredRun
from returns_risk.scoring.shipping import add_ship_by
from returns_risk.scoring.sizes import add_sizes
from returns_risk.snapshot import Snapshot
from returns_risk.snapshot.opt_outs import count_opt_outs

__all__ = ["score_candidates"]

_logger = logging.getLogger(__name__)


def score_candidates(
    candidates: Candidates,
    snapshot: Snapshot,
    models: ScoringModels,
    policy: Policy,
    params: Params,
    context: DecisionContext,
    closed_lines: pd.Series | None = None,
) -> ScoredRun:
    """Predict the risk of each candidate, decide on interventions, and explain the flagged lines.

    Parameters
    ----------
    candidates : open order lines at the as-of, with their features
    snapshot : the shop as it was known at the as-of
    context : key of this installation and what earlier runs decided
    closed_lines : ``line_id`` of lines that have shipped, been cancelled or been returned since the as-of: they are
        left out, although they were open at the as-of

    Raises
    ------
    BundleError
        The columns are not those of training.
    ParamsError
        The policy has no rate for a currency, or a market's language has no file.
    """
    predicted, shares = predict_candidates(candidates, models, params)
    closed = pd.Series([], dtype="str") if closed_lines is None else closed_lines
    is_open = ~is_among(predicted["line_id"], closed).to_numpy()
    predicted, shares, features = (
        frame[is_open].reset_index(drop=True) for frame in (predicted, shares, candidates.features)
    )
    tables = snapshot.tables
    lines = add_ship_by(add_context(predicted, features, tables), policy)
    lines = add_sizes(lines, models.risk.definitions, snapshot)
    writer = create_writer(models.risk, policy, pd.Timestamp(context.as_of), params.source.time_zone)
    named = name_sizes(features, tables, features["line_id"])
    sayable = find_sayable(lines, named, writer, find_worthwhile(lines, shares, policy))
    known = lines.assign(sayable=sayable)
    if "basket_sizes_of_style" in features:
        known["sizes_ordered"] = features["basket_sizes_of_style"]
    plan = decide(known, shares, policy, context)
    decided = lines.join([plan.lines[[*DECISION, *SHADOW]], recommend_resolutions(lines, policy)])
    decided["flagged"] |= decided["decision"] != "none"
    notices = [*plan.notices, *find_unseen_markets(features, models.risk)]
    for notice in notices:
        _logger.warning("%s", notice)
    summary = _summarise_plan(decided, plan, policy) | {
        "notices": notices,
        "key_id": key_id(context.key),
        "closed": int((~is_open).sum()),
    }
    parents = {history.entity: history.parent for history in models.risk.definitions.history}
    return ScoredRun(
        candidates=add_explanations(decided, named, models.risk, writer, params.score.reasons),
        features=features,
        reason_shares=shares,
        sku_actions=propose_for_skus(decided, shares, features, parents, policy),
        sensitivity=analyse_sensitivity(plan, lines, shares, policy),
        policy=policy,
        manifest=_describe_run(candidates, models, params)
        | {"plan": summary, "customers_left_out": count_opt_outs(tables)},
        reason_columns=params.score.reasons,
    )


def _describe_run(candidates: Candidates, models: ScoringModels, params: Params) -> dict[str, Any]:
    """Return what a run was made from: source, as-of, model versions, threshold, hash of the candidates."""
    return {
        "format": 1,
        "source": params.source.name,
        "as_of": params.as_of.isoformat(),
        "time_zone": params.source.time_zone,
        "model_version": models.risk_version,
        "reason_model_version": models.reason_version,
        "min_risk": params.score.min_risk,
        "made_from": hash_files([candidates.file]),
    }


def _summarise_plan(decided: pd.DataFrame, plan: Plan, policy: Policy) -> dict[str, Any]:
    """Return the counts and sums of a plan, for the manifest: lines by decision, values in the policy's currency."""
    counts = decided["decision"].value_counts()
    control = decided[decided["decision"] == "holdout"]
    return {
        "policy": policy.sha256,
        "currency": policy.money.currency,
        **sum_savings(decided),
        "orders": count_orders(decided),
        "holdout_value": round(float(control["value"].round(2).sum()), 2),
        "method": plan.allocation.method,
        **{name: int(counts.get(name, 0)) for name in DECISIONS},
        "interventions": {name: int((decided["intervention"] == name).sum()) for name in policy.interventions},
        "control_interventions": {name: int((control["intervention"] == name).sum()) for name in policy.interventions},
        "shadow": {"lines": int(decided["shadow_intervention"].notna().sum()), "value": round(plan.shadow.value, 2)},
    }
