"""HTML templates: text is escaped, invisible characters are shown, and embedded JSON cannot end its element."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from returns_risk.errors.printable import printable

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["embed_json", "load_templates"]

# Characters that could end a script element, start another or a comment, or break old parsers of scripts.
_MARKUP = re.compile("[<>&\u2028\u2029]")


def load_templates(folder: Path) -> "Environment":
    """Return the templates of a folder; inserted values are escaped, and their invisible characters are shown."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=_show,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def embed_json(value: Any) -> str:
    r"""Return a value as JSON that is safe inside a script element of a page.

    >>> embed_json({"brand": "Best <!--<script> & \u202eBrand"})
    '{"brand": "Best \\u003c!--\\u003cscript\\u003e \\u0026 \\\\u202eBrand"}'
    """
    text = json.dumps(_show(value), ensure_ascii=False, sort_keys=True, allow_nan=False)
    return _MARKUP.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _show(value: Any) -> Any:
    """Replace invisible characters of a text, or of all texts in a JSON value, by visible escapes."""
    if type(value) is str:
        return printable(value)
    if isinstance(value, dict):
        return {_show(name): _show(item) for name, item in value.items()}
    return [_show(item) for item in value] if isinstance(value, list) else value
