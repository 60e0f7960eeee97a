"""What a nightly run is asked to do, and the lock that keeps it alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from returns_risk.config.params import Params
from returns_risk.errors import BusyError
from returns_risk.export.folders import export_folder
from returns_risk.io.files import locked
from returns_risk.ledger import Ledger
from returns_risk.monitoring.night_folders import NIGHTS, night_folder

__all__ = ["Night", "night_lock"]


@dataclass(frozen=True)
class Night:
    """What a nightly run is asked to do."""

    params: Params
    """With the as-of of the night."""
    model: str
    """Alias or number of a registered version."""
    ledger: Ledger
    at: str
    """When the run starts, ISO 8601 in UTC."""
    rerun: bool = False
    """Repeat a finished night with the data of now; lines that were decided keep their decision."""
    backfill: bool = False
    """Compute a past night for the record: exported apart, and never delivered."""
    new_key: bool = False
    """The pseudonym key was changed on purpose since the last night."""
    few_candidates: bool = False
    """Accept far fewer candidates than on recent nights."""

    @property
    def source(self) -> str:
        """Name of the source."""
        return self.params.source.name

    @property
    def as_of(self) -> str:
        """As-of of the night as the ledger records it, ISO 8601."""
        return self.params.as_of.isoformat()

    @property
    def export(self) -> Path:
        """Folder where the export is published."""
        return export_folder(self.params.as_of, "backfill" if self.backfill else "")

    @property
    def folder(self) -> Path:
        """Folder of the working data; each run replaces its files, one at a time."""
        return night_folder(self.source, self.params.as_of, backfill=self.backfill)

    @property
    def staged(self) -> Path:
        """Folder where the export is written before the ledger records it."""
        return self.folder / "export"


@contextmanager
def night_lock(ledger: Ledger, source: str) -> Iterator[None]:
    """Hold the locks of a source's nights: of this folder, and of the ledger.

    Raises
    ------
    BusyError
        Another process holds one of them.
    """
    try:
        # The folder's lock guards the working data; the ledger's lock other folders and hosts that use the ledger.
        with locked(NIGHTS / source / "lock"), ledger.lock(f"nightly run of {source}"):
            yield
    except BlockingIOError as error:
        holder = error.filename2 or "another process"
        raise BusyError(f"nightly: {holder} runs a night of {source}. Exiting without changes.") from error
