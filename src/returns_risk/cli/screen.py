"""The console of all commands, which escapes control characters in data."""

from typing import Any

import rich.console
from rich.text import Text

from returns_risk.errors.printable import printable

__all__ = ["Console"]


class Console(rich.console.Console):  # noqa: TID251 - the base of the console that all commands use
    """Rich's console, but control characters in texts and cells are shown as escapes before the layout."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Render a text or a cell of a table."""
        return super().render_str(printable(text), **options)
