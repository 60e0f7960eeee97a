"""Questions that a data scientist asks of a fitted model: why this order, and what another policy would do."""

import numpy as np
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import day_number, start_of_day
from returns_risk.decision import DecisionContext, decide, find_worthwhile
from returns_risk.errors import NoCandidatesError
from returns_risk.explain import attribute, explain, load_language, name_sizes
from returns_risk.model import ReasonClassifier, ReturnClassifier
from returns_risk.scoring.columns import IDS
from returns_risk.scoring.explanations import create_writer, find_sayable
from returns_risk.scoring.predict import add_context, add_return_reason, add_risk
from returns_risk.scoring.shipping import add_ship_by
from returns_risk.scoring.sizes import add_sizes
from returns_risk.snapshot import Rows, Snapshot

__all__ = ["explain_order", "what_if"]

_KEY = b"what if"
"""Draws the control group of a what-if; a night draws its own with the key of the installation."""


def explain_order(
    model: ReturnClassifier, snapshot: Snapshot, order_id: str, *, reasons: int = 3, language: str = "en"
) -> pd.DataFrame:
    """Explain the risk of each line of an order, with what was known at the as-of of the snapshot.

    Parameters
    ----------
    model : fitted with a ``feature_set``
    reasons : sentences per line at most
    language : a file of ``explain/languages``

    Returns
    -------
    DataFrame, one row a line: ``line_id``, ``sku``, ``risk``, ``risk_low``, ``risk_high`` and ``reasons``, a list of
    sentences, what raises the risk most first.

    Raises
    ------
    NoCandidatesError
        The order was not known at the as-of.
    ParamsError
        There is no such language.
    """
    position = np.flatnonzero(snapshot.lines["order_id"] == order_id)
    if not len(position):
        raise NoCandidatesError(
            f"order {order_id} was not known on {snapshot.as_of}. Take a later snapshot or correct the order_id."
        )
    rows = Rows(position, np.full(len(position), day_number(snapshot.as_of), dtype=np.int32))
    computed = snapshot.features(rows, model.definitions)
    lines = _predict(model, snapshot, rows, computed)
    features = name_sizes(_with_ids(computed, rows, snapshot), snapshot.tables)
    explained = explain(attribute(model, features), features, load_language(language), reasons)
    sentences = [[reason.sentence for reason in of_line] for of_line in explained]
    return lines[["line_id", "sku", "risk", "risk_low", "risk_high"]].assign(reasons=pd.Series(sentences, dtype=object))


def what_if(
    model: ReturnClassifier,
    snapshot: Snapshot,
    policy: Policy | None = None,
    *,
    reason_model: ReasonClassifier | None = None,
    open_days: int = 14,
) -> pd.DataFrame:
    """Plan the open lines of a snapshot under a policy, and count what would be done and why nothing would.

    Parameters
    ----------
    model : fitted with a ``feature_set``
    policy : the policy to try; that of the shop if not given
    reason_model : gives P(reason | return); without it only effects on any reason count
    open_days : lines ordered longer ago are no longer waiting

    Returns
    -------
    DataFrame, one row for each ``decision``, ``intervention`` and ``no_action_reason``, with ``lines``, their number,
    and ``value``, the expected saving in the policy's currency. Where no line is eligible, the rows say why, e.g. all
    have ``no_action_reason`` "too late" where every promised date has passed.

    Raises
    ------
    NoCandidatesError
        No line was open at the as-of.
    ParamsError
        The policy has no rate for a currency.
    """
    rows = snapshot.candidates(open_days)
    if not len(rows):
        raise NoCandidatesError(
            f"order_lines: none of {len(snapshot.lines)} lines was open on {snapshot.as_of}, so that no policy can act "
            "on any. Take the snapshot of a day with unshipped orders, or a greater open_days."
        )
    policy = policy or snapshot.policy
    features = snapshot.features(rows, model.definitions)
    lines = _predict(model, snapshot, rows, features)
    shares = pd.DataFrame(index=lines.index)
    if reason_model is not None:
        of_reasons = snapshot.features(rows, reason_model.definitions)
        shares = pd.DataFrame(reason_model.predict_proba(of_reasons), columns=reason_model.classes_.tolist())
    lines = add_return_reason(lines, shares, 0.0 if reason_model is None else reason_model.min_share)
    lines = add_ship_by(add_context(lines, features, snapshot.tables), policy)
    lines = add_sizes(lines, model.definitions, snapshot)
    moment = start_of_day(snapshot.as_of, snapshot.time_zone)
    writer = create_writer(model, policy, moment, snapshot.time_zone)
    worthwhile = find_worthwhile(lines, shares, policy)
    named = name_sizes(_with_ids(features, rows, snapshot), snapshot.tables, lines["line_id"])
    sayable = find_sayable(lines, named, writer, worthwhile)
    context = DecisionContext(moment, f"what if {snapshot.as_of}", _KEY)
    plan = decide(lines.assign(sayable=sayable), shares, policy, context).lines
    keys = ["decision", "intervention", "no_action_reason"]
    grouped = plan.assign(intervention=plan["intervention"].fillna("")).groupby(keys)["value"]
    return grouped.agg(lines="size", value="sum").reset_index()


def _predict(model: ReturnClassifier, snapshot: Snapshot, rows: Rows, features: pd.DataFrame) -> pd.DataFrame:
    return add_risk(snapshot.ids(rows)[IDS], features, model, model.predict_risk(features), np.inf)


def _with_ids(features: pd.DataFrame, rows: Rows, snapshot: Snapshot) -> pd.DataFrame:
    return pd.concat([snapshot.ids(rows), features], axis=1).copy()
