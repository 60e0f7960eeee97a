"""What a failed cast says: the shape of the texts, never the texts themselves, and the macro that reads them."""

import pandas as pd

from returns_risk.contract.schema import CONTRACT, Type

__all__ = ["cast_reason", "cast_remedy", "describe_shape"]

_TEXTS: tuple[Type, ...] = ("text", "category")
_LONGEST = 12
_REMEDIES: dict[Type, str] = {
    "time": (
        "in {table}.sql read it with local_time(text, zone), or offset_time(text) where each has an offset; a third "
        "argument of local_time is the format, e.g. local_time(text, zone, '%d.%m.%Y %H:%M')."
    ),
    "number": "in {table}.sql read it with comma_number(text), which takes 1.234,56.",
    "integer": "in {table}.sql select whole numbers; comma_number(text) reads 1,00.",
    "flag": "in {table}.sql select true or false, e.g. text = 'yes'.",
}
_QUANTITY = (
    "in {table}.sql select whole units; comma_number(text) reads 2,00. Only goods by length or weight have 1 as "
    "quantity, and the price of the line as unit_price."
)


def cast_reason(table: str, column: str) -> str:
    """Return what is wrong with the texts of a column that cannot be cast."""
    is_text = CONTRACT[table].column(column).type in _TEXTS
    return "the text is too long or has control characters" if is_text else "the text does not parse"


def cast_remedy(table: str, column: str) -> str:
    """Return what to do about them."""
    kind = CONTRACT[table].column(column).type
    if kind in _TEXTS:
        return f"Correct the raw file or the SELECT in {table}.sql."
    remedy = _QUANTITY if column == "quantity" else _REMEDIES[kind]
    return f"Correct the raw file, or {remedy.format(table=table)}"


def describe_shape(table: str, column: str, texts: pd.Series) -> str | None:
    """Describe the texts by the commonest shape: letters as A, digits as 9, at most twelve characters.

    None for columns of texts, which may hold what a customer wrote.
    """
    if CONTRACT[table].column(column).type in _TEXTS or texts.isna().all():
        return None
    shapes = texts.str.slice(0, _LONGEST).str.replace(r"\d", "9", regex=True)
    shapes = shapes.str.replace(r"[^\W\d_]", "A", regex=True)
    return f"texts of the shape {shapes.value_counts().index[0]!r}"
