"""Lines that nobody may act on: shipped, cancelled or returned since the as-of, or of customers who opted out."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import pandas as pd

from returns_risk.config.params import SourceParams
from returns_risk.contract.keys import is_among
from returns_risk.contract.parquet import read_frame, read_tables
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.io.files import write_parquet
from returns_risk.monitoring import latest_opt_outs
from returns_risk.snapshot.as_of import closed_lines, open_lines
from returns_risk.snapshot.opt_outs import opted_out_lines
from returns_risk.sources import read_source
from returns_risk.validation import Validation, mark_opt_outs

__all__ = ["closed_by_extract", "closed_by_raw_files", "write_closed_lines"]

_FILE = "closed.parquet"


def write_closed_lines(folder: Path, validation: Validation) -> pd.Series:
    """Return the ``line_id`` of lines that were open at the as-of and are closed now; also write them.

    Parameters
    ----------
    folder : of the night's working data
    """
    closed = closed_lines(open_lines(validation.known), validation.tables, validation.quarantine)
    write_parquet(folder / _FILE, closed.to_frame())
    return closed


def closed_by_extract(folder: Path, line_ids: Collection[str]) -> set[str]:
    """Return which lines are not open according to a night's working data; none where there are no such data.

    A line that the extract does not know, or whose row was rejected, counts as closed, and so does a line of a customer
    who has opted out or has a row in the quarantine.
    """
    if not line_ids or not (folder / _FILE).exists():
        return set()
    still_open = _contactable_lines(read_tables(folder / "validated"))
    return set(line_ids) - set(still_open[~still_open.isin(read_frame(folder / _FILE, "nightly")["line_id"])])


def closed_by_raw_files(source: SourceParams, at: datetime, line_ids: Collection[str]) -> set[str]:
    """Return which lines are not open according to the present raw files, rejected rows included.

    A line of a customer who has opted out, has a rejected row, or had opted out by the latest night and has no row that
    says otherwise, counts as closed.

    Parameters
    ----------
    at : time of reading, UTC

    Raises
    ------
    SourceError, DataError
        The raw files cannot be read.
    """
    extract = read_source(source, ensure_key(), at=at)
    rejected = {name: extract.rejected.get(name, frame.head(0)) for name, frame in extract.tables.items()}
    tables = mark_opt_outs(extract.tables, extract.rejected, latest_opt_outs(source.name))
    still_open = _contactable_lines(tables).drop_duplicates()
    return set(line_ids) - set(still_open[~still_open.isin(closed_lines(still_open, extract.tables, rejected))])


def _contactable_lines(tables: dict[str, pd.DataFrame]) -> pd.Series:
    """Return the ``line_id`` of each open line, without those of customers who have opted out."""
    lines = tables["order_lines"]
    opted_out = lines.loc[opted_out_lines(lines, tables), "line_id"]
    still_open = open_lines(tables)
    return still_open[~is_among(still_open, opted_out)]
