"""From tonight's features to risk, decisions and the export: the steps that stage and nightly run share."""

from datetime import date
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from returns_risk.cluster.scoring import predict_risk
from returns_risk.config.params import Params
from returns_risk.config.policy import ANY, Policy
from returns_risk.decision import propose_for_skus
from returns_risk.explain import (
    ITEM,
    explain,
    explain_to_customer,
    languages_of,
    list_topics,
    load_language,
    name_sizes,
    sum_factors,
    write_message,
)
from returns_risk.export.handoff import add_evidence
from returns_risk.export.page import HISTORY, describe_run, render_run
from returns_risk.model import ReasonClassifier, ReturnClassifier, require_schema
from returns_risk.scoring.lines import (
    add_certainty,
    add_context,
    add_decisions,
    add_return_reason,
    flag,
    least_share,
    share_reasons,
    write_export,
)
from returns_risk.snapshot.opt_outs import count_opt_outs

__all__ = ["EXPORTS", "decide_lines", "export_folder", "export_run", "leave_out", "predict_lines", "write_messages"]

_FACTORS = 6
_DONE = ("act", "review")
EXPORTS = Path("exports")
"""Where all exports lie; those of nights directly."""


def export_folder(as_of: date | str, kind: Literal["", "chain", "backfill", "withdrawn"] = "") -> Path:
    """Return where an export lies: that of a night, or one that nobody is to act on."""
    return EXPORTS / kind / f"as_of={as_of}"


def predict_lines(
    rows: pd.DataFrame,
    file: Path,
    classifier: ReturnClassifier,
    reason: ReasonClassifier | None,
    params: Params,
    rows_of_reason: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predict the risk of each line, how sure it is, and the reason should it come back.

    Parameters
    ----------
    rows : candidates with their features
    file : where they lie; workers of a cluster read them there
    reason : None where the source states no reasons
    rows_of_reason : the same lines with the features of ``reason``, where it was trained on others

    Returns
    -------
    The rows with ``risk``, ``flagged``, ``risk_low``, ``risk_high``, ``evidence``, ``return_reason``,
    ``return_reason_share``; and P(reason | return), the reasons as columns.

    Raises
    ------
    BundleError
        The columns are not those of training.
    """
    require_schema(classifier, rows)
    scored = flag(rows, predict_risk(classifier, file, rows, params.cluster), params.score.min_risk)
    shares = share_reasons(rows if rows_of_reason is None else rows_of_reason, reason)
    return add_return_reason(add_certainty(scored, classifier), shares, least_share(reason)), shares


def leave_out(lines: pd.Series, rows: pd.DataFrame, *beside: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
    """Return candidates, and frames of the same rows beside them, without some lines.

    Parameters
    ----------
    lines : ``line_id`` of those to leave out: closed since the as-of, so that nobody is to act on them
    """
    kept = ~rows["line_id"].isin(lines)
    return tuple(frame[kept.to_numpy()].reset_index(drop=True) for frame in (rows, *beside))


def decide_lines(
    rows: pd.DataFrame,
    scored: pd.DataFrame,
    shares: pd.DataFrame,
    tables: dict[str, pd.DataFrame],
    policy: Policy,
    params: Params,
    key: bytes,
    former: pd.DataFrame | None = None,
    kept: pd.DataFrame | None = None,
    closed: int = 0,
) -> tuple[pd.DataFrame, dict[str, Any], pd.DataFrame]:
    """Put what operations know the lines by beside their scores, and decide what is done about each.

    Parameters
    ----------
    rows : candidates with their features, none that is closed by now
    scored, shares : as ``predict_lines`` returns them
    tables : validated contract tables
    former, kept : what was planned on earlier nights and by earlier runs of this one, as ``decide`` takes them
    closed : how many candidates were left out since they shipped, were cancelled or came back after the as-of

    Returns
    -------
    As ``add_decisions``; the plan also has ``closed``.
    """
    described = add_evidence(add_context(scored, tables), rows, tables)
    decided, plan, sensitivity = add_decisions(described, shares, policy, params, key, former, kept)
    return decided, plan | {"closed": closed}, sensitivity


def export_run(
    folder: Path,
    rows: pd.DataFrame,
    decided: pd.DataFrame,
    shares: pd.DataFrame,
    tables: dict[str, pd.DataFrame],
    classifier: ReturnClassifier,
    policy: Policy,
    params: Params,
    manifest: dict[str, Any],
    sensitivity: pd.DataFrame,
    customers: pd.DataFrame | None = None,
) -> list[list[str]]:
    """Explain the flagged lines and write the export of a run; return their reasons.

    Parameters
    ----------
    folder : replaced as a whole
    rows : candidates with their features
    decided : the same lines, as ``decide_lines`` returns them
    shares : P(reason | return) of them
    tables : validated contract tables
    manifest : what the export was made from, with ``plan``
    customers : ``order_id`` and the shop's own ``customer_id``, for an export that stays in the house

    Raises
    ------
    ExportError
        The folder cannot be written; the former export stays.
    """
    manifest = manifest | {"customers_left_out": count_opt_outs(tables)}
    told = decided[decided["flagged"]]
    flagged = name_sizes(rows[decided["flagged"].to_numpy()], tables)
    contributions, languages = classifier.contributions(flagged), languages_of(told, policy)
    facts = (contributions[:, :-1], flagged, list_topics(classifier.features, classifier.definitions))
    reasons = explain(*facts, classifier.typical, params.score.reasons, languages)
    to_customers = explain_to_customer(*facts, classifier.typical, 1, languages)
    to_warehouse = explain(*facts, classifier.typical, 1, languages, entities=ITEM)
    messages = write_messages(told, {"customer": to_customers, "warehouse": to_warehouse}, languages, policy)
    decided = decided.assign(message=pd.Series(messages, index=told.index, dtype="str").reindex(decided.index))
    parents = {one.entity: one.parent for one in classifier.definitions.history}
    skus = propose_for_skus(decided, shares, rows, parents, policy)
    run = describe_run(
        decided[decided["flagged"]],
        reasons,
        languages,
        sum_factors(contributions, classifier.features, _FACTORS),
        flagged[[name for name in HISTORY if name in flagged]],
        policy,
        manifest,
        skus,
        sensitivity,
    )
    page = render_run(run)
    write_export(folder, decided, reasons, manifest, params.score.reasons, sensitivity, page, skus, customers)
    return reasons


def write_messages(
    told: pd.DataFrame, reasons: dict[str, list[list[str]]], languages: list[str], policy: Policy
) -> list[str | None]:
    """Write what is said where something is to be done: customers read of themselves only, packers of items."""
    messages: list[str | None] = []
    for place, line in enumerate(told.to_dict("records")):
        own = {str(name): value for name, value in line.items()}
        done, language = own["intervention"] if own["decision"] in _DONE else None, languages[place]
        templates = load_language(language).messages
        asked = done is not None and policy.interventions[done].contacts_customer
        if done is None or not (asked or done in templates):
            messages.append(None)
            continue
        why = reasons[templates.get(done, templates[ANY]).to][place]
        letter = write_message(done, own, why[0] if why else None, language)
        messages.append(f"{letter.subject}\n\n{letter.body}")
    return messages
