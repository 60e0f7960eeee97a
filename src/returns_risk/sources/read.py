"""Runs the SELECTs of a source with DuckDB and returns typed contract tables."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd

from returns_risk.config.params import SourceParams
from returns_risk.contract.customer_ids import CustomerIdFaults, find_id_faults
from returns_risk.contract.pseudonyms import pseudonymise
from returns_risk.contract.schema import CONTRACT, Table
from returns_risk.errors import SourceError
from returns_risk.sources.casts import REJECT_REASON, cast, count_zero_dates, pandas_type, split_rejected
from returns_risk.sources.completeness import require_delivered
from returns_risk.sources.connection import Session, connect, explain_errors, read_statements, select
from returns_risk.sources.guests import guests_as_customers, split_guests
from returns_risk.sources.raw_files import list_raw_files, require_complete
from returns_risk.sources.reasons import OTHER, map_reasons, read_reason_map, unknown_reasons

__all__ = ["Source", "count_unread", "read_order_customers", "read_source"]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """The contract tables of a source as its SELECTs gave them."""

    tables: dict[str, pd.DataFrame]
    """Typed rows by contract table, in the order of the raw files."""
    rejected: dict[str, pd.DataFrame]
    """Rows rejected while reading: contract columns as text, ``rule`` and ``reason``; the index is their position."""
    absent: dict[str, list[str]]
    """Optional contract columns that the source does not select, by table."""
    line_ends: dict[str, bool] = field(default_factory=dict)
    """Whether each text file ends in a line break, by its name."""
    zero_dates: dict[str, int] = field(default_factory=dict)
    """Zero dates that a column read as empty, without those that a macro did, e.g. of ``order_lines.shipped_at``."""
    id_faults: CustomerIdFaults = field(default_factory=CustomerIdFaults)
    """Customer ids of the order lines that look wrong."""
    unmapped_reasons: dict[str, int] = field(default_factory=dict)
    """Returns by code or word that ``reasons.yaml`` does not have; none where there is no such file."""


def read_source(
    source: SourceParams, key: bytes, root: Path = Path("sources"), *, at: datetime | None = None
) -> Source:
    """Run the SELECTs of ``root/<name>`` over the raw files and cast each column to its contract type.

    ``<table>.sql`` holds one SELECT; raw files are named relative to ``source.raw``. Statements in an
    optional ``setup.sql`` run first (ATTACH a database, a view that two SELECTs share). Times without
    a zone are UTC, zero dates are empty. A value that does not parse sends its row to ``rejected``, and
    so does a SELECT's own ``reject_reason``. ``reasons.yaml`` translates the reasons of returns. Each
    order of a guest (``source.guest_ids``) is a customer of its own. Customer ids leave as keyed
    pseudonyms; columns not to be stored are dropped.

    Parameters
    ----------
    at : time of reading, UTC, from which the age of the raw files counts

    Raises
    ------
    SourceError
        Folder, file or required column is missing, a file is empty, a statement fails, or there
        are no order lines.
    DataError
        A raw file was cut off, or ``source.complete`` says that the raw files are not complete.
    """
    folder = root / source.name
    _require_places(source, folder, root)
    tables, rejected, absent = {}, {}, {}
    id_faults, guests = CustomerIdFaults(), pd.Series(dtype="str")
    zero_dates: dict[str, int] = {}
    files = list_raw_files(source, (file.read_text(encoding="utf-8") for file in folder.glob("*.sql")))
    require_delivered(source, files, at)
    line_ends = require_complete(files)
    with connect(source, folder, files) as session:
        for table in CONTRACT.values():
            file = folder / f"{table.name}.sql"
            if not file.exists():
                _require_optional(table, file)
                continue
            frame = _run(session, table, file)
            zero_dates |= count_zero_dates(frame, table)
            if table.name == "order_lines":
                frame, guests = split_guests(frame, source.guest_ids)
                id_faults = find_id_faults(frame["customer_id"], key)
            if table.name == "customers":
                frame = guests_as_customers(frame, source.guest_ids, guests, id_faults.placeholders.values())
            absent[table.name] = [c.name for c in table.columns if c.name not in frame]
            tables[table.name], rejected[table.name] = split_rejected(_protect(frame, table, key), table)
            _logger.info("%s: %d rows, %d rejected", table.name, len(tables[table.name]), len(rejected[table.name]))
    if tables["order_lines"].empty and rejected["order_lines"].empty:
        raise SourceError(
            f"{folder}/order_lines.sql selects no rows from {source.raw}. Check the raw files and the SELECT's filters."
        )
    if zero_dates:
        _logger.info("zero dates that were read as empty: %s", zero_dates)
    unmapped_reasons = _map_reasons(tables["returns"], folder)
    return Source(tables, rejected, absent, line_ends, zero_dates, id_faults, unmapped_reasons)


def count_unread(source: Source) -> dict[str, int]:
    """Count the rows of each table with a value that could not be read; those a SELECT rejects are not among them."""
    return {name: int((frame["rule"] != f"{name}.source").sum()) for name, frame in source.rejected.items()}


def read_order_customers(source: SourceParams, orders: pd.Series, root: Path = Path("sources")) -> pd.DataFrame:
    """Return the shop's own ids of the customers of orders, for exports that never leave the house.

    Returns
    -------
    ``order_id`` and ``customer_id``, as the shop names them, sorted; an order of a guest or without a customer is not
    in it.

    Raises
    ------
    SourceError
        As for ``read_source``.
    """
    folder = root / source.name
    _require_places(source, folder, root)
    file = folder / "order_lines.sql"
    columns = [column for column in CONTRACT["order_lines"].columns if column.name in ("order_id", "customer_id")]
    with connect(source, folder) as session, explain_errors(file):
        session.connection.register("wanted", pd.DataFrame({"order_id": orders}))
        lines = cast(select(session, file), columns).project("order_id, customer_id")
        customers = lines.filter("order_id IN (SELECT order_id FROM wanted) AND customer_id IS NOT NULL").distinct()
        frame: pd.DataFrame = customers.order("order_id, customer_id").to_arrow_table().to_pandas()
    return frame[~frame["customer_id"].isin(source.guest_ids)].reset_index(drop=True).astype("str")


def _require_places(source: SourceParams, folder: Path, root: Path) -> None:
    if not folder.is_dir():
        known = sorted(p.name for p in root.iterdir() if p.is_dir()) if root.is_dir() else []
        raise SourceError(
            f"{folder}: there is no such source; {root}/ has {known}. Correct source.name in params.yaml."
        )
    if not source.raw.exists():
        raise SourceError(
            f"{source.raw}: the raw files of source {source.name} are not there. "
            "Put them there or correct source.raw in params.yaml."
        )
    statements = read_statements(folder)
    raw = sorted(source.raw.rglob("*")) if source.raw.is_dir() else [source.raw]
    for file in raw:
        if file.is_file() and file.stat().st_size == 0 and file.name in statements:
            raise SourceError(f"{file}: the file is empty (0 bytes). Deliver it again.")


def _require_optional(table: Table, file: Path) -> None:
    if not table.optional:
        raise SourceError(f"{file}: the SELECT for {table.name} is missing. Write it; it must give {table.required}.")
    _logger.warning("%s: no SELECT; features that need it are off", table.name)


def _map_reasons(returns: pd.DataFrame, folder: Path) -> dict[str, int]:
    """Translate the reasons of returns in place where the source has a map; return those that it does not have."""
    file = folder / "reasons.yaml"
    if not file.exists() or "reason" not in returns:
        return {}
    reasons = read_reason_map(file)
    unknown = unknown_reasons(reasons)
    if unknown:
        _logger.warning("%s: no effect in policy.yaml names %s", file, unknown)
    returns["reason"], unmapped = map_reasons(returns["reason"], reasons)
    if unmapped:
        _logger.warning("%s: %d returns count as %s; add: %s", file, sum(unmapped.values()), OTHER, unmapped)
    return unmapped


def _run(session: Session, table: Table, file: Path) -> pd.DataFrame:
    """Run one SELECT; ``<column>__bad``, where there is one, holds the texts of values that could not be cast."""
    with explain_errors(file):
        selected = select(session, file)
        names: list[str] = selected.columns
    missing = [name for name in table.required if name not in names]
    if missing:
        raise SourceError(
            f"{table.name}: columns {missing} are missing from {file}; it selects {names}. Add them to the SELECT."
        )
    unknown = [name for name in names if name not in {c.name for c in table.columns} and name != REJECT_REASON]
    if unknown:
        _logger.warning("%s: columns %s are not in the contract and are ignored", table.name, unknown)
    columns = [column for column in table.columns if column.name in names]
    with explain_errors(file):
        rows = cast(selected, columns).to_arrow_table()
    # Most columns have no bad value at all: a million missing texts are not worth their memory.
    unused = [name for name in rows.column_names if name.endswith("__bad") and rows[name].null_count == len(rows)]
    frame: pd.DataFrame = rows.drop_columns(unused).to_pandas()
    return frame.astype({c.name: pandas_type(c) for c in columns})


def _protect(frame: pd.DataFrame, table: Table, key: bytes) -> pd.DataFrame:
    unstored = [c.name for c in table.columns if not c.stored and c.name in frame]
    frame = frame.drop(columns=unstored)
    if "customer_id" in frame:
        frame["customer_id"] = pseudonymise(frame["customer_id"], key)
    return frame
