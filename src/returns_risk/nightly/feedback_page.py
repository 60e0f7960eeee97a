"""Reader of the file in which the page hands back what people entered."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from returns_risk.errors import SourceError
from returns_risk.errors.findings import finding_of
from returns_risk.nightly.feedback_table import Table, read_bytes

__all__ = ["read_page_file"]

Text = Annotated[str, Field(max_length=20_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Row(_Strict):
    order_id: Text
    line_id: Text | None = None
    disposition: Text
    owner: Text | None = None
    comment: Text | None = None
    at: Text | None = None


_COLUMNS = (*_Row.model_fields, "as_of")


class _PageFile(_Strict):
    type: Literal["returns-risk feedback"]
    version: Literal[1]
    source: str
    as_of: str
    rows: Annotated[list[_Row], Field(max_length=100_000)]


def read_page_file(file: Path, source: str, nights: Collection[str] | None = None) -> Table:
    """Read a file that the page has written; its rows are numbered from 1.

    Parameters
    ----------
    source : that the feedback must be about
    nights : as-ofs of the source's runs, of which the file's must be one; None for any

    Raises
    ------
    SourceError
        The file is missing, too large, no feedback of a page, of another source, or of a night that no run has.
    """
    try:
        content = _PageFile.model_validate_json(read_bytes(file))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"]) or "the file"
        raise SourceError(
            f"{file}: is no feedback of the page: {place}: {finding_of(first)}. Download it from the page again, "
            "or give a CSV or an XLSX file."
        ) from error
    except (OSError, ValueError) as error:
        finding = " ".join(str(error).split()) or type(error).__name__
        raise SourceError(f"{file}: cannot be read ({finding}). Download it from the page again.") from error
    if content.source != source:
        raise SourceError(
            f"{file}: is about the source {content.source[:100]!r}, and this ledger is kept for {source!r}. Import it "
            "where its night was run."
        )
    if nights is not None and content.as_of not in nights:
        raise SourceError(
            f"{file}: is about the night {content.as_of[:100]!r}, of which the ledger has no run of {source!r}. "
            "Download it from the page again."
        )
    rows = [[*(getattr(row, name) or "" for name in _Row.model_fields), content.as_of] for row in content.rows]
    return Table(list(_COLUMNS), list(enumerate(rows, start=1)))
