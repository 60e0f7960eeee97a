"""Tonight's candidates: features, risk, decisions, and the staged export."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import start_of_day
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.decision import DecisionContext
from returns_risk.errors import BundleError
from returns_risk.explain import name_sizes
from returns_risk.export.export import write_export
from returns_risk.export.recent_nights import RecentNights
from returns_risk.features import FeatureSet, write_features
from returns_risk.model import Classifier
from returns_risk.monitoring import require_usual_candidates
from returns_risk.nightly.extract import ValidatedExtract
from returns_risk.nightly.models import Models
from returns_risk.nightly.night import Night
from returns_risk.nightly.publish import hash_export
from returns_risk.nightly.recent import recent_nights
from returns_risk.scoring import Candidates, ScoredRun, create_writer, renew_messages, renew_reasons, score_candidates
from returns_risk.snapshot import Shop, Snapshot
from returns_risk.sources import read_order_customers

__all__ = ["StagedRun", "stage_run"]

_CONTACTED = ("done", "customer_kept")
"""Dispositions of orders that operations have acted on."""
_PLANNED = ["line_id", "order_id", "intervention", "arm"]


@dataclass(frozen=True)
class StagedRun:
    """A scored run whose export is staged."""

    scored: ScoredRun
    summary: dict[str, Any]
    """Counts for digest and ledger."""


def stage_run(
    night: Night,
    policy: Policy,
    models: Models,
    extract: ValidatedExtract,
    locked: list[dict[str, Any]],
    before: int | None = None,
) -> StagedRun:
    """Predict, decide and explain tonight's candidates, and stage the export.

    Parameters
    ----------
    locked : lines that a published run of this night has decided; they keep their decision
    before : number of the run in the ledger where its export is made again

    Raises
    ------
    BundleError
        The source lacks a column that the models were trained with.
    DataError
        There are far fewer candidates than on recent nights.
    LedgerError
        The ledger cannot be read.
    ParamsError
        The policy has no rate for a currency.
    ExportError
        The export cannot be written.
    """
    snapshot = Shop(extract.tables, policy, night.params.source.time_zone).snapshot(night.params.as_of)
    candidates = _compute_candidates(night, snapshot, models)
    previous_plan = pd.DataFrame(_planned_before(night), columns=_PLANNED)
    context = DecisionContext.for_night(
        night.params, ensure_key(), previous_plan, pd.DataFrame(locked) if locked else None
    )
    # A backfill keeps closed lines: it shows what would have been decided then, and nobody acts on it.
    closed = None if night.backfill else extract.closed
    run = score_candidates(candidates, snapshot, models.scoring, policy, night.params, context, closed)
    about = {"policy": policy.sha256, "backfill": night.backfill}
    recent = None if night.backfill else recent_nights(night.ledger, night.source, night.as_of, before)
    if recent is not None:
        features = name_sizes(run.features, snapshot.tables, run.features["line_id"])
        recent = _renew_carried(recent, run.candidates, features, night, policy, models.scoring.risk)
    write_export(night.staged, run, about, _customers(night, policy, run.flagged), recent)
    plan = run.manifest["plan"]
    summary = {
        "extract": extract.summary,
        "candidates": {"open": len(run.candidates), "closed": plan["closed"]},
        "plan": plan,
        "export": {"flagged": len(run.flagged), "files": hash_export(night.staged)},
    }
    return StagedRun(run, summary)


def _renew_carried(
    recent: RecentNights,
    candidates: pd.DataFrame,
    features: pd.DataFrame,
    night: Night,
    policy: Policy,
    classifier: Classifier,
) -> RecentNights:
    """Give the carried lines the messages and reasons that tonight's run would give them."""
    moment = pd.Timestamp(start_of_day(night.params.as_of, night.params.source.time_zone))
    writer = create_writer(classifier, policy, moment, night.params.source.time_zone)
    carried = renew_messages(recent.carried, candidates, features, writer)
    return replace(
        recent, carried=renew_reasons(carried, candidates, features, classifier, policy, night.params.score.reasons)
    )


def _compute_candidates(night: Night, snapshot: Snapshot, models: Models) -> Candidates:
    """Write and read the features of tonight's candidates, by the definitions frozen into the models."""
    params = night.params
    rows = snapshot.candidates(params.featurize.open_days)
    if not (night.backfill or night.few_candidates):
        drop = params.validate_.candidates_drop
        require_usual_candidates(night.ledger, night.source, params.as_of, len(rows), drop)
    risk, reason = models.scoring.risk, models.scoring.reason
    files = {night.folder / "candidates.parquet": risk.definitions}
    if reason is not None and reason.definitions != risk.definitions:
        files[night.folder / "candidates-reason.parquet"] = reason.definitions
    for file, definitions in files.items():
        _require_columns(definitions, snapshot.columns, night.source)
        write_features(file, snapshot.ids(rows), definitions, snapshot, rows)
    file, *reason_file = files
    return Candidates.read(file, "nightly", *reason_file)


def _planned_before(night: Night) -> list[dict[str, Any]]:
    """Return the lines of earlier nights that may still be open, and for which something was planned or done."""
    since = night.params.as_of - timedelta(days=night.params.featurize.open_days)
    until = night.params.as_of - timedelta(days=1)
    planned = night.ledger.planned_lines(night.source, until.isoformat(), since.isoformat())
    return [*planned, *_contacted_lines(night)]


def _contacted_lines(night: Night) -> list[dict[str, Any]]:
    """Return the lines of withdrawn nights whose orders may have been acted on nevertheless.

    Their events had been sent, or a try had been made, when the night was withdrawn; or operations reported that they
    acted. Other plans of a withdrawn night do not count.
    """
    ledger, source = night.ledger, night.source
    withdrawals = ledger.withdrawals(source)
    if not withdrawals:
        return []
    orders = {order for entry in withdrawals.values() for order in entry.content["sent"]}
    feedback = [entry.content for entry in ledger.entries("feedback", source)]
    orders |= {content["order_id"] for content in feedback if content["disposition"] in _CONTACTED}
    runs = [run for order in sorted(orders) for run in ledger.runs_of_order(source, order)]
    return [line for run in runs if run.withdrawal is not None for line in run.lines]


def _customers(night: Night, policy: Policy, flagged: pd.DataFrame) -> pd.DataFrame | None:
    """Return the shop's own customer ids of the flagged orders, if the policy marks the export as internal."""
    if "customers" not in policy.exports.internal:
        return None
    return read_order_customers(night.params.source, flagged["order_id"])


def _require_columns(definitions: FeatureSet, columns: list[str], source: str) -> None:
    if definitions.drop_unavailable(columns) != definitions:
        raise BundleError(
            f"sources/{source}: lacks a column that the model was trained with (the warning above names it). "
            "Add it to the SELECT, or train and promote a model without it."
        )
