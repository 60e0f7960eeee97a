"""Reader of a page: the content that the browser draws, for programs that show the same list."""

import json
from pathlib import Path
from typing import Any

from returns_risk.errors import ExportError

__all__ = ["read_page_content"]

_BEGIN, _END = '<script type="application/json" id="data">', "</script>"


def read_page_content(file: Path) -> dict[str, Any]:
    """Return the content of a page, as ``describe_page`` made it.

    Raises
    ------
    ExportError
        The file is missing or damaged.
    """
    try:
        text = file.read_text(encoding="utf-8")
        # Embedded JSON has no "<", so the first end of an element ends it.
        content: dict[str, Any] = json.loads(text.partition(_BEGIN)[2].partition(_END)[0])
    except (OSError, ValueError) as error:
        finding = " ".join(str(error).split())
        raise ExportError(
            f"{file}: cannot be read ({finding}). Make it again: returns-risk nightly, or dvc repro."
        ) from error
    return content
