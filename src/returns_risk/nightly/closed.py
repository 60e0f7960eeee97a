"""Which lines are closed by what a night's extract held: shipped, cancelled or returned since the as-of."""

from collections.abc import Collection
from pathlib import Path

from returns_risk.config.params import SourceParams
from returns_risk.contract.parquet import read_frame, read_tables
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.io.files import write_parquet
from returns_risk.snapshot.as_of import closed_lines, open_lines
from returns_risk.sources import read_source
from returns_risk.validation import Validation

__all__ = ["CLOSED", "closed_among", "closed_in_extract", "write_closed"]

CLOSED = "closed.parquet"
"""File in the night's working data: the lines that were open at the as-of and are closed by now."""


def write_closed(folder: Path, validation: Validation) -> Path:
    """Keep the lines that were open at the as-of and are closed by now; return the file.

    Parameters
    ----------
    folder : of the night's working data
    """
    closed = closed_lines(open_lines(validation.known), validation.tables, validation.quarantine)
    write_parquet(folder / CLOSED, closed.to_frame())
    return folder / CLOSED


def closed_among(folder: Path, line_ids: Collection[str]) -> set[str]:
    """Return which of some lines are not open any more by a night's extract; none where there is no working data.

    A line that the extract does not know, or whose row was rejected, is not known to be open.
    """
    if not line_ids or not (folder / CLOSED).exists():
        return set()
    still = open_lines(read_tables(folder / "validated"))
    return set(line_ids) - set(still[~still.isin(read_frame(folder / CLOSED, "nightly")["line_id"])])


def closed_in_extract(source: SourceParams, line_ids: Collection[str]) -> set[str]:
    """Return which of some lines are not open any more by what the raw files hold now, rejected rows among them.

    Raises
    ------
    SourceError, DataError
        The raw files cannot be read.
    """
    read = read_source(source, ensure_key())
    rejected = {name: read.rejected.get(name, frame.head(0)) for name, frame in read.tables.items()}
    still = open_lines(read.tables).drop_duplicates()
    return set(line_ids) - set(still[~still.isin(closed_lines(still, read.tables, rejected))])
