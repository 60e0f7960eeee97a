"""What a worker makes of its share of the order lines and of their returns."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import NEVER, day_number
from returns_risk.features import FeatureSet
from returns_risk.features.build import line_features
from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.features.line_definitions import BasketDefinition
from returns_risk.history.events import build_events
from returns_risk.history.history import line_sizes
from returns_risk.history.keys import KeyCodes
from returns_risk.snapshot import Rows, Shop, Snapshot
from returns_risk.snapshot.opt_outs import opted_out_lines
from returns_risk.snapshot.rows import choose_candidates, choose_training

__all__ = [
    "CANDIDATES",
    "CHOSEN",
    "ORDER",
    "ROW",
    "TRAINING",
    "ClusterPlan",
    "basket_lines",
    "count_lines",
    "count_rows",
    "events_of_lines",
    "key_name",
    "rows_of_lines",
]

ROW = "number of row"
"""Twice the position of a line, and one more for the row it is tonight: rows in the order of the lines. Facts have
names with spaces, which no feature has."""
ORDER = "order_id"
TRAINING, CANDIDATES, CHOSEN = "training rows", "candidates", "chosen"


@dataclass(frozen=True)
class ClusterPlan:
    """What all workers know."""

    definitions: FeatureSet
    policy: Policy
    time_zone: str
    as_of: date
    first: int
    """Day from which on lines are learnt from."""
    open_days: int
    reasons: tuple[str, ...]
    """Of all returns, by their numbers."""
    products: pd.DataFrame | None
    customers: pd.DataFrame | None

    @property
    def basket(self) -> list[BasketDefinition]:
        """The definitions that look at the other lines of an order."""
        return [one for one in self.definitions.definitions if isinstance(one, BasketDefinition) and one.columns]


def key_name(entity: str) -> str:
    """Return the name of the column that holds an entity's key."""
    return f"key of {entity}"


def count_lines(lines: pd.DataFrame, time_zone: str, as_of: date, policy: Policy) -> pd.DataFrame:
    """Count ``lines``, those ``known`` at the as-of, and the ``first`` day of these (``NEVER`` if none)."""
    none = pd.DataFrame({"line_id": lines["line_id"].iloc[:0], "returned_at": lines["ordered_at"].iloc[:0]})
    returns = none.assign(quantity=pd.array([], dtype="Int64"))
    days = Shop({"order_lines": lines, "returns": returns}, policy, time_zone).snapshot(as_of).outcomes.ordered_on
    return pd.DataFrame({"first": [int(days.min(initial=NEVER))], "lines": [len(lines)], "known": [len(days)]})


def count_rows(lines: pd.DataFrame, returns: pd.DataFrame, shop: ClusterPlan) -> pd.DataFrame:
    """Count the rows that ``rows_of_lines`` chooses and the lines it leaves out: ``kind``, ``reason``, ``lines``."""
    counts = [
        (kind, reason, count)
        for kind, rows, left_out in _choose(_snapshot(lines, returns, shop), shop)
        for reason, count in {CHOSEN: len(rows.position), **left_out}.items()
    ]
    return pd.DataFrame(counts, columns=["kind", "reason", "lines"])


def rows_of_lines(lines: pd.DataFrame, returns: pd.DataFrame, shop: ClusterPlan) -> pd.DataFrame:
    """Choose the rows to learn from and tonight's candidates, with all that the lines say of themselves.

    Returns
    -------
    DataFrame with ``ROW``, ``is tonight``, the facts that columns are computed from, the keys of all entities, ids and
    labels, and the features that rest on a line alone.
    """
    snapshot = _snapshot(lines, returns, shop)
    described, outcomes = snapshot.lines, snapshot.outcomes
    (_, learnt, _), (_, tonight, _) = _choose(snapshot, shop)
    rows = Rows(np.concatenate([learnt.position, tonight.position]), np.concatenate([learnt.as_of, tonight.as_of]))
    is_tonight = np.arange(len(rows.position)) >= len(learnt.position)
    own = described.iloc[rows.position]
    facts = {
        ROW: own["position"].to_numpy() * 2 + is_tonight,
        "is tonight": is_tonight,
        "day of as-of": rows.as_of,
        "day ordered": outcomes.ordered_on[rows.position],
        "quantity of row": own["quantity"].to_numpy(dtype=np.float64),
        "price of row": own["unit_price"].to_numpy(dtype=np.float64),
        "size of row": line_sizes(described)[rows.position],
    }
    keys = {name: key[rows.position] for name, key in _keys(described, shop).items()}
    alone = line_features(shop.definitions.definitions, snapshot, rows)
    return pd.concat([pd.DataFrame(facts | keys), snapshot.labels(rows), pd.DataFrame(alone)], axis=1)


def events_of_lines(lines: pd.DataFrame, returns: pd.DataFrame, shop: ClusterPlan) -> pd.DataFrame:
    """List the events before the as-of: ``word``, ``money``, ``size`` and the keys of all entities."""
    snapshot = _snapshot(lines, returns, shop)
    described, outcomes = snapshot.lines, snapshot.outcomes
    numbers = np.array([shop.reasons.index(reason) for reason in outcomes.reasons], dtype=np.int64)
    events = build_events(described, outcomes).before(day_number(shop.as_of)).renumber_reasons(numbers)
    keys = {name: key[events.line] for name, key in _keys(described, shop).items()}
    sums = {"word": events.word, "money": events.money, "size": line_sizes(described)[events.line]}
    return pd.DataFrame(sums | keys)


def basket_lines(lines: pd.DataFrame, returns: pd.DataFrame, shop: ClusterPlan) -> pd.DataFrame:
    """Return what baskets read of each known line: its order, ``position``, ``day ordered`` and the operands."""
    snapshot = _snapshot(lines, returns, shop)
    described, outcomes = snapshot.lines, snapshot.outcomes
    operands = {name for one in shop.basket for column in one.columns.values() for name in column.operands}
    columns = [name for name in described.columns if name in operands | {ORDER, "position"}]
    return described[columns].assign(**{"day ordered": outcomes.ordered_on})


def _snapshot(lines: pd.DataFrame, returns: pd.DataFrame, shop: ClusterPlan) -> Snapshot:
    tables = {"order_lines": lines, "returns": returns, "products": shop.products, "customers": shop.customers}
    there = {name: table for name, table in tables.items() if table is not None}
    return Shop(there, shop.policy, shop.time_zone).snapshot(shop.as_of)


def _choose(snapshot: Snapshot, shop: ClusterPlan) -> list[tuple[str, Rows, dict[str, int]]]:
    outcomes, opted_out = snapshot.outcomes, opted_out_lines(snapshot.lines, snapshot.tables)
    return [
        (TRAINING, *choose_training(outcomes, shop.as_of, shop.first)),
        (CANDIDATES, *choose_candidates(outcomes, shop.as_of, shop.open_days, opted_out)),
    ]


def _keys(described: pd.DataFrame, shop: ClusterPlan) -> dict[str, npt.NDArray[np.uint64]]:
    """Return each line's key of each entity, 0 for none."""
    keys, found = KeyCodes(described), {}
    for one in shop.definitions.definitions:
        if isinstance(one, HistoryDefinition):
            codes = keys.codes(list(one.key))
            # No hash is 0 once its last bit is set.
            hashes = keys.hashes(list(one.key), codes) | np.uint64(1)
            found[key_name(one.entity)] = np.append(hashes, np.uint64(0))[codes]
    return found
