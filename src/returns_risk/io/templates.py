"""HTML pages out of templates: text is escaped, unseen characters are shown, embedded data cannot end its element."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from returns_risk.errors.printable import printable

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["embed_json", "load_templates"]

# What could end a script element, begin another or a comment in it, or be no text to an old parser of scripts.
_MARKUP = re.compile("[<>&\u2028\u2029]")


def load_templates(folder: Path) -> "Environment":
    """Return the templates of a folder; what they are filled with is escaped, and its unseen characters are shown."""
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
    r"""Return JSON that may stand in a script element of a page, whatever its texts hold.

    >>> embed_json({"brand": "Best <!--<script> & \u202eBrand"})
    '{"brand": "Best \\u003c!--\\u003cscript\\u003e \\u0026 \\\\u202eBrand"}'
    """
    text = json.dumps(_show(value), ensure_ascii=False, sort_keys=True, allow_nan=False)
    return _MARKUP.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _show(value: Any) -> Any:
    """Write unseen characters of a text, or of all texts in a JSON value, as visible escapes."""
    if type(value) is str:
        return printable(value)
    if isinstance(value, dict):
        return {_show(name): _show(one) for name, one in value.items()}
    return [_show(one) for one in value] if isinstance(value, list) else value
