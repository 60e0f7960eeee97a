"""Which rows of a file of feedback the ledger lacks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["find_new"]

_COLUMNS = ("order_id", "line_id", "disposition", "comment", "owner", "at", "as_of")
Content = Mapping[str, Any]
Row = tuple[str, ...]


def find_new(known: Sequence[Content], given: Sequence[Content]) -> list[int]:
    """Return the positions of the rows that are new, in their order.

    A row with a time (``at``) is new unless the ledger has it. Another is new where it differs from the latest of its
    order and line: whoever takes a correction back says something new. Of a file that was imported before, the rows of
    an order and line are the latest that the ledger has, in the same order, and none is new.

    Parameters
    ----------
    known : contents of the ledger's feedback, oldest first
    given : contents of the file's rows

    >>> done, wrong = ({"order_id": "A", "disposition": name} for name in ("done", "wrong_flag"))
    >>> find_new([done, wrong], [done]), find_new([done, wrong], [done, wrong]), find_new([done], [done, wrong, done])
    ([0], [], [1, 2])
    """
    earlier: dict[Row, list[Row]] = defaultdict(list)
    for content in known:
        row = _row(content)
        earlier[row[:2]].append(row)
    of_file: dict[Row, list[tuple[int, Row]]] = defaultdict(list)
    seen = {row for rows in earlier.values() for row in rows}
    for position, content in enumerate(given):
        row = _row(content)
        before = of_file[row[:2]]
        if not (content.get("at") and row in seen) and not (before and before[-1][1] == row):
            before.append((position, row))
            seen.add(row)
    new = [rows[_overlap(earlier[key], [row for _, row in rows]) :] for key, rows in of_file.items()]
    return sorted(position for rows in new for position, _ in rows)


def _overlap(earlier: list[Row], later: list[Row]) -> int:
    """Return how many of the first rows are the last of the earlier ones, at most."""
    counts = range(min(len(earlier), len(later)), 0, -1)
    return next((count for count in counts if earlier[-count:] == later[:count]), 0)


def _row(content: Content) -> Row:
    return tuple(str(content.get(name, "")) for name in _COLUMNS)
