"""Leakage audit: features of past nights, computed again without anything that became known later."""

import logging
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.days import date_of, day_number
from returns_risk.errors import LeakageError
from returns_risk.features.feature_set import FeatureSet
from returns_risk.snapshot import Rows, Snapshot

__all__ = ["Audit", "Leak", "audit_features", "require_no_leakage"]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Leak:
    """A column whose value on a past night changed with later knowledge."""

    column: str
    rows: int
    """Of all nights together."""
    night: date
    """The first night on which it changed."""
    line_id: str
    """A line of that night."""
    then: str
    """Its value as of that night."""
    now: str
    """Its value for the same night, computed from all that is known today."""


@dataclass(frozen=True)
class Audit:
    """The result of a leakage audit."""

    nights: list[date]
    rows: int
    columns: int
    leaks: list[Leak]
    """In catalogue order; empty where nothing leaks."""


def audit_features(definitions: FeatureSet, now: Snapshot, nights: int, lines_per_night: int, seed: int) -> Audit:
    """Compute the features of lines of past nights twice, with and without later knowledge, and compare them.

    As a training row, a line has the features of the first night after its order, made from all that is known now. That
    night itself only knew what had happened and been recorded before. Both have to be the same, to the last bit; the
    nights and lines are a random sample. Each night sums up all that it knew, for however few lines.

    Parameters
    ----------
    definitions : those the source has the columns for (``drop_unavailable``)
    now : of all that is known
    nights, lines_per_night : size of the sample
    seed : of the sample
    """
    rng = np.random.default_rng(seed)
    next_day = now.outcomes.ordered_on + np.int32(1)
    days = np.unique(next_day[next_day < day_number(now.as_of)])
    chosen = np.sort(rng.choice(days, min(nights, len(days)), replace=False))
    dates = [day.date() for day in date_of(chosen).astype(object)]
    of_nights = [np.flatnonzero(next_day == day) for day in chosen]
    rows = [np.sort(rng.choice(lines, min(lines_per_night, len(lines)), replace=False)) for lines in of_nights]
    leaks: dict[str, Leak] = {}
    positions = np.concatenate([*rows, np.zeros(0, dtype=np.int64)])
    line_ids = now.lines["line_id"].to_numpy()
    features = now.features(Rows(positions, next_day[positions]), definitions).set_axis(pd.Index(line_ids[positions]))
    for night, sample in zip(dates, rows, strict=True):
        ids = line_ids[sample]
        then = _features_of_the_night(definitions, now.shop.snapshot(night), ids)
        _compare(leaks, night, then, features.loc[ids])
    order = {name: number for number, name in enumerate(features.columns)}
    return Audit(
        nights=dates,
        rows=len(positions),
        columns=len(features.columns),
        leaks=sorted(leaks.values(), key=lambda leak: order[leak.column]),
    )


def require_no_leakage(audit: Audit) -> None:
    """Log the size of the audit, or end the run.

    Raises
    ------
    LeakageError
        A column changed; the message names the first, a line and both values.
    """
    if audit.leaks:
        first = audit.leaks[0]
        more = f" (and {len(audit.leaks) - 1} more columns)" if len(audit.leaks) > 1 else ""
        raise LeakageError(
            f"features: {first.column} differs from what its night knew: {first.rows} of {audit.rows} rows changed, "
            f"e.g. line {first.line_id} of {first.night}: {first.then} then, {first.now} now{more}. See all with "
            "returns-risk features audit; switch the definition off in features/definitions/ until it is fixed."
        )
    nights = len(audit.nights)
    _logger.info("audit: %d columns of %d lines of %d nights, none changed", audit.columns, audit.rows, nights)


def _features_of_the_night(definitions: FeatureSet, night: Snapshot, ids: npt.NDArray[np.object_]) -> pd.DataFrame:
    """Return the features that the run of that night computed for its lines."""
    position = pd.Index(night.lines["line_id"]).get_indexer(pd.Index(ids)).astype(np.int64)
    rows = Rows(position, np.full(len(position), day_number(night.as_of), dtype=np.int32))
    return night.features(rows, definitions).set_axis(pd.Index(ids))


def _compare(leaks: dict[str, Leak], night: date, then: pd.DataFrame, now: pd.DataFrame) -> None:
    for name in now.columns:
        before, after = then[name], now[name]
        differ = np.flatnonzero(~((before == after) | (before.isna() & after.isna())).to_numpy(dtype=bool))
        if not len(differ):
            continue
        if name in leaks:
            leaks[name] = replace(leaks[name], rows=leaks[name].rows + len(differ))
        else:
            row = differ[0]
            line_id = str(now.index[row])
            leaks[name] = Leak(name, len(differ), night, line_id, str(before.iloc[row]), str(after.iloc[row]))
