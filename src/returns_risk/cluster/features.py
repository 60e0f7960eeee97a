"""Features on a cluster: lines by line, events and rows by the hash of each entity's key, and back to the lines' order.

The driver plans and puts the files together; lines, events, rows and columns stay with the workers.
"""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from returns_risk.cluster import filters, workers
from returns_risk.cluster.client import connected, explain_failures
from returns_risk.cluster.parts import join_parts, read_row_groups, write_candidates, write_part
from returns_risk.config.params import Params
from returns_risk.config.policy import Policy
from returns_risk.contract.days import NEVER
from returns_risk.contract.parquet import read_frame
from returns_risk.features import FeatureSet, write_feature_tables
from returns_risk.features.history_columns import history_columns, share_name, share_sources
from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.history.outcomes import require_few_reasons
from returns_risk.io.files import atomic_file
from returns_risk.snapshot import Snapshot
from returns_risk.snapshot.rows import first_day_of, log_rows, require_training

if TYPE_CHECKING:
    import dask.dataframe as dd
    from distributed import Client

__all__ = ["featurize", "featurize_on_cluster"]


def featurize(folder: Path, feature_set: FeatureSet, snapshot: Snapshot, validated: Path, params: Params) -> None:
    """Write ``training.parquet`` and ``candidates.parquet``: in this process, or on the cluster of ``params``.

    Parameters
    ----------
    feature_set : without features the source lacks the columns for (``drop_unavailable``)
    snapshot : of the tables, at the as-of of ``params``
    validated : folder where workers read the same tables; each leaves out rows that were not known at the as-of

    Raises
    ------
    LabelError
        No line is matured.
    ClusterError
        ``cluster.address`` names a cluster that cannot be used.
    """
    with connected(params.cluster) as client:
        if client is None:
            write_feature_tables(folder, feature_set, snapshot, params.featurize)
        else:
            featurize_on_cluster(client, validated, folder, feature_set, snapshot.policy, params)


def featurize_on_cluster(
    client: "Client", validated: Path, features: Path, definitions: FeatureSet, policy: Policy, params: Params
) -> None:
    """Write ``training.parquet`` and ``candidates.parquet`` as one process would, to the byte.

    Every line meets its returns by ``line_id``; events and rows meet by the hash of an entity's key, where the sweep of
    one process gives the columns, entity after entity, parents first; these go back to their rows by position. All
    moves are Dask's own shuffles. A worker holds shares of the size of lines / ``cluster.partitions``.

    Parameters
    ----------
    validated, features : folders that the workers see in the same place

    Raises
    ------
    LabelError, ClusterError
        As ``featurize``; or a worker was lost, or cannot see the folders.
    """
    names = definitions.names
    with (
        explain_failures(params.cluster, "the features"),
        atomic_file(features / "training.parquet") as aside,
        tempfile.TemporaryDirectory(dir=features, prefix=".training-") as folder,
    ):
        table = _plan(client, validated, definitions, policy, params)
        meta = write_part(table._meta, Path(folder), names)
        candidates = table.map_partitions(write_part, Path(folder).resolve(), names, meta=meta).compute()
        join_parts(sorted(Path(folder).iterdir()), aside)
    with atomic_file(features / "candidates.parquet") as aside:
        write_candidates(candidates, aside)


def _plan(client: "Client", validated: Path, definitions: FeatureSet, policy: Policy, params: Params) -> "dd.DataFrame":
    """Return the rows with all their columns, in the order of the lines."""
    parts = params.cluster.partitions
    lines, returns = (read_row_groups(validated / f"{name}.parquet") for name in ("order_lines", "returns"))
    plan, count, known = _describe(lines, returns, validated, definitions, policy, params)
    lines, returns = (table.shuffle("line_id", npartitions=parts) for table in (lines, returns))
    of_lines = partial(_of_lines, client, lines, returns, plan)
    counts = of_lines(workers.count_rows).compute().groupby(["kind", "reason"], sort=False)["lines"].sum()
    training, candidates = counts[workers.TRAINING].to_dict(), counts[workers.CANDIDATES].to_dict()
    require_training(training.pop(workers.CHOSEN), training, known, params.featurize.warm_up_days)
    log_rows(workers.CANDIDATES, candidates.pop(workers.CHOSEN), candidates)
    divisions = [int(row) for row in np.linspace(0, 2 * count, parts + 1)]
    events = of_lines(workers.events_of_lines).persist()
    table = of_lines(workers.rows_of_lines).set_index(workers.ROW, divisions=divisions)
    by_entity = {definition.entity: definition for definition in definitions.history}
    for definition in definitions.history:
        key, above = workers.key_name(definition.entity), _above(definition, by_entity)
        rows = _rows(table, key, [*above]).rename(columns={key: "key"} | above)
        key_events = events[[key, "word", "money", "size"]].rename(columns={key: "key"})
        columns = _join_shares(workers.columns_of_entity, key_events, rows, "key", definition, plan.reasons)
        table = table.join(columns.set_index(workers.ROW, divisions=divisions))
    if plan.basket:
        lines, rows = of_lines(workers.basket_lines), _rows(table, workers.ORDER, [])
        columns = _join_shares(workers.columns_of_baskets, lines, rows, workers.ORDER, plan.basket)
        table = table.join(columns.set_index(workers.ROW, divisions=divisions))
    if plan.beliefs:
        lines, rows = of_lines(filters.lines_of_beliefs), _rows(table, "as_of", [])
        columns = _in_one_task(filters.columns_of_beliefs, lines, rows, plan.beliefs)
        table = table.join(columns.set_index(workers.ROW, divisions=divisions))
    if plan.fit:
        columns = _in_one_task(filters.columns_of_fit, of_lines(filters.lines_of_fit), _rows(table, "as_of", []), plan)
        table = table.join(columns.set_index(workers.ROW, divisions=divisions))
    return table


def _describe(
    lines: "dd.DataFrame",
    returns: "dd.DataFrame",
    validated: Path,
    definitions: FeatureSet,
    policy: Policy,
    params: Params,
) -> tuple[workers.ClusterPlan, int, int]:
    """Return the plan for all workers, the number of lines, and the number of lines known at the as-of."""
    zone, as_of = params.source.time_zone, params.as_of
    meta = workers.count_lines(lines._meta, zone, as_of, policy)
    counts = lines.map_partitions(workers.count_lines, zone, as_of, policy, meta=meta).compute()
    by_day = counts.groupby("day")["lines"].sum()
    known = by_day[by_day.index < NEVER]
    reasons = returns["reason"].dropna().unique().compute() if "reason" in returns.columns else []
    require_few_reasons(len(reasons))
    others = {name: read_frame(validated / f"{name}.parquet", "validate") for name in ("products", "customers")}
    plan = workers.ClusterPlan(
        definitions=definitions,
        policy=policy,
        time_zone=zone,
        as_of=as_of,
        first=first_day_of(known.index.to_numpy(), known.to_numpy()) + params.featurize.warm_up_days,
        open_days=params.featurize.open_days,
        reasons=tuple(sorted(reasons)),
        **{name: frame if len(frame.columns) else None for name, frame in others.items()},
    )
    return plan, int(by_day.sum()), int(known.sum())


def _of_lines(
    client: "Client",
    lines: "dd.DataFrame",
    returns: "dd.DataFrame",
    plan: workers.ClusterPlan,
    function: Callable[..., pd.DataFrame],
) -> "dd.DataFrame":
    import dask.dataframe as dd

    meta = function(lines._meta, returns._meta, plan)
    known = client.scatter(plan, broadcast=True, hash=False)
    return dd.map_partitions(function, lines, returns, known, meta=meta, align_dataframes=False)


def _join_shares(
    function: Callable[..., pd.DataFrame], left: "dd.DataFrame", right: "dd.DataFrame", key: str, *more: Any
) -> "dd.DataFrame":
    """Shuffle two tables by a key and call a function with each pair of shares."""
    import dask.dataframe as dd

    left, right = (table.shuffle(key, npartitions=right.npartitions) for table in (left, right))
    meta = function(left._meta, right._meta, *more)
    return dd.map_partitions(function, left, right, *more, meta=meta, align_dataframes=False)


def _in_one_task(
    function: Callable[..., pd.DataFrame], lines: "dd.DataFrame", rows: "dd.DataFrame", more: Any
) -> "dd.DataFrame":
    """Go through all lines on one worker: each outcome changes what the next one teaches."""
    import dask.dataframe as dd

    lines, rows = (table.repartition(npartitions=1) for table in (lines, rows))
    meta = function(lines._meta, rows._meta, more)
    return dd.map_partitions(function, lines, rows, more, meta=meta, align_dataframes=False)


def _rows(table: "dd.DataFrame", key: str, above: list[str]) -> "dd.DataFrame":
    return table[[key, *workers.FACTS, *above]].reset_index()


def _above(definition: HistoryDefinition, by_entity: dict[str, HistoryDefinition]) -> dict[str, str]:
    """Return the columns that an entity shrinks towards, by their names: those that ``entity_columns`` expects."""
    parent = by_entity.get(definition.parent or "")
    if parent is None:
        return {}
    columns = [column for column in history_columns(parent) if column.window == "all" and column.operation == "rate"]
    shares = share_sources(definition, by_entity).items()
    return {column.name: column.name for column in columns} | {
        share_name(entity, reason): share_name(parent.entity, reason) for reason, entity in shares
    }
