"""Tonight's extract: read with the SELECTs, validated, and reduced to the rows known at the as-of."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import start_of_day
from returns_risk.contract.parquet import read_tables, write_tables
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.io.files import write_json
from returns_risk.ledger import Ledger
from returns_risk.monitoring import night_folder, previous_opt_outs
from returns_risk.nightly.closed_lines import write_closed_lines
from returns_risk.nightly.night import Night
from returns_risk.snapshot.as_of import as_of_view
from returns_risk.snapshot.opt_outs import count_opt_outs
from returns_risk.sources import count_unread, read_source
from returns_risk.validation import (
    Validation,
    ValidationContext,
    apply_opt_outs,
    raise_for_broken,
    validate,
    write_docs,
)
from returns_risk.validation.recent import WAITING_ACCEPTED
from returns_risk.validation.row_counts import describe_extract, read_extract, require_growth, write_extract

__all__ = ["ValidatedExtract", "confirm_row_counts", "read_validated_extract", "restore_row_counts"]

_COUNTS = "extract.json"


@dataclass(frozen=True)
class ValidatedExtract:
    """The contract tables of a night, as they were known at its as-of."""

    tables: dict[str, pd.DataFrame]
    closed: pd.Series
    """``line_id`` of lines that were open at the as-of, and have shipped, been cancelled or returned since."""
    summary: dict[str, Any]
    """Counts for digest and ledger."""


def read_validated_extract(night: Night, policy: Policy) -> ValidatedExtract:
    """Run the SELECTs, validate and quarantine rows, and keep the rows known at the as-of.

    Raises
    ------
    SourceError, DataError
        The extract is missing, broken, late or much smaller than the last.
    """
    as_of = start_of_day(night.params.as_of, night.params.source.time_zone)
    validation = _validate(night, policy, as_of)
    opt_outs = None if night.backfill else previous_opt_outs(night.folder)
    known = as_of_view(apply_opt_outs(validation, opt_outs), as_of)
    write_tables(night.folder / "validated", known)
    closed = write_closed_lines(night.folder, validation)
    return ValidatedExtract(read_tables(night.folder / "validated"), closed, _summarise(known, validation))


def confirm_row_counts(night: Night) -> None:
    """Make the row counts of tonight's extract those that the next extract is compared with."""
    # Only once the night is in the ledger: a failed night says nothing about how many rows the next must have.
    if not night.backfill:
        _confirm(night.source, night.folder / _COUNTS)


def restore_row_counts(ledger: Ledger, source: str, withdrawn: str) -> None:
    """Compare the next extract with that of the latest night that stands, if it would be that of a withdrawn night.

    Parameters
    ----------
    withdrawn : as-of of the night, ISO 8601; the ledger has withdrawn it

    Raises
    ------
    SourceError
        The counts are damaged.
    """
    file = _confirmed_counts(source)
    confirmed = read_extract(file, date.max)
    if confirmed is None or confirmed.as_of != withdrawn:
        return
    counts = [night_folder(source, run.as_of) / _COUNTS for run in reversed(ledger.nights(source))]
    latest = next((file for file in counts if file.exists()), None)
    if latest is None:
        file.unlink()
    else:
        _confirm(source, latest)


def _validate(night: Night, policy: Policy, as_of: pd.Timestamp) -> Validation:
    params, read_at = night.params, pd.Timestamp(night.at)
    source = read_source(params.source, ensure_key(), at=read_at)
    last = None if night.backfill else read_extract(_confirmed_counts(night.source), params.as_of)
    validation = validate(source, ValidationContext.of_run(params, policy, read_at, last))
    write_docs(validation, as_of, night.folder / "data_docs")
    write_tables(night.folder / "quarantine", validation.quarantine)
    raise_for_broken(validation)
    counts = describe_extract(params.as_of, validation.known, source.tables, source.line_ends)
    if last is not None:
        require_growth(last, counts, count_unread(source), params.validate_.history_drop)
    write_extract(night.folder / _COUNTS, counts)
    return validation


def _summarise(known: dict[str, pd.DataFrame], validation: Validation) -> dict[str, Any]:
    late = validation.late_returns
    waiting = next(check for check in validation.checks if check.rule == WAITING_ACCEPTED)
    return {
        "rows": {name: len(frame) for name, frame in known.items()},
        "customers_left_out": count_opt_outs(known),
        "warnings": list(validation.warnings),
        "waiting": {"lines": waiting.rows, "rejected": waiting.broken},
        "rejected": {name: len(frame) for name, frame in validation.quarantine.items() if len(frame)},
        "late_returns": [] if late is None else [int(late["late"].sum()), int(late["returns"].sum())],
        "after_as_of": {name: count for name, count in validation.later.items() if count},
        "latest_order": known["order_lines"]["ordered_at"].max().isoformat(timespec="minutes"),
    }


def _confirm(source: str, counts: Path) -> None:
    write_json(_confirmed_counts(source), json.loads(counts.read_text(encoding="utf-8")))


def _confirmed_counts(source: str) -> Path:
    return Path(f"data/state/volumes-{source}-nightly.json")
