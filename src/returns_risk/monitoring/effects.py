"""The effects of the interventions: treated lines compared with their control group, once both are final."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import day_number
from returns_risk.contract.parquet import read_tables
from returns_risk.decision import Estimate, estimate_effect
from returns_risk.errors import LedgerError, ParamsError
from returns_risk.history import find_outcomes
from returns_risk.ledger import Ledger, recorded_policy
from returns_risk.snapshot.lines import join_attributes

__all__ = ["MeasuredEffect", "measure_effects"]


@dataclass(frozen=True)
class MeasuredEffect:
    """The effect of an intervention as measured so far."""

    intervention: str
    waiting: int
    """Planned lines whose return window is still open, or that the extract no longer has."""
    returned: Estimate | None
    """Of the share returned; None where no stratum has final lines of both arms."""
    cancelled: Estimate | None
    """Of the share cancelled before shipment: below 0 where the contact costs sales."""


def measure_effects(
    ledger: Ledger, source: str, tables: Path, as_of: date, policy: Policy, time_zone: str
) -> list[MeasuredEffect]:
    """Compare treated lines with their control group by intention to treat: by the arm that was drawn.

    Parameters
    ----------
    tables : folder of validated contract tables, as known at ``as_of``
    policy : its return windows determine when a line is final

    Returns
    -------
    A measurement for each intervention that was ever planned, in alphabetical order.

    Raises
    ------
    LedgerError
        Nothing was planned yet, or the ledger cannot be read.
    """
    ledger.verify()
    holdouts = {run.number: recorded_policy(run).decision.holdout for run in ledger.entries("run", source)}
    planned = pd.DataFrame(ledger.planned_lines(source, (as_of - timedelta(days=1)).isoformat()))
    if planned.empty:
        raise LedgerError(f"ledger: nothing was planned for {source} before {as_of}. Effects show after some nights.")
    # Arms are comparable only between lines with the same share held out.
    share = planned["run"].map(holdouts).map("{:.6g}".format)
    market = planned["market"].fillna("") if "market" in planned else ""
    final = _final_lines(read_tables(tables), as_of, policy, time_zone)
    # The ledger's pseudonyms are by the key of their night; those of the tables are all by the same key.
    planned = planned.drop(columns="customer_id", errors="ignore").assign(stratum=share + "\n" + market)
    lines = planned.merge(final, on="line_id", how="left", validate="many_to_one")
    return [_measure(str(name), of_intervention) for name, of_intervention in lines.groupby("intervention")]


def _final_lines(tables: dict[str, pd.DataFrame], as_of: date, policy: Policy, time_zone: str) -> pd.DataFrame:
    """Return the lines whose outcome is final: ``line_id``, ``customer_id``, ``returned``, ``cancelled``."""
    lines = join_attributes(tables)
    outcomes = find_outcomes(lines, tables["returns"], policy, time_zone)
    cancelled = outcomes.cancelled_on < day_number(as_of)
    returned = outcomes.returned_on <= outcomes.closes_on
    final = np.flatnonzero(cancelled | (outcomes.closes_on < day_number(as_of)))
    return lines[["line_id", "customer_id"]].assign(returned=returned & ~cancelled, cancelled=cancelled).iloc[final]


def _measure(name: str, lines: pd.DataFrame) -> MeasuredEffect:
    final = lines[lines["customer_id"].notna()]
    returned, cancelled = (_estimate(final.assign(returned=final[outcome])) for outcome in ("returned", "cancelled"))
    return MeasuredEffect(name, len(lines) - len(final), returned, cancelled)


def _estimate(lines: pd.DataFrame) -> Estimate | None:
    try:
        return estimate_effect(lines)
    except ParamsError:
        return None
