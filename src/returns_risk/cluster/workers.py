"""Work of a worker: on its share of the order lines and their returns, and on its share of an entity's keys."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import NEVER, day_number
from returns_risk.features import FeatureSet
from returns_risk.features.baskets import basket_columns
from returns_risk.features.belief_definitions import BeliefsDefinition
from returns_risk.features.build import line_features
from returns_risk.features.entities import RowFacts, entity_columns
from returns_risk.features.fit_definitions import FitDefinition
from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.features.line_definitions import BasketDefinition
from returns_risk.features.program import translate
from returns_risk.history.event_encoding import DAY_AT
from returns_risk.history.events import build_events
from returns_risk.history.history import KeyHistory, line_sizes
from returns_risk.history.keys import KeyCodes
from returns_risk.history.sorts import sort_events
from returns_risk.snapshot import Rows, Shop, Snapshot
from returns_risk.snapshot.opt_outs import opted_out_lines
from returns_risk.snapshot.rows import choose_candidates, choose_training

__all__ = [
    "CANDIDATES", "CHOSEN", "FACTS", "ORDER", "ROW", "TRAINING", "ClusterPlan", "basket_lines", "columns_of_baskets",
    "columns_of_entity", "count_lines", "count_rows", "events_of_lines", "key_name", "rows_of_lines", "share_snapshot",
]  # fmt: skip

ROW = "number of row"
"""Twice the position of a line, plus 1 for a candidate: rows are in the order of the lines. Names with spaces are no
feature's."""
ORDER = "order_id"
FACTS = ["day ordered", "day of as-of", "quantity of row", "price of row", "size of row"]
"""Of each row, in the order of ``RowFacts``."""
TRAINING, CANDIDATES, CHOSEN = "training rows", "candidates", "chosen"


@dataclass(frozen=True)
class ClusterPlan:
    """Settings and small tables that all workers get."""

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
        definitions = self.definitions.definitions
        return [basket for basket in definitions if isinstance(basket, BasketDefinition) and basket.columns]

    @property
    def beliefs(self) -> list[BeliefsDefinition]:
        """The definitions of beliefs."""
        return [beliefs for beliefs in self.definitions.definitions if isinstance(beliefs, BeliefsDefinition)]

    @property
    def fit(self) -> list[FitDefinition]:
        """The definition of sizes and fit, if there is one."""
        return [fit for fit in self.definitions.definitions if isinstance(fit, FitDefinition)]


def key_name(entity: str) -> str:
    """Return the name of the column that holds an entity's key."""
    return f"key of {entity}"


def count_lines(lines: pd.DataFrame, time_zone: str, as_of: date, policy: Policy) -> pd.DataFrame:
    """Count the ``lines`` of each ``day``: that of the order, or ``NEVER`` for those not known at the as-of."""
    none = pd.DataFrame({"line_id": lines["line_id"].iloc[:0], "returned_at": lines["ordered_at"].iloc[:0]})
    returns = none.assign(quantity=pd.array([], dtype="Int64"))
    days = Shop({"order_lines": lines, "returns": returns}, policy, time_zone).snapshot(as_of).outcomes.ordered_on
    known, counts = np.unique(days, return_counts=True)
    return pd.DataFrame({"day": [*known, NEVER], "lines": [*counts, len(lines) - len(days)]}, dtype=np.int64)


def count_rows(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """Count the rows that ``rows_of_lines`` chooses and the lines it leaves out: ``kind``, ``reason``, ``lines``."""
    counts = [
        (kind, reason, count)
        for kind, rows, left_out in _choose(share_snapshot(lines, returns, plan), plan)
        for reason, count in {CHOSEN: len(rows), **left_out}.items()
    ]
    return pd.DataFrame(counts, columns=["kind", "reason", "lines"])


def rows_of_lines(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """Choose training rows and candidates, with the columns that rest on a line alone.

    Returns
    -------
    DataFrame with ``ROW``, ``is candidate``, the facts that columns are computed from, the keys of all entities, ids
    and labels, and the features that rest on a line alone.
    """
    snapshot = share_snapshot(lines, returns, plan)
    described, outcomes = snapshot.lines, snapshot.outcomes
    (_, training, _), (_, candidates, _) = _choose(snapshot, plan)
    rows = Rows(
        np.concatenate([training.position, candidates.position]), np.concatenate([training.as_of, candidates.as_of])
    )
    is_candidate = np.arange(len(rows)) >= len(training)
    row_lines = described.iloc[rows.position]
    facts = {
        ROW: row_lines["position"].to_numpy() * 2 + is_candidate,
        "is candidate": is_candidate,
        "day of as-of": rows.as_of,
        "day ordered": outcomes.ordered_on[rows.position],
        "quantity of row": row_lines["quantity"].to_numpy(dtype=np.float64),
        "price of row": row_lines["unit_price"].to_numpy(dtype=np.float64),
        "size of row": line_sizes(described)[rows.position],
    }
    keys = {name: key[rows.position] for name, key in _keys(described, plan).items()}
    alone = line_features(plan.definitions.definitions, snapshot, rows)
    return pd.concat([pd.DataFrame(facts | keys), snapshot.labels(rows), pd.DataFrame(alone)], axis=1)


def events_of_lines(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """List the events before the as-of: ``word``, ``money``, ``size`` and the keys of all entities."""
    snapshot = share_snapshot(lines, returns, plan)
    described, outcomes = snapshot.lines, snapshot.outcomes
    numbers = np.array([plan.reasons.index(reason) for reason in outcomes.reasons], dtype=np.int64)
    events = build_events(described, outcomes).before(day_number(plan.as_of)).renumber_reasons(numbers)
    keys = {name: key[events.line] for name, key in _keys(described, plan).items()}
    sums = {"word": events.word, "money": events.money, "size": line_sizes(described)[events.line]}
    return pd.DataFrame(sums | keys)


def basket_lines(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """Return the columns that baskets read: order, ``position``, ``day ordered`` and operands of each known line."""
    snapshot = share_snapshot(lines, returns, plan)
    described, outcomes = snapshot.lines, snapshot.outcomes
    columns = [column for definition in plan.basket for column in definition.columns.values()]
    operands = {name for column in columns for name in column.operands}
    names = [name for name in described.columns if name in operands | {ORDER, "position"}]
    return described[names].assign(**{"day ordered": outcomes.ordered_on})


def columns_of_entity(
    events: pd.DataFrame, rows: pd.DataFrame, definition: HistoryDefinition, reasons: tuple[str, ...]
) -> pd.DataFrame:
    """Compute the columns of an entity by the same sweep as in a single process.

    Parameters
    ----------
    events : ``key``, ``word``, ``money``, ``size``
    rows : ``ROW``, ``key`` and the facts of the rows; all rows and all events of a key are in one share

    Returns
    -------
    DataFrame with ``ROW`` and the columns, float32.
    """
    program = translate(definition, reasons)
    by_day = events.iloc[np.argsort(events["word"].to_numpy() >> DAY_AT, kind="stable")]
    keys, codes = np.unique(rows["key"].to_numpy(), return_inverse=True)
    nearest = np.minimum(np.searchsorted(keys, by_day["key"].to_numpy()), max(len(keys) - 1, 0))
    known = keys[nearest] == by_day["key"].to_numpy() if len(keys) else np.zeros(len(by_day), dtype=bool)
    history = KeyHistory(
        *sort_events(
            np.where(known, nearest, -1).astype(np.int32),
            np.arange(len(by_day), dtype=np.int32),
            by_day["word"].to_numpy(),
            by_day["money"].to_numpy() if program.with_money else np.zeros(0, dtype=np.int64),
            by_day["size"].to_numpy() if definition.kept_size else np.zeros(0, dtype=np.int32),
            len(keys),
        )
    )
    of_rows = np.where(rows["key"].to_numpy() == 0, -1, codes).astype(np.int32)
    facts = RowFacts(*(rows[name].to_numpy() for name in FACTS))
    above = {str(name): rows[name].to_numpy() for name in rows.columns}
    block = entity_columns(definition, program, history, of_rows, facts, above)
    return pd.DataFrame(block, columns=[column.name for column in program.columns]).assign(
        **{ROW: rows[ROW].to_numpy()}
    )


def columns_of_baskets(lines: pd.DataFrame, rows: pd.DataFrame, definitions: list[BasketDefinition]) -> pd.DataFrame:
    """Compute the columns of the baskets.

    Parameters
    ----------
    lines : as ``basket_lines`` gives them, in any order
    rows : ``ROW``, ``ORDER``, ``day of as-of``; all rows and lines of an order are in one share
    """
    lines = lines.sort_values("position").reset_index(drop=True)
    position = np.searchsorted(lines["position"].to_numpy(), rows[ROW].to_numpy() // 2)
    columns = {ROW: rows[ROW].to_numpy()}
    keys, ordered_on, as_of = KeyCodes(lines), lines["day ordered"].to_numpy(), rows["day of as-of"].to_numpy()
    for definition in definitions:
        columns |= basket_columns(definition.columns, lines, keys, ordered_on, position, as_of)
    return pd.DataFrame(columns)


def share_snapshot(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> Snapshot:
    """Return the snapshot of a share of the lines."""
    tables = {"order_lines": lines, "returns": returns, "products": plan.products, "customers": plan.customers}
    present = {name: table for name, table in tables.items() if table is not None}
    return Shop(present, plan.policy, plan.time_zone).snapshot(plan.as_of)


def _choose(snapshot: Snapshot, plan: ClusterPlan) -> list[tuple[str, Rows, dict[str, int]]]:
    outcomes, opted_out = snapshot.outcomes, opted_out_lines(snapshot.lines, snapshot.tables)
    return [
        (TRAINING, *choose_training(outcomes, plan.as_of, plan.first)),
        (CANDIDATES, *choose_candidates(outcomes, plan.as_of, plan.open_days, opted_out)),
    ]


def _keys(described: pd.DataFrame, plan: ClusterPlan) -> dict[str, npt.NDArray[np.uint64]]:
    """Return each line's key of each entity, 0 for none."""
    codes_of, keys = KeyCodes(described), {}
    for definition in plan.definitions.history:
        codes = codes_of.codes(list(definition.key))
        # No hash is 0 once its last bit is set.
        hashes = codes_of.hashes(list(definition.key), codes) | np.uint64(1)
        keys[key_name(definition.entity)] = np.append(hashes, np.uint64(0))[codes]
    return keys
