"""Tonight's candidates: features, risk, decisions, and the staged export."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.parquet import read_frame
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.errors import BundleError
from returns_risk.features import FeatureRequest, FeatureSet, drop_unavailable, write_features
from returns_risk.history import find_outcomes
from returns_risk.monitoring import require_usual_candidates
from returns_risk.nightly.extract import ValidatedExtract
from returns_risk.nightly.models import Models
from returns_risk.nightly.night import Night
from returns_risk.nightly.publish import hash_export
from returns_risk.scoring.lines import describe_export
from returns_risk.scoring.run import decide_lines, export_run, predict_lines
from returns_risk.snapshot.labels import Rows, candidate_rows, id_columns, opted_out_lines
from returns_risk.snapshot.lines import available_columns, join_attributes
from returns_risk.sources import read_order_customers

__all__ = ["StagedRun", "compute_candidates", "stage_run"]

_CONTACTED = ("done", "customer_kept")
"""Dispositions of orders that operations have acted on."""
_PLANNED = ["line_id", "order_id", "intervention", "arm"]


@dataclass(frozen=True)
class StagedRun:
    """A scored run whose export is staged: what the ledger records of it."""

    features: pd.DataFrame
    """One row a candidate, with all that the risk model used."""
    lines: pd.DataFrame
    """The same candidates with risk, reason and decision."""
    shares: pd.DataFrame
    """P(reason | return) of the candidates, the reasons as columns."""
    reasons: list[list[str]]
    """Sentences for each flagged line."""
    summary: dict[str, Any]
    """Counts for digest and ledger."""


def compute_candidates(
    night: Night, policy: Policy, models: Models, extract: ValidatedExtract
) -> tuple[Path, Path, int]:
    """Write the features of tonight's candidates, by the definitions frozen into the models.

    Lines that are closed by now are left out, since no action is possible. A backfill keeps them: it shows the
    decisions of that time, and is not acted on.

    Returns
    -------
    The files with the features of the risk model and of the reason model, mostly the same file, and the number of
    closed lines.

    Raises
    ------
    BundleError
        The source lacks a column that the models were trained with.
    DataError
        There are far fewer candidates than on recent nights.
    """
    tables, params = extract.tables, night.params
    zone, lines = params.source.time_zone, join_attributes(tables)
    outcomes = find_outcomes(lines, tables["returns"], policy, zone)
    rows = candidate_rows(outcomes, params.as_of, params.featurize.open_days, opted_out_lines(lines, tables))
    if not (night.backfill or night.few_candidates):
        drop = params.validate_.candidates_drop
        require_usual_candidates(night.ledger, night.source, params.as_of, len(rows.position), drop)
    closed_ids = extract.closed.iloc[:0] if night.backfill else extract.closed
    closed = lines["line_id"].iloc[rows.position].isin(closed_ids).to_numpy()
    rows = Rows(rows.position[~closed], rows.as_of[~closed])
    request = FeatureRequest(lines, outcomes, rows.position, rows.as_of, zone)
    ids, columns = id_columns(lines, outcomes, rows), available_columns(lines, tables)
    file = reason_file = night.folder / "candidates.parquet"
    _require_columns(models.risk.definitions, columns, night.source)
    write_features(file, ids, models.risk.definitions, request)
    if models.reason is not None and models.reason.definitions != models.risk.definitions:
        reason_file = night.folder / "candidates-reason.parquet"
        _require_columns(models.reason.definitions, columns, night.source)
        write_features(reason_file, ids, models.reason.definitions, request)
    return file, reason_file, int(closed.sum())


def stage_run(
    night: Night, policy: Policy, models: Models, extract: ValidatedExtract, locked: list[dict[str, Any]]
) -> StagedRun:
    """Predict, decide and explain tonight's candidates, and stage the export.

    Parameters
    ----------
    locked : lines that a published run of this night has decided; they keep their decision

    Raises
    ------
    BundleError
        The columns are not those of training.
    LedgerError
        The ledger cannot be read.
    ParamsError
        The policy has no rate for a currency.
    ExportError
        The export cannot be written.
    """
    file, reason_file, closed = compute_candidates(night, policy, models, extract)
    params = night.params
    rows, reason_rows = read_frame(file, "nightly"), read_frame(reason_file, "nightly")
    scored, shares = predict_lines(rows, file, models.risk, models.reason, params, reason_rows)
    previous_plan = pd.DataFrame(_planned_before(night), columns=_PLANNED)
    locked_decisions = pd.DataFrame(locked) if locked else None
    decided, plan, sensitivity = decide_lines(
        rows, scored, shares, extract.tables, policy, params, ensure_key(), previous_plan, locked_decisions, closed
    )
    manifest = describe_export(params, models.bundle, models.reason_bundle, [file]) | {
        "plan": plan,
        "policy": policy.sha256,
        "backfill": night.backfill,
    }
    customers = _customers(night, policy, decided)
    reasons = export_run(
        night.staged,
        rows,
        decided,
        shares,
        extract.tables,
        models.risk,
        policy,
        params,
        manifest,
        sensitivity,
        customers,
    )
    summary = {
        "extract": extract.summary,
        "candidates": {"open": len(rows), "closed": closed},
        "plan": plan,
        "export": {"flagged": int(decided["flagged"].sum()), "files": hash_export(night.staged)},
    }
    return StagedRun(rows[list(models.risk.encoding.columns)], decided, shares, reasons, summary)


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


def _customers(night: Night, policy: Policy, decided: pd.DataFrame) -> pd.DataFrame | None:
    """Return the shop's own customer ids of the flagged orders, if the policy marks the export as internal."""
    if "customers" not in policy.exports.internal:
        return None
    return read_order_customers(night.params.source, decided.loc[decided["flagged"], "order_id"])


def _require_columns(definitions: FeatureSet, columns: list[str], source: str) -> None:
    if drop_unavailable(definitions, columns) != definitions:
        raise BundleError(
            f"sources/{source}: lacks a column that the model was trained with (the warning above names it). "
            "Add it to the SELECT, or train and promote a model without it."
        )
