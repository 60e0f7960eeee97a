"""What counts as returned, from when on that is known, and which lines become rows."""

import logging
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.days import NEVER, Days, date_of, day_number
from returns_risk.errors import LabelError, NoCandidatesError
from returns_risk.history import Outcomes

__all__ = [
    "LABELS",
    "Rows",
    "candidate_rows",
    "choose_candidates",
    "choose_training",
    "count_opt_outs",
    "id_columns",
    "label_frame",
    "log_rows",
    "opted_out_lines",
    "require_candidates",
    "require_matured",
    "require_training",
    "require_two_classes",
    "training_rows",
]

_logger = logging.getLogger(__name__)


LABELS = ["line_id", "ordered_on", "closes_on", "returned", "returned_on", "reason"]
"""Columns of a feature table that periods and targets are told by."""


@dataclass(frozen=True)
class Rows:
    """Some order lines, each at its as-of day; arrays of shape (n_rows,)."""

    position: npt.NDArray[np.int64]
    """Position of each among all known lines."""
    as_of: Days


def training_rows(outcomes: Outcomes, as_of: date, warm_up_days: int) -> Rows:
    """Choose the lines to learn from, each at the first as-of after it was ordered.

    A line is chosen if its return window closed before ``as_of`` (it is matured; the others are
    censored), if it was still open at its own as-of (neither returned nor past its window by then), was not
    cancelled before shipment later, and was ordered at least ``warm_up_days`` after the first one.

    Raises
    ------
    LabelError
        No line is matured.
    """
    first = int(outcomes.ordered_on.min(initial=NEVER)) + warm_up_days
    rows, left_out = choose_training(outcomes, as_of, first)
    require_training(len(rows.position), left_out, len(outcomes.ordered_on), warm_up_days)
    return rows


def choose_training(outcomes: Outcomes, as_of: date, first: int) -> tuple[Rows, dict[str, int]]:
    """Choose as ``training_rows`` among the lines ordered from a day on; also count what is left out, by reason."""
    own = outcomes.ordered_on + np.int32(1)
    matured = outcomes.closes_on < day_number(as_of)
    was_open = (outcomes.returned_on >= own) & (outcomes.closes_on >= own)
    fulfilled = outcomes.cancelled_on == NEVER
    warm = outcomes.ordered_on >= first
    chosen = np.flatnonzero(matured & was_open & fulfilled & warm)
    reasons = {"censored": matured, "returned before their as-of": was_open, "cancelled": fulfilled, "warm-up": warm}
    return Rows(chosen, own[chosen]), {reason: int((~kept).sum()) for reason, kept in reasons.items()}


def require_training(rows: int, left_out: dict[str, int], lines: int, warm_up_days: int) -> None:
    """Log how many rows there are to learn from, or end the run.

    Raises
    ------
    LabelError
        There are none.
    """
    log_rows("training rows", rows, left_out)
    if rows == 0:
        raise LabelError(
            f"order_lines: none of {lines} lines is matured at the as-of after a warm-up of {warm_up_days} days "
            f"({left_out['censored']} still have an open return window). Deliver a longer history, or check as_of and "
            "featurize.warm_up_days in params.yaml and the return windows in policy.yaml."
        )


def candidate_rows(outcomes: Outcomes, as_of: date, open_days: int, opted_out: npt.NDArray[np.bool_]) -> Rows:
    """Choose tonight's candidates: ordered before ``as_of`` and not shipped, cancelled or returned by then.

    Lines older than ``open_days`` are not waiting any more (sources without shipping times would else
    have all lines open for ever), and customers who opted out of profiling are left out.

    Parameters
    ----------
    opted_out : of each known line, shape (n_lines,)
    """
    rows, left_out = choose_candidates(outcomes, as_of, open_days, opted_out)
    log_rows("candidates", len(rows.position), left_out)
    return rows


def choose_candidates(
    outcomes: Outcomes, as_of: date, open_days: int, opted_out: npt.NDArray[np.bool_]
) -> tuple[Rows, dict[str, int]]:
    """Choose as ``candidate_rows``; also count the waiting lines that are left out, by reason."""
    today = day_number(as_of)
    waiting = (outcomes.shipped_on >= today) & (outcomes.cancelled_on >= today) & (outcomes.returned_on >= today)
    recent = (outcomes.ordered_on < today) & (outcomes.ordered_on >= today - open_days)
    chosen = np.flatnonzero(waiting & recent & ~opted_out)
    old, refused = waiting & ~recent, waiting & recent & opted_out
    left_out = {
        f"waiting for more than {open_days} days": int(old.sum()),
        "of customers who opted out": int(refused.sum()),
    }
    return Rows(chosen, np.full(len(chosen), today, dtype=np.int32)), left_out


def log_rows(kind: str, rows: int, left_out: dict[str, int]) -> None:
    """Log how many rows were chosen and how many lines were left out, by reason."""
    _logger.info(
        "%s: %d; left out: %s", kind, rows, ", ".join(f"{count} {reason}" for reason, count in left_out.items())
    )


def opted_out_lines(lines: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> npt.NDArray[np.bool_]:
    """Mark the lines of customers who opted out of profiling, shape (n_lines,)."""
    customers = tables.get("customers")
    if customers is None or "opted_out" not in customers:
        return np.zeros(len(lines), dtype=bool)
    refused = customers.loc[customers["opted_out"].fillna(value=False), "customer_id"]
    return lines["customer_id"].isin(refused).to_numpy()


def count_opt_outs(tables: dict[str, pd.DataFrame]) -> dict[str, int]:
    """Count the customers who are not scored: those who ``opted_out``, and those with a ``quarantined`` row.

    Parameters
    ----------
    tables : validated contract tables
    """
    customers = tables.get("customers", pd.DataFrame())
    if "quarantined" not in customers:
        return {"opted_out": 0, "quarantined": 0}
    away = int(customers["quarantined"].sum())
    return {"opted_out": int(customers["opted_out"].fillna(value=False).sum()) - away, "quarantined": away}


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
    """Refuse labels from which nothing can be learnt.

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
    """Refuse to export nothing in place of what is there.

    Raises
    ------
    NoCandidatesError
        No line is open.
    """
    if candidates.empty:
        raise NoCandidatesError(
            f"candidates: no order line is open at the as-of {as_of}. Check whether the extract is complete (orders "
            "that have not shipped), and as_of and featurize.open_days in params.yaml; the former export stays."
        )
