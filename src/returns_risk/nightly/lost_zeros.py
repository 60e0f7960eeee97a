"""Ids of feedback whose leading zeros a spreadsheet has dropped."""

from collections.abc import Collection, Sequence

from returns_risk.ledger import Ledger

__all__ = ["find_orders", "hint_at_zeros"]

_LONGEST = 20
_MAX_ORDERS = 1_000
"""Orders of a file that are looked up with zeros in front; a wrong file may have any number."""
_HINT = "The ledger has {id}: a spreadsheet has dropped its leading zeros, so format the column {column} as text"


def find_orders(ledger: Ledger, source: str, orders: Sequence[str]) -> Collection[str]:
    """Return the scored orders whose id, without zeros in front, is that of one of these orders."""
    padded = [candidate for order in orders[:_MAX_ORDERS] for candidate in _pad(order)]
    return ledger.lines_of_orders(source, padded).keys() if padded else []


def hint_at_zeros(name: str, ids: Collection[str], column: str) -> str:
    """Return a sentence that names the id with its zeros and the column of the file, or an empty text.

    >>> hint_at_zeros("123", ["00123"], "Bestellnummer")[:64]
    '. The ledger has 00123: a spreadsheet has dropped its leading ze'
    >>> hint_at_zeros("123", ["123-1", "0456"], "order_id")
    ''
    """
    match = next((candidate for candidate in _pad(name) if candidate in ids), None)
    return "" if match is None else f". {_HINT.format(id=match, column=column)}"


def _pad(name: str) -> list[str]:
    """Return an id of digits with one zero and more in front; none of another id."""
    is_number = name.isascii() and name.isdecimal()
    return [name.zfill(length) for length in range(len(name) + 1, _LONGEST + 1)] if is_number else []
