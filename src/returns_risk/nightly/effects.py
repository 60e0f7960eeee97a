"""What the interventions did: lines treated and lines left alone, once both are final."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import day_number
from returns_risk.contract.schema import CONTRACT
from returns_risk.decision import Estimate, estimate_effect
from returns_risk.errors import LedgerError, ParamsError
from returns_risk.ledger import Ledger
from returns_risk.nightly.ledger_rows import policy_of
from returns_risk.nightly.workspace import NIGHTS
from returns_risk.snapshot import Shop, Snapshot

__all__ = ["Measured", "find_tables", "latest_tables", "measure_effects"]

_OF_THE_CHAIN = Path("data/validated")


@dataclass(frozen=True)
class Measured:
    """What is known of an intervention by now."""

    intervention: str
    waiting: int
    """Planned lines whose return window is still open, or that no extract knows any more."""
    returned: Estimate | None
    """Of the share that came back; None where no stratum has final lines of both arms."""
    cancelled: Estimate | None
    """Of the share cancelled before it shipped: below 0 where the contact costs sales."""


def latest_tables(source: str) -> tuple[date, Path]:
    """Return the latest night that has validated tables, and where they are.

    Raises
    ------
    LedgerError
        There is none.
    """
    found = _nights(source)
    if not found:
        raise LedgerError(
            f"{NIGHTS / source}: no night has left its tables here. Run returns-risk nightly, or name them with "
            "--tables and --as-of."
        )
    return date.fromisoformat(found[-1].parent.name.removeprefix("as_of=")), found[-1]


def find_tables(source: str) -> Path | None:
    """Return where tables are that were validated: the latest night's, else the chain's; None where there are none."""
    whole = [
        folder
        for folder in (_OF_THE_CHAIN, *_nights(source))
        if all((folder / f"{name}.parquet").exists() for name in CONTRACT)
    ]
    return whole[-1] if whole else None


def _nights(source: str) -> list[Path]:
    """List the validated tables of nights, the latest last; those of backfills are none of them."""
    return sorted((NIGHTS / source).glob("as_of=????-??-??/validated"))


def measure_effects(
    ledger: Ledger, source: str, tables: Path, as_of: date, policy: Policy, time_zone: str
) -> list[Measured]:
    """Compare treated lines with those left alone, by intention to treat: as they were drawn, whatever was done then.

    Parameters
    ----------
    tables : folder of validated contract tables, as known at ``as_of``
    policy : whose return windows say when a line is final

    Returns
    -------
    One for each intervention that was ever planned, by name.

    Raises
    ------
    LedgerError
        Nothing was planned yet, or the ledger cannot be read.
    """
    ledger.verify()
    holdouts = {run.number: policy_of(run).decision.holdout for run in ledger.entries("run", source)}
    planned = pd.DataFrame(ledger.planned(source, (as_of - timedelta(days=1)).isoformat()))
    if planned.empty:
        raise LedgerError(f"ledger: nothing was planned for {source} before {as_of}. Effects show after some nights.")
    # Arms are comparable where the same share was left alone.
    share = planned["run"].map(holdouts).map("{:.6g}".format)
    market = planned["market"].fillna("") if "market" in planned else ""
    final = _final_lines(Shop.read(tables, policy, time_zone).snapshot(as_of))
    # Lines of the ledger have a pseudonym, too, by the key of their night; those of the tables are all by one key.
    planned = planned.drop(columns="customer_id", errors="ignore").assign(stratum=share + "\n" + market)
    told = planned.merge(final, on="line_id", how="left", validate="many_to_one")
    return [_measure(str(name), lines) for name, lines in told.groupby("intervention")]


def _final_lines(snapshot: Snapshot) -> pd.DataFrame:
    """Return the lines nothing can happen to any more: ``line_id``, ``customer_id``, ``returned``, ``cancelled``."""
    outcomes, today = snapshot.outcomes, day_number(snapshot.as_of)
    cancelled = outcomes.cancelled_on < today
    returned = outcomes.returned_on <= outcomes.closes_on
    final = np.flatnonzero(cancelled | (outcomes.closes_on < today))
    told = snapshot.lines[["line_id", "customer_id"]].assign(returned=returned & ~cancelled, cancelled=cancelled)
    return told.iloc[final]


def _measure(name: str, lines: pd.DataFrame) -> Measured:
    final = lines[lines["customer_id"].notna()]
    returned, cancelled = (_estimate(final.assign(returned=final[of])) for of in ("returned", "cancelled"))
    return Measured(name, len(lines) - len(final), returned, cancelled)


def _estimate(lines: pd.DataFrame) -> Estimate | None:
    try:
        return estimate_effect(lines)
    except ParamsError:
        return None
