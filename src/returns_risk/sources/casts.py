"""Casts of raw values to contract types, and the rows whose values cannot be cast."""

from collections.abc import Sequence

import duckdb
import pandas as pd

from returns_risk.contract.schema import Column, Table, Type

__all__ = ["REJECT_REASON", "cast", "count_zero_dates", "pandas_type", "split_rejected"]

_CUSTOMER = "customer_id"
REJECT_REASON = "reject_reason"
"""Column by which a SELECT rejects a row on purpose: the reason, null for a good row."""
_SQL_TYPES: dict[Type, str] = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
}
_NOUNS: dict[Type, str] = {
    "time": "a timestamp of the years 1 to 9999",
    "integer": "a whole number",
    "number": "a number",
    "flag": "true or false",
}
# Databases, spreadsheets and terminals refuse or obey them; a line break in a name of a category does no harm.
_CONTROLS: dict[Type, str] = {"text": r"\p{Cc}", "category": r"[^\P{Cc}\t\n\r]"}
# Whatever cannot be seen around a customer id would make another customer of it, who has not opted out.
_UNSEEN = r"[\p{Cc}\p{Cf}\p{Z}]+"


def cast(selected: duckdb.DuckDBPyRelation, columns: Sequence[Column]) -> duckdb.DuckDBPyRelation:
    """Cast columns of a SELECT to their types.

    Returns
    -------
    relation with each column, ``<column>__bad`` with the original text where it fails to parse (empty for a customer
    id), for a time ``<column>__zero`` where it is a zero date, and ``REJECT_REASON``
    """
    texts = [f"nullif({_trimmed(column)}, '') AS {column.name}" for column in columns]
    reason = REJECT_REASON if REJECT_REASON in selected.columns else f"NULL::VARCHAR AS {REJECT_REASON}"
    # In two steps, so that DuckDB makes each text once.
    return selected.project(", ".join([*texts, reason])).project(", ".join([*map(_cast_sql, columns), REJECT_REASON]))


def _trimmed(column: Column) -> str:
    text = f"plain_text({column.name})"
    return f"regexp_replace({text}, '^{_UNSEEN}|{_UNSEEN}$', '', 'g')" if column.name == _CUSTOMER else f"trim({text})"


def _cast_sql(column: Column) -> str:
    """Return SQL for the typed value of a text, and for the text where it fails to parse."""
    text, name = column.name, column.name
    if column.type in _CONTROLS:
        if not column.stored:
            return name
        if column.name == _CUSTOMER:
            # Only pseudonyms go further: of any length, and no text of a bad one.
            unfit = f"regexp_matches({text}, '{_CONTROLS[column.type]}')"
            return f"CASE WHEN NOT {unfit} THEN {text} END AS {name}, CASE WHEN {unfit} THEN '' END AS {name}__bad"
        unfit = f"(length({text}) > {column.longest} OR regexp_matches({text}, '{_CONTROLS[column.type]}'))"
        value = f"CASE WHEN NOT {unfit} THEN {text} END"
        return f"{value} AS {name}, CASE WHEN {unfit} THEN {text} END AS {name}__bad"
    if column.type == "time":
        value, zero = f"utc_timestamp({text})", f"coalesce(is_zero_date({text}), false)"
        bad = f"CASE WHEN {value} IS NULL AND NOT {zero} THEN {text} END"
        return f"{value} AS {name}, {bad} AS {name}__bad, {zero} AS {name}__zero"
    value = f"TRY_CAST({text} AS {_SQL_TYPES[column.type]})"
    if column.type == "integer":
        # DuckDB rounds '1.5' to a whole number without a word.
        number = f"TRY_CAST({text} AS DOUBLE)"
        value = f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END"
    if column.type == "number":
        value = f"CASE WHEN isfinite({value}) THEN {value} END"
    return f"{value} AS {name}, CASE WHEN ({value}) IS NULL THEN {text} END AS {name}__bad"


def pandas_type(column: Column) -> str:
    """Return the pandas dtype of a contract column."""
    names: dict[Type, str] = {"time": "datetime64[us, UTC]", "integer": "Int64", "number": "float64", "flag": "boolean"}
    return names.get(column.type, "str")


def count_zero_dates(frame: pd.DataFrame, table: Table) -> dict[str, int]:
    """Count the zero dates by table and column, e.g. ``order_lines.shipped_at``; columns without any are left out."""
    columns = [column.name for column in table.columns if f"{column.name}__zero" in frame]
    counts = {f"{table.name}.{name}": int(frame[f"{name}__zero"].sum()) for name in columns}
    return {name: count for name, count in counts.items() if count}


def split_rejected(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Separate good rows from those that the SELECT or a cast rejected, each with its first reason.

    Parameters
    ----------
    frame : columns of the contract, ``<column>__bad`` beside each that was cast, and ``REJECT_REASON``

    Returns
    -------
    good rows, and rejected rows as text with ``rule`` and ``reason``, indexed by their position among all rows
    """
    columns = [c for c in table.columns if c.name in frame]
    names = [c.name for c in columns]
    rule = pd.Series(None, index=frame.index, dtype="str").mask(frame[REJECT_REASON].notna(), f"{table.name}.source")
    reason = frame[REJECT_REASON].astype("str")
    text = frame[names].copy()
    # An opt-out that cannot be read ends the run, whatever else is wrong with its row.
    for column in sorted(columns, key=lambda column: column.name != "opted_out"):
        failed = frame.get(f"{column.name}__bad")
        if failed is None or failed.isna().all():
            continue
        if column.name != _CUSTOMER:
            text[column.name] = text[column.name].astype("str").mask(failed.notna(), failed.astype("str"))
        fresh = failed.notna() & rule.isna()
        rule = rule.mask(fresh, f"{table.name}.{column.name}_type")
        reason = reason.mask(fresh, f"{column.name} is not {_noun(column)}")
    is_rejected = rule.notna()
    rejected = text[is_rejected].astype("str").assign(rule=rule[is_rejected], reason=reason[is_rejected])
    return frame.loc[~is_rejected, names].reset_index(drop=True), rejected


def _noun(column: Column) -> str:
    longest = "" if column.name == _CUSTOMER else f" of at most {column.longest} characters"
    return _NOUNS.get(column.type, f"a text{longest} without control characters")
