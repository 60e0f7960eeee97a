"""Labels of training rows: what counts as returned, and from which day on that is known."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.days import NEVER, date_of
from returns_risk.errors import LabelError, NoCandidatesError
from returns_risk.history import Outcomes
from returns_risk.snapshot.rows import Rows

__all__ = ["LABELS", "id_columns", "label_frame", "require_candidates", "require_matured", "require_two_classes"]

LABELS = ["line_id", "ordered_on", "closes_on", "returned", "returned_on", "reason"]
"""Columns of a feature table that give the periods and the targets."""


def label_frame(lines: pd.DataFrame, outcomes: Outcomes, rows: Rows) -> pd.DataFrame:
    """Return ids, days and label of training rows.

    Returns
    -------
    DataFrame with ``line_id``, ``order_id``, ``customer_id`` (pseudonym), ``sku``, ``ordered_on``, ``as_of``,
    ``closes_on`` (days of the shop), ``returned`` (bool): any unit came back, and was known to have, by
    the day the return window closed, ``returned_on``: from which day on that was known, missing where it was kept, and
    ``reason`` (text): of the first such return that states one.
    """
    returned = outcomes.returned_on <= outcomes.closes_on
    return id_columns(lines, outcomes, rows).assign(
        closes_on=date_of(outcomes.closes_on[rows.position]),
        returned=returned[rows.position],
        returned_on=date_of(np.where(returned, outcomes.returned_on, NEVER)[rows.position]),
        reason=pd.Series(_reasons(outcomes)[rows.position], dtype="str"),
    )


def _reasons(outcomes: Outcomes) -> npt.NDArray[np.object_]:
    """Return the first reason stated for each line within its return window, None for none."""
    reasons = np.full(len(outcomes.ordered_on), None, dtype=object)
    if outcomes.return_reason is None:
        return reasons
    in_time = outcomes.return_on <= outcomes.closes_on[outcomes.return_line]
    stated = np.flatnonzero((outcomes.return_reason >= 0) & in_time)
    # Written from the last to the first, so that the first stands.
    latest_first = stated[np.argsort(outcomes.return_on[stated], kind="stable")][::-1]
    names = np.array([*outcomes.reasons, None], dtype=object)
    reasons[outcomes.return_line[latest_first]] = names[outcomes.return_reason[latest_first]]
    return reasons


def id_columns(lines: pd.DataFrame, outcomes: Outcomes, rows: Rows) -> pd.DataFrame:
    """Return ids and days of rows: ``line_id``, ``order_id``, ``customer_id``, ``sku``, ``ordered_on``, ``as_of``."""
    ids = lines[["line_id", "order_id", "customer_id", "sku"]].iloc[rows.position].reset_index(drop=True)
    return ids.assign(ordered_on=date_of(outcomes.ordered_on[rows.position]), as_of=date_of(rows.as_of))


def require_matured(labels: pd.DataFrame, as_of: date) -> None:
    """Assert that the return window of every row closed before ``as_of``.

    Raises
    ------
    LabelError
        The label of some row was not final at ``as_of``.
    """
    immature = labels["closes_on"] >= pd.Timestamp(as_of)
    if immature.any():
        raise LabelError(
            f"labels: {immature.sum()} of {len(labels)} rows have a return window that closes at or after "
            f"{as_of}, e.g. line {labels.loc[immature, 'line_id'].iloc[0]}. Run featurize again."
        )


def require_two_classes(returned: pd.Series, period: str) -> None:
    """Refuse labels that a model cannot learn from.

    Raises
    ------
    LabelError
        There are no rows, or all are returned, or none is.
    """
    count = int(returned.sum())
    if count in (0, len(returned)):
        raise LabelError(
            f"labels: {count} of {len(returned)} lines of the {period} period were returned; both classes are needed. "
            "Deliver a longer history with its returns, or change the split in params.yaml."
        )


def require_candidates(candidates: pd.DataFrame, as_of: date) -> None:
    """Refuse to replace an export by an empty one.

    Raises
    ------
    NoCandidatesError
        No line is open.
    """
    if candidates.empty:
        raise NoCandidatesError(
            f"candidates: no order line is open at the as-of {as_of}. Check whether the extract is complete (orders "
            "that have not shipped), and as_of and featurize.open_days in params.yaml; the previous export stays."
        )
