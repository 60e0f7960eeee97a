"""The console of all commands: what it prints of others' texts is printable."""

from typing import Any

import rich.console
from rich.text import Text

from returns_risk.errors.printable import printable

__all__ = ["Console"]


class Console(rich.console.Console):  # noqa: TID251 - the one that all others use
    """Rich's console: control characters in a text or a cell are shown as escapes, before anything is laid out."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Render a text or a cell of a table."""
        return super().render_str(printable(text), **options)
