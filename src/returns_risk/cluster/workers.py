"""Work of a worker: on its share of the order lines and their returns, and on its share of an entity's keys."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_numeric_dtype

from returns_risk.config.policy import Policy
from returns_risk.contract.days import NEVER, day_number
from returns_risk.features import FeatureSet
from returns_risk.features.baskets import basket_columns
from returns_risk.features.belief_definitions import BeliefsDefinition, belief_names
from returns_risk.features.beliefs import BeliefLines, compute_beliefs, line_bands
from returns_risk.features.build import line_features
from returns_risk.features.entities import RowFacts, entity_columns
from returns_risk.features.fit import compute_fit
from returns_risk.features.fit_definitions import FIT_NAMES, FitDefinition
from returns_risk.features.fit_lines import fit_lines, fit_outcomes, starting_values
from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.features.line_definitions import BasketDefinition
from returns_risk.features.program import translate
from returns_risk.history.event_encoding import DAY_AT
from returns_risk.history.events import build_events
from returns_risk.history.history import KeyHistory, line_sizes
from returns_risk.history.keys import KeyCodes
from returns_risk.history.sorts import sort_events, transpose
from returns_risk.history.updates import Updates, hash_ids, outcome_days, sort_updates
from returns_risk.snapshot import Rows, Shop, Snapshot
from returns_risk.snapshot.opt_outs import opted_out_lines
from returns_risk.snapshot.rows import choose_candidates, choose_training

__all__ = [
    "CANDIDATES", "CHOSEN", "FACTS", "ORDER", "ROW", "TRAINING", "ClusterPlan", "basket_lines", "columns_of_baskets",
    "columns_of_beliefs", "columns_of_entity", "columns_of_fit", "count_lines", "count_rows", "events_of_lines",
    "key_name", "lines_of_beliefs", "lines_of_fit", "rows_of_lines",
]  # fmt: skip

ROW = "number of row"
"""Twice the position of a line, plus 1 for a candidate: rows are in the order of the lines. Names with spaces are no
feature's."""
ORDER = "order_id"
FACTS = ["day ordered", "day of as-of", "quantity of row", "price of row", "size of row"]
"""Of each row, in the order of ``RowFacts``."""
_KNOWN, _DAY, _RETURNED, _HASH = "day known", "day of outcome", "was returned", "hash of line"
_OUTCOME, _WITH_REASONS = "what became of line", "returns give reasons"
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
    """Count ``lines``, those ``known`` at the as-of, and the ``first`` day of these (``NEVER`` if none)."""
    none = pd.DataFrame({"line_id": lines["line_id"].iloc[:0], "returned_at": lines["ordered_at"].iloc[:0]})
    returns = none.assign(quantity=pd.array([], dtype="Int64"))
    days = Shop({"order_lines": lines, "returns": returns}, policy, time_zone).snapshot(as_of).outcomes.ordered_on
    return pd.DataFrame({"first": [int(days.min(initial=NEVER))], "lines": [len(lines)], "known": [len(days)]})


def count_rows(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """Count the rows that ``rows_of_lines`` chooses and the lines it leaves out: ``kind``, ``reason``, ``lines``."""
    counts = [
        (kind, reason, count)
        for kind, rows, left_out in _choose(_snapshot(lines, returns, plan), plan)
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
    snapshot = _snapshot(lines, returns, plan)
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
    snapshot = _snapshot(lines, returns, plan)
    described, outcomes = snapshot.lines, snapshot.outcomes
    numbers = np.array([plan.reasons.index(reason) for reason in outcomes.reasons], dtype=np.int64)
    events = build_events(described, outcomes).before(day_number(plan.as_of)).renumber_reasons(numbers)
    keys = {name: key[events.line] for name, key in _keys(described, plan).items()}
    sums = {"word": events.word, "money": events.money, "size": line_sizes(described)[events.line]}
    return pd.DataFrame(sums | keys)


def basket_lines(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """Return the columns that baskets read: order, ``position``, ``day ordered`` and operands of each known line."""
    snapshot = _snapshot(lines, returns, plan)
    described, outcomes = snapshot.lines, snapshot.outcomes
    columns = [column for definition in plan.basket for column in definition.columns.values()]
    operands = {name for column in columns for name in column.operands}
    names = [name for name in described.columns if name in operands | {ORDER, "position"}]
    return described[names].assign(**{"day ordered": outcomes.ordered_on})


def lines_of_beliefs(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """Return what beliefs need of each known line, in narrow columns: hashes instead of text, and its outcome."""
    snapshot = _snapshot(lines, returns, plan)
    described, outcomes = snapshot.lines, snapshot.outcomes
    day, returned = outcome_days(outcomes)
    columns: dict[str, Any] = {
        "position": described["position"].to_numpy(),
        _KNOWN: outcomes.ordered_on,
        _DAY: day,
        _RETURNED: returned,
        _HASH: hash_ids(described["line_id"].to_numpy(dtype=object)),
    }
    zones = plan.policy.time_zones
    for definition in plan.beliefs:
        for name, band in line_bands(definition, described, plan.time_zone, zones).items():
            columns[f"{name} of {definition.entity}"] = band
    keys = KeyCodes(described)
    for name in sorted({part for definition in plan.beliefs for part in definition.columns}):
        columns[name] = described[name] if is_numeric_dtype(described[name]) else _hash_column(keys, name)
    return pd.DataFrame(columns)


def columns_of_beliefs(table: pd.DataFrame, rows: pd.DataFrame, definitions: list[BeliefsDefinition]) -> pd.DataFrame:
    """Compute the columns of beliefs by the same filter as in a single process.

    Parameters
    ----------
    table : all lines, as ``lines_of_beliefs`` gives them, in any order
    rows : ``ROW`` and ``day of as-of`` of all rows
    """
    table = table.sort_values("position").reset_index(drop=True)
    position = np.searchsorted(table["position"].to_numpy(), rows[ROW].to_numpy() // 2)
    chosen = np.flatnonzero(table[_DAY].to_numpy() < NEVER)
    hashes = table[_HASH].to_numpy()[chosen]
    days = table[_DAY].to_numpy()
    line = chosen[sort_updates(days[chosen], hashes, chosen)].astype(np.int32)
    updates = Updates(line, days[line], table[_RETURNED].to_numpy()[line])
    keys, columns = KeyCodes(table), {ROW: rows[ROW].to_numpy()}
    for definition in definitions:
        alone = [name for name, band in definition.bands.items() if f"{name} of {definition.entity}" in table]
        bands = {name: table[f"{name} of {definition.entity}"].to_numpy() for name in alone}
        lines = BeliefLines(table, keys, table[_KNOWN].to_numpy(), bands, updates)
        block = compute_beliefs(definition, lines, Rows(position, rows["day of as-of"].to_numpy()))
        columns |= dict(zip(belief_names(definition), transpose(block), strict=True))
    return pd.DataFrame(columns)


def lines_of_fit(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """Return what sizes and fit need of each known line, in narrow columns: hashes instead of most texts."""
    snapshot, definition = _snapshot(lines, returns, plan), plan.fit[0]
    described, keys = snapshot.lines, KeyCodes(snapshot.lines)
    day, outcome = fit_outcomes(definition, snapshot.outcomes)
    columns: dict[str, Any] = {
        "position": described["position"].to_numpy(),
        _KNOWN: snapshot.outcomes.ordered_on,
        _DAY: day,
        _OUTCOME: outcome,
        _WITH_REASONS: np.full(len(described), snapshot.outcomes.return_reason is not None),
        _HASH: hash_ids(described["line_id"].to_numpy(dtype=object)),
    }
    for name in sorted({*definition.columns, *({"category"} & set(described))}):
        # Sizes and categories say which system they are of.
        is_plain = name in ("size", "category") or is_numeric_dtype(described[name])
        columns[name] = described[name] if is_plain else _hash_column(keys, name)
    return pd.DataFrame(columns)


def columns_of_fit(table: pd.DataFrame, rows: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """Compute the columns of sizes and fit by the same filter as in a single process.

    Parameters
    ----------
    table : all lines, as ``lines_of_fit`` gives them, in any order
    rows : ``ROW`` and ``day of as-of`` of all rows
    """
    table = table.sort_values("position").reset_index(drop=True)
    position = np.searchsorted(table["position"].to_numpy(), rows[ROW].to_numpy() // 2)
    definition, products = plan.fit[0], plan.products
    assert products is not None  # noqa: S101 - without products there are no sizes, and the definition is left out
    values = starting_values(definition, products)
    outcomes = (table[_KNOWN].to_numpy(), table[_DAY].to_numpy(), table[_OUTCOME].to_numpy())
    lines = fit_lines(
        definition, table, KeyCodes(table), values.systems, outcomes, table[_HASH].to_numpy(),
        with_reasons=bool(table[_WITH_REASONS].all()),
    )  # fmt: skip
    block = compute_fit(values, lines, Rows(position, rows["day of as-of"].to_numpy()))
    return pd.DataFrame({ROW: rows[ROW].to_numpy()} | dict(zip(FIT_NAMES, transpose(block), strict=True)))


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


def _hash_column(keys: KeyCodes, name: str) -> pd.Series:
    """Return the hash of each value of a column, missing where the value is."""
    codes = keys.codes([name])
    hashes = np.append(keys.hashes([name], codes), np.uint64(0))[codes]
    return pd.Series(hashes).astype("UInt64").mask(codes < 0)


def _snapshot(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> Snapshot:
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
