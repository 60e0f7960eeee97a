"""The console of all commands, which escapes control characters in data."""

from collections.abc import Collection, Sequence
from typing import Any

import rich.console
from rich.table import Table
from rich.text import Text

from returns_risk.errors.printable import printable

__all__ = ["Console", "make_table"]


class Console(rich.console.Console):  # noqa: TID251 - the base of the console that all commands use
    """Rich's console, but control characters in texts and cells are shown as escapes before the layout."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Render a text or a cell of a table."""
        return super().render_str(printable(text), **options)


def make_table(title: str, columns: Sequence[str], left: Collection[str], caption: str | None = None) -> Table:
    """Return a table of numbers, right-aligned, with some ``left``-aligned columns."""
    table = Table(title=title, caption=caption)
    for name in columns:
        table.add_column(name, justify="left" if name in left else "right")
    return table
