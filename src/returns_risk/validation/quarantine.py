"""Splits a table into accepted rows and rejected rows, each with its reason."""

import numpy as np
import pandas as pd

from returns_risk.validation.rule import Rule

__all__ = ["rejected_as_text", "split_rows"]

# Returns have a reason of their own, the customer's; in the quarantine "reason" says why the row is there.
_RENAMED = {"reason": "return_reason"}


def split_rows(
    frame: pd.DataFrame, rules: list[Rule], broken: dict[str, np.ndarray]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Separate the rows that break no error rule from the others.

    Parameters
    ----------
    frame : contract columns, with a RangeIndex
    rules : in the order in which they give a row its rule; further reasons follow after a semicolon
    broken : positions of the rows that break each rule, by its name

    Returns
    -------
    Accepted rows in the original order, with a fresh index, and the others as text, each once, with ``rule`` and
    ``reason`` and their position in ``frame`` as index; a contract column that is itself called ``reason`` becomes
    ``return_reason``.
    """
    errors = [rule for rule in rules if rule.severity == "error" and rule.name in broken]
    is_rejected = np.zeros(len(frame), dtype=bool)
    for rule in errors:
        is_rejected[broken[rule.name]] = True
    first = np.full(len(frame), None, dtype=object)
    reason = np.full(len(frame), None, dtype=object)
    for rule in errors:
        rows = broken[rule.name]
        fresh = rows[first[rows] == None]  # noqa: E711 - element by element
        further = rows[first[rows] != None]  # noqa: E711
        first[fresh], reason[fresh] = rule.name, rule.reason
        reason[further] = reason[further] + f"; {rule.reason}"
    quarantine = frame[is_rejected].astype("str").rename(columns=_RENAMED)
    quarantine["rule"] = pd.array(first[is_rejected], dtype="str")
    quarantine["reason"] = pd.array(reason[is_rejected], dtype="str")
    return frame[~is_rejected].reset_index(drop=True), quarantine


def rejected_as_text(rejected: pd.DataFrame | None, columns: list[str]) -> pd.DataFrame:
    """Return the rows rejected while reading in the same form and with their index; none where None."""
    names = [*(_RENAMED.get(name, name) for name in columns), "rule", "reason"]
    if rejected is None:
        return pd.DataFrame(columns=names, dtype="str")
    return rejected.reindex(columns=names).astype("str")
