"""Until when a line has to leave the warehouse."""

import pandas as pd

from returns_risk.config.policy import Policy

__all__ = ["add_ship_by"]


def add_ship_by(lines: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Add ``ship_by`` (UTC): the promised delivery less the days that a parcel travels; missing without a promise.

    Parameters
    ----------
    lines : ``promised_at`` (UTC) and ``market`` where the source has them
    """
    if "promised_at" not in lines:
        return lines
    market = lines["market"].astype(object) if "market" in lines else pd.Series(None, index=lines.index, dtype=object)
    days = {name: policy.transit_days_to(name) for name in market.unique() if isinstance(name, str)}
    travel = pd.to_timedelta(market.map(days).fillna(policy.transit_days_to(None)).astype("int64"), unit="D")
    return lines.assign(ship_by=lines["promised_at"] - travel)
