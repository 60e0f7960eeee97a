"""The steps of a night, each from files to files: what one leaves, the next reads."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.config.policy import Policy
from returns_risk.contract.days import start_of_day
from returns_risk.contract.parquet import read_frame, read_tables, write_tables
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.decision import DecisionContext
from returns_risk.errors import BundleError
from returns_risk.export.export import write_export
from returns_risk.features import FeatureSet, write_features
from returns_risk.io.files import write_json
from returns_risk.ledger import Entry, Ledger
from returns_risk.ledger.rows import to_records
from returns_risk.nightly.closed import CLOSED, write_closed
from returns_risk.nightly.ledger_rows import describe_decided, describe_versions, lines_acted_on
from returns_risk.nightly.models import Models
from returns_risk.nightly.usual import former_opt_outs, require_usual_candidates
from returns_risk.nightly.workspace import copy_export, hash_export, read_json
from returns_risk.scoring import Candidates, ScoringModels, score_candidates
from returns_risk.snapshot import Shop
from returns_risk.snapshot.as_of import as_of_view
from returns_risk.snapshot.opt_outs import count_opt_outs
from returns_risk.sources import count_unread, read_order_customers, read_source
from returns_risk.validation import apply_opt_outs, raise_for_broken, validate
from returns_risk.validation.row_counts import describe_extract, read_extract, require_growth, write_extract

__all__ = [
    "RunContext",
    "export",
    "ingest",
    "make_features",
    "planned_tonight",
    "put_in_place",
    "record",
    "score",
]

_FORMER = ["line_id", "order_id", "intervention", "arm"]
_CANDIDATES, _OF_REASONS = "candidates.parquet", "candidates-reason.parquet"
_EXTRACT = "extract.json"
_LINES = "lines.json"
"""What the ledger is to know of each line."""


@dataclass(frozen=True)
class RunContext:
    """What all steps of a night use."""

    params: Params
    """With the night's as-of."""
    policy: Policy
    models: Models
    ledger: Ledger
    folder: Path
    """Of the working data."""
    export: Path
    at: str
    """When the night began, ISO 8601 in UTC."""
    backfill: bool
    kept: list[dict[str, Any]]
    """Lines that an exported run of the same night has decided on: they stay as they are."""
    few_candidates: bool = False
    """Far fewer candidates than on recent nights are right."""

    @property
    def made(self) -> Path:
        """Where the export is written before it is put in place."""
        return self.folder / "export"

    @property
    def as_of(self) -> date:
        """The night's as-of."""
        return self.params.as_of

    @property
    def source(self) -> str:
        """Name of the source."""
        return self.params.source.name


def ingest(tools: RunContext) -> tuple[list[Path], dict[str, Any]]:
    """Run the SELECTs, validate, and set bad rows aside.

    Raises
    ------
    SourceError, DataError
        The extract is missing, broken, late or much smaller than the last one.
    """
    params, folder = tools.params, tools.folder
    volumes = _volumes(tools)
    former = None if tools.backfill else read_extract(volumes, tools.as_of)
    source = read_source(params.source, ensure_key())
    validation = validate(
        source.tables,
        source.rejected,
        as_of=start_of_day(tools.as_of, params.source.time_zone),
        read_at=pd.Timestamp(tools.at),
        params=params.validate_,
        previous=None if former is None else former.rows,
        docs=folder / "data_docs",
        policy=tools.policy,
    )
    write_tables(folder / "quarantine", validation.quarantine)
    raise_for_broken(validation)
    extract = describe_extract(tools.as_of, validation.known, source.tables, source.line_ends)
    if former is not None:
        require_growth(former, extract, count_unread(source), params.validate_.history_drop)
    write_extract(folder / _EXTRACT, extract)
    known = as_of_view(
        apply_opt_outs(validation, None if tools.backfill else former_opt_outs(folder)),
        start_of_day(tools.as_of, params.source.time_zone),
    )
    write_tables(folder / "validated", known)
    closed = write_closed(folder, validation)
    return [folder / _EXTRACT, *sorted((folder / "validated").glob("*.parquet")), closed], {
        "rows": {name: len(frame) for name, frame in known.items()},
        "customers_left_out": count_opt_outs(known),
        "turned_away": {name: len(frame) for name, frame in validation.quarantine.items() if len(frame)},
        "later": {name: count for name, count in validation.later.items() if count},
        "latest_order": known["order_lines"]["ordered_at"].max().isoformat(timespec="minutes"),
    }


def make_features(tools: RunContext) -> tuple[list[Path], dict[str, Any]]:
    """Compute what was known of tonight's candidates, by the definitions the models were trained on.

    Raises
    ------
    BundleError
        The source lacks a column by now that the models were trained with.
    DataError
        There are far fewer candidates than on recent nights.
    """
    shop = Shop.read(tools.folder / "validated", tools.policy, tools.params.source.time_zone)
    snapshot = shop.snapshot(tools.as_of)
    rows = snapshot.candidates(tools.params.featurize.open_days)
    if not (tools.backfill or tools.few_candidates):
        drop = tools.params.validate_.candidates_drop
        require_usual_candidates(tools.ledger, tools.source, tools.as_of, len(rows), drop)
    ids, files = snapshot.ids(rows), []
    closed = int(ids["line_id"].isin(_closed(tools)).sum())
    for file, definitions in _wanted(tools).items():
        _require_columns(definitions, snapshot.columns, tools.source)
        write_features(file, ids, definitions, snapshot, rows)
        files.append(file)
    return files, {"candidates": len(ids) - closed, "closed": closed}


def score(tools: RunContext) -> tuple[list[Path], dict[str, Any]]:
    """Predict, decide and explain; write the export aside: nobody acts on it before the ledger knows of it.

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
    files = list(_wanted(tools))
    candidates = Candidates.read(files[0], "nightly", *files[1:])
    models = ScoringModels(
        tools.models.risk, tools.models.version.bundle, tools.models.reason, tools.models.version.reason or None
    )
    locked = pd.DataFrame(tools.kept) if tools.kept else None
    previous = pd.DataFrame(_planned_before(tools), columns=_FORMER)
    context = DecisionContext.for_night(tools.params, ensure_key(), previous, locked)
    tables = read_tables(tools.folder / "validated")
    run = score_candidates(candidates, tables, models, tools.policy, tools.params, context, _closed(tools))
    about = {"policy": tools.policy.sha256, "backfill": tools.backfill}
    write_export(tools.made, run, about, _customers(tools, run.flagged))
    write_json(tools.folder / _LINES, to_records(describe_decided(run, list(tools.models.risk.encoding.columns))))
    plan = run.manifest["plan"] | {"flagged": len(run.flagged)}
    return [tools.folder / _LINES, *sorted(tools.made.iterdir())], plan


def export(tools: RunContext) -> tuple[list[Path], dict[str, Any]]:
    """Tell the hashes of the files of the export."""
    return sorted(tools.made.iterdir()), {"files": hash_export(tools.made)}


def record(tools: RunContext, told: dict[str, Any]) -> tuple[Entry, bool]:
    """Write the run into the ledger; tell whether it is new there.

    Parameters
    ----------
    told : by the steps before

    Raises
    ------
    LedgerError
        The ledger cannot be written.
    """
    lines = pd.DataFrame(read_json(tools.folder / _LINES))
    content = describe_versions(tools.models, tools.params, tools.policy) | {
        "backfill": tools.backfill,
        "told": told,
    }
    entry = tools.ledger.append_run(tools.source, tools.as_of.isoformat(), tools.at, content, lines)
    if not tools.backfill:
        # Only now: a night that failed says nothing of what the next extract has to hold.
        write_json(_volumes(tools), read_json(tools.folder / _EXTRACT))
    return entry


def _volumes(tools: RunContext) -> Path:
    return Path(f"data/state/volumes-{tools.source}-nightly.json")


def put_in_place(tools: RunContext, run: Entry) -> None:
    """Put the export where operations look for it, and note in the ledger that it is there.

    A run that is killed in between finds its export whole on the next night and notes it then.

    Raises
    ------
    ExportError
        It cannot be written; a former one stays.
    LedgerError
        The ledger cannot be written.
    BusyError
        Another run has taken over: it decides, and nothing is put in place.
    """
    tools.ledger.require_alone()
    copy_export(tools.made, tools.export, _written(tools))
    tools.ledger.append_export(run, tools.at)


def _written(tools: RunContext) -> set[str]:
    """Return the hashes of all files that runs of this night have written, the one at hand among them."""
    runs = tools.ledger.entries("run", tools.source)
    nights = [one for one in runs if one.as_of == tools.as_of.isoformat()]
    return {value for one in nights for value in one.content["told"]["export"]["files"].values()}


def planned_tonight(ledger: Ledger, source: str, as_of: str) -> list[dict[str, Any]]:
    """Return the lines that exported runs of a night have decided on, as they were first decided."""
    return ledger.planned(source, as_of, since=as_of)


def _planned_before(tools: RunContext) -> list[dict[str, Any]]:
    """Return the lines of earlier nights that may still be waiting, and for which something was planned or done."""
    since = tools.as_of - timedelta(days=tools.params.featurize.open_days)
    planned = tools.ledger.planned(tools.source, (tools.as_of - timedelta(days=1)).isoformat(), since.isoformat())
    return [*planned, *lines_acted_on(tools.ledger, tools.source)]


def _customers(tools: RunContext, flagged: pd.DataFrame) -> pd.DataFrame | None:
    """Return by which ids the shop knows the customers of the flagged orders, where that stays in the house."""
    if "customers" not in tools.policy.exports.internal:
        return None
    return read_order_customers(tools.params.source, flagged["order_id"])


def _wanted(tools: RunContext) -> dict[Path, FeatureSet]:
    """Return by which definitions features are computed, and where they go; both models mostly share theirs."""
    wanted = {tools.folder / _CANDIDATES: tools.models.risk.definitions}
    reason = tools.models.reason
    if reason is not None and reason.definitions != tools.models.risk.definitions:
        wanted[tools.folder / _OF_REASONS] = reason.definitions
    return wanted


def _closed(tools: RunContext) -> pd.Series:
    """Return the lines that are closed by now; none in a backfill, which shows what would have been decided then."""
    closed = read_frame(tools.folder / CLOSED, "nightly")["line_id"]
    return closed.head(0) if tools.backfill else closed


def _require_columns(definitions: FeatureSet, columns: list[str], source: str) -> None:
    if definitions.drop_unavailable(columns) != definitions:
        raise BundleError(
            f"sources/{source}: lacks a column that the model was trained with (the warning above names it). "
            "Bring it back in the SELECT, or train and promote a model without it."
        )
