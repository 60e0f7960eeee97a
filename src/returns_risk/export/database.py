"""The flagged lines as a database table: the rows of a night are replaced in one transaction."""

import logging
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from returns_risk.io.databases import open_database
from returns_risk.io.tables import ensure_table, upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table
    from sqlalchemy.types import TypeEngine

__all__ = ["TABLE", "delete_night", "publish_table"]

TABLE = "flagged_orders"
_LOG = logging.getLogger(__name__)


def publish_table(frame: pd.DataFrame, url: str, source: str, as_of: date) -> int:
    """Replace the rows of a night in the table ``flagged_orders``, and return their number.

    The table is created if it is missing; missing columns are added, none is removed. Rows of the night that the export
    no longer has are deleted. All of it happens or nothing; repeating it changes nothing.

    Parameters
    ----------
    frame : ``flagged_orders.parquet``; its ``line_id`` is unique
    url : of an SQLite or PostgreSQL database, as ``open_database`` takes it
    source, as_of : of the run

    Raises
    ------
    DeliveryError
        The database cannot be reached or written; the table stays as it was.
    """
    with open_database(url) as engine, engine.begin() as connection:
        table = _describe(frame)
        ensure_table(connection, table)
        deleted = _delete_others(connection, table, frame, source, as_of)
        upsert(connection, table, [{"source": source, "as_of": as_of} | row for row in _rows(frame)])
    _LOG.info("%s: %d rows of %s as of %s, %d deleted", TABLE, len(frame), source, as_of, deleted)
    return len(frame)


def delete_night(url: str, source: str, as_of: date) -> int:
    """Delete the rows of a withdrawn night, and return their number; errors as of ``publish_table``."""
    from sqlalchemy import Column, Date, MetaData, Table, Text, delete, inspect

    table = Table(TABLE, MetaData(), Column("source", Text), Column("as_of", Date))
    with open_database(url) as engine, engine.begin() as connection:
        if not inspect(connection).has_table(TABLE):
            return 0
        return connection.execute(delete(table).where(table.c.source == source, table.c.as_of == as_of)).rowcount


def _describe(frame: pd.DataFrame) -> "Table":
    from sqlalchemy import Column, Date, MetaData, Table, Text

    columns: list[Column[Any]] = [Column("source", Text, primary_key=True), Column("as_of", Date, primary_key=True)]
    columns += [Column(str(name), _type(frame[name]), primary_key=name == "line_id") for name in frame]
    return Table(TABLE, MetaData(), *columns)


def _type(values: pd.Series) -> "TypeEngine[Any]":
    from sqlalchemy import BigInteger, Boolean, Date, DateTime, Double, Text

    if pd.api.types.is_bool_dtype(values.dtype):
        return Boolean()
    if pd.api.types.is_integer_dtype(values.dtype):
        return BigInteger()
    if pd.api.types.is_float_dtype(values.dtype):
        return Double()
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return DateTime(timezone=True)
    return Date() if pd.api.types.is_datetime64_any_dtype(values.dtype) else Text()


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    days = frame.select_dtypes("datetime").columns
    plain = frame.assign(**{str(name): frame[name].dt.date for name in days}).astype("object")
    return [
        {str(name): value for name, value in row.items()} for row in plain.where(frame.notna(), None).to_dict("records")
    ]


def _delete_others(connection: "Connection", table: "Table", frame: pd.DataFrame, source: str, as_of: date) -> int:
    from sqlalchemy import bindparam, delete, select

    night = (table.c.source == source, table.c.as_of == as_of)
    stored = connection.scalars(select(table.c.line_id).where(*night))
    exported = set(frame["line_id"])
    obsolete = [{"obsolete": line} for line in stored if line not in exported]
    if obsolete:
        connection.execute(delete(table).where(*night, table.c.line_id == bindparam("obsolete")), obsolete)
    return len(obsolete)
