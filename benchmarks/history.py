"""History features against DuckDB and pandas: seconds, memory, ratios in one run, and equal numbers.

``python benchmarks/history.py --lines 1000000 --pandas-lines 50000``

Nine entities, five sums over two windows each: 90 columns of every order line at its first as-of. The peers are
what one would write: in DuckDB daily tiles, cumulative sums and an ASOF join per window; in pandas a rolling sum by
group over events and rows together. Beside them the sorts alone: our own, which count, and NumPy's, which compare.
Every contestant runs in a process of its own on the same files.

``python benchmarks/history.py --lines 20000000 --to-disk``

The same with each entity's columns written to disk as soon as they are there, and no peers.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.features import FeatureSet
from returns_risk.features.build import compute_features
from returns_risk.features.storage import Spill
from returns_risk.history import MONEY_SCALE, Outcomes
from returns_risk.history.event_encoding import DAY_AT
from returns_risk.history.events import build_events
from returns_risk.history.history import History
from returns_risk.history.keys import KeyCodes
from returns_risk.history.sorts import sort_events
from returns_risk.snapshot import Rows
from shop_simulator import Definition, simulate
from shop_simulator.world import MARKETS

__all__ = ["definitions_of", "main", "make_lines", "request_features"]

_UNTIL = date(2026, 3, 2)
_DAY_BITS = 17
_LINES_PER_UNIT = 630
"""Order lines of the 540 days that follow from one line a day."""
ENTITIES = {
    "customer": ["customer"], "sku": ["sku"], "style": ["style"], "brand": ["brand"], "category": ["category"],
    "market": ["market"], "customer_category": ["customer", "category"], "customer_brand": ["customer", "brand"],
    "style_size": ["style", "size"],
}  # fmt: skip
SUMS = ("ordered_lines", "ordered_money", "returned_lines", "closed_lines", "kept_lines")
WINDOWS: tuple[Any, ...] = ("all", 90)
READ_AS = {"customer": "customer_id", "sku": "sku", "style": "style", "brand": "brand", "category": "category",
            "market": "market", "size": "size"}  # fmt: skip


def main(arguments: list[str] | None = None) -> dict[str, dict[str, float]]:
    """Make a shop, let each contestant run, compare their numbers, print and return the figures."""
    parser = argparse.ArgumentParser(description="History features against DuckDB and pandas.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines, about")
    parser.add_argument("--pandas-lines", type=int, default=50_000, help="of them for pandas; 0 to leave it out")
    parser.add_argument("--to-disk", action="store_true", help="only ourselves, with the columns set aside on disk")
    parser.add_argument("--contestant", choices=["make", *_CONTESTANTS], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.contestant == "make":
        make_lines(options.folder, options.lines)
        return {}
    if options.contestant:
        print(json.dumps(_compete(options.contestant, options.folder)))
        return {}
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        whole, part = Path(name, "whole"), Path(name, "part")
        _run("make", whole, options.lines)
        if options.to_disk:
            contests = [("returns-risk to disk", whole), ("sorts alone", whole), ("NumPy's sorts alone", whole)]
        else:
            contests = [(title, whole) for title in ("returns-risk", "sorts alone", "NumPy's sorts alone", "DuckDB")]
            if options.pandas_lines:
                _run("make", part, options.pandas_lines)
                contests += [("returns-risk on pandas' lines", part), ("pandas", part)]
        for title, folder in contests:
            figures[title] = json.loads(_run(title.split(" on ")[0], folder))
            _print(title, figures[title])
        for peer, folder in [("DuckDB", whole), ("pandas", part)]:
            if peer in figures:
                _compare(folder, peer)
    ours = next(iter(figures.values()))["seconds"]
    for peer in ("DuckDB", "sorts alone", "NumPy's sorts alone"):
        if peer in figures:
            print(f"{peer} / returns-risk: {figures[peer]['seconds'] / ours:.2f}")
    if "pandas" in figures:
        small = figures["returns-risk on pandas' lines"]["seconds"]
        print(f"pandas / returns-risk: {figures['pandas']['seconds'] / small:.0f}")
    return figures


def _run(contestant: str, folder: Path, lines: int = 0) -> str:
    command = [sys.executable, __file__, "--contestant", contestant, "--folder", str(folder), "--lines", str(lines)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _print(title: str, figure: dict[str, float]) -> None:
    print(
        f"{title}: {figure['lines']:,.0f} lines in {figure['seconds']:.2f} s, "
        f"{figure['lines'] / figure['seconds']:,.0f} a second, peak {figure['peak_gb']:.2f} GB"
    )


def make_lines(folder: Path, lines: int) -> None:
    """Write the keys, quantities, prices and days of a made-up shop's lines."""
    folder.mkdir()
    shop = simulate(Definition(lines_per_day=max(1, round(lines / _LINES_PER_UNIT))), _UNTIL)
    table, orders, styles = shop.lines, shop.orders, shop.catalogue.styles
    style, order = table["style"], table["order"]
    delivered = np.where(np.isnat(table["delivered"]), orders["promised"][order], table["delivered"])
    window = np.array([market.return_window_days for market in MARKETS])[orders["market"][order]]
    received = np.full(len(table), -1, dtype=np.int64)
    received[shop.returns["line"]] = shop.returns["received"].astype("M8[D]").astype(np.int64)
    pd.DataFrame(
        {
            "customer": orders["customer"][order],
            "sku": table["sku"],
            "style": style,
            "brand": styles["brand"][style],
            "category": styles["category"][style],
            "market": orders["market"][order],
            "size": shop.catalogue.skus["size"][table["sku"]],
            "quantity": table["quantity"].astype(np.int64),
            "unit_price": table["unit_price"] / 100,
            "ordered_on": orders["ordered"][order].astype("M8[D]").astype(np.int32),
            "closes_on": delivered.astype("M8[D]").astype(np.int32) + window.astype(np.int32),
            "returned_on": received,
        }
    ).to_parquet(folder / "lines.parquet", index=False)


def _compete(contestant: str, folder: Path) -> dict[str, float]:
    lines = pd.read_parquet(folder / "lines.parquet")
    run = _CONTESTANTS[contestant]
    # Compiled once per machine and kept: not part of what a run costs.
    run(lines.head(2_000))
    begin = time.perf_counter()
    columns = run(lines)
    seconds = time.perf_counter() - begin
    if columns:
        pd.DataFrame(columns).to_parquet(folder / f"{contestant}.parquet", index=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"lines": len(lines), "seconds": seconds, "peak_gb": peak}


def outcomes_of(lines: pd.DataFrame) -> Outcomes:
    back = np.flatnonzero(lines["returned_on"].to_numpy() >= 0)
    never = np.full(len(lines), 2**20 - 1, dtype=np.int32)
    return Outcomes(
        ordered_on=lines["ordered_on"].to_numpy(dtype=np.int32),
        closes_on=lines["closes_on"].to_numpy(dtype=np.int32),
        cancelled_on=never,
        shipped_on=never,
        return_line=back,
        return_on=lines["returned_on"].to_numpy(dtype=np.int32)[back],
        return_units=lines["quantity"].to_numpy(dtype=np.int64)[back],
    )


def definitions_of(sums: tuple[str, ...] = SUMS) -> FeatureSet:
    """Return the definitions that all contestants compute."""
    return FeatureSet.model_validate(
        {
            "definitions": [
                {"kind": "history", "entity": entity, "meaning": entity, "windows": list(WINDOWS), "counts": list(sums)}
                | {"key": [READ_AS[name] for name in key]}
                for entity, key in ENTITIES.items()
            ]
        }
    )


def request_features(lines: pd.DataFrame) -> tuple[Any, Rows]:
    """Return what features read of a snapshot, and all lines at their first as-of."""
    lines, outcomes = lines.rename(columns=READ_AS), outcomes_of(lines)
    snapshot = SimpleNamespace(
        lines=lines, columns=[*lines], outcomes=outcomes, history=History(lines, outcomes), time_zone="UTC"
    )
    return snapshot, Rows(np.arange(len(lines)), outcomes.ordered_on + np.int32(1))


def _ours(lines: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    features = definitions_of().compute(*request_features(lines))
    return {str(name): features[name].to_numpy() for name in features}


def _ours_to_disk(lines: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    with Spill(Path(tempfile.gettempdir())) as spill:
        compute_features(definitions_of().definitions, *request_features(lines), spill.take)
    return {}


def _sorts(lines: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    """Bring the events into the order of their days and of each entity's keys, and nothing else."""
    events, keys = build_events(lines, outcomes_of(lines)), KeyCodes(lines)
    for key in ENTITIES.values():
        codes = keys.codes(key)
        sort_events(codes, events.line, events.word, events.money, np.zeros(0, dtype=np.int32), int(codes.max()) + 1)
    return {}


def _numpy_sorts(lines: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    """Do the same with NumPy: by key and day in one 64-bit number."""
    events, keys = build_events(lines, outcomes_of(lines)), KeyCodes(lines)
    for key in ENTITIES.values():
        order = np.argsort((keys.codes(key)[events.line] << _DAY_BITS) + (events.word >> DAY_AT))
        events.word[order], events.money[order]
    return {}


_EVENTS = f"""
CREATE OR REPLACE TEMP TABLE events AS
WITH priced AS (
    SELECT * EXCLUDE (ordered_on, closes_on, returned_on), ordered_on AS o, closes_on AS c, returned_on AS r,
        CAST(round(unit_price * {MONEY_SCALE}) AS BIGINT) * quantity AS money,
        returned_on BETWEEN 0 AND closes_on AS back
    FROM lines
)
SELECT * EXCLUDE (o, c, r, back), o AS day, 1 AS ordered_lines,
    money AS ordered_money, 0 AS returned_lines, 0 AS closed_lines, 0 AS kept_lines FROM priced
UNION ALL SELECT * EXCLUDE (o, c, r, back), r, 0, 0, 1, 0, 0 FROM priced WHERE r >= 0
UNION ALL SELECT * EXCLUDE (o, c, r, back), c, 0, 0, 0, 1, (NOT back)::INT FROM priced
"""


def _duckdb(lines: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    columns: dict[str, npt.NDArray[Any]] = {}
    with duckdb.connect() as connection:
        connection.register("frame", lines)
        connection.execute("CREATE TEMP TABLE lines AS SELECT row_number() OVER () AS row, * FROM frame")
        connection.execute(_EVENTS)
        for entity, key in ENTITIES.items():
            keys = ", ".join(key)
            running = ", ".join(f"sum({name}) OVER w AS {name}" for name in SUMS)
            totals = ", ".join(f"sum({name}) AS {name}" for name in SUMS)
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE tiles AS SELECT {keys}, day, {running} FROM "
                f"(SELECT {keys}, day, {totals} FROM events GROUP BY {keys}, day) "
                f"WINDOW w AS (PARTITION BY {keys} ORDER BY day)"
            )
            same = " AND ".join(f"l.{name} = t.{name}" for name in key)
            sums: dict[Any, dict[str, npt.NDArray[np.float64]]] = {}
            for window in WINDOWS:
                until = "l.ordered_on + 1" if window == "all" else f"l.ordered_on + 1 - {window}"
                asked = ", ".join(f"coalesce(t.{name}, 0)::DOUBLE AS {name}" for name in SUMS)
                found = connection.execute(
                    f"SELECT {asked} FROM lines l ASOF LEFT JOIN tiles t ON {same} AND {until} > t.day ORDER BY l.row"
                ).fetchnumpy()
                sums[window] = {name: np.asarray(found[name]) for name in SUMS}
            columns |= _differences(entity, sums)
    return columns


def _pandas(lines: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    """Roll over events and rows together, by group; a row stands at its as-of and sums what is strictly before."""
    money = np.rint(lines["unit_price"] * MONEY_SCALE) * lines["quantity"]
    back = lines["returned_on"].between(0, lines["closes_on"])
    zero: dict[str, Any] = dict.fromkeys(SUMS, 0.0) | {"row": -1}
    parts = [
        lines.assign(**zero | {"day": lines["ordered_on"], "ordered_lines": 1.0, "ordered_money": money}),
        lines.assign(**zero | {"day": lines["returned_on"], "returned_lines": 1.0})[lines["returned_on"] >= 0],
        lines.assign(**zero | {"day": lines["closes_on"], "closed_lines": 1.0, "kept_lines": (~back).astype(float)}),
        lines.assign(**zero | {"day": lines["ordered_on"] + 1, "row": np.arange(len(lines))}),
    ]
    together = pd.concat(parts, ignore_index=True)
    together["at"] = pd.to_datetime(together["day"], unit="D")
    together = together.sort_values("at", kind="stable").reset_index(drop=True)
    columns: dict[str, npt.NDArray[Any]] = {}
    rows = np.flatnonzero(together["row"].to_numpy() >= 0)
    turn = rows[np.argsort(together["row"].to_numpy()[rows], kind="stable")]
    for entity, key in ENTITIES.items():
        # Rolling gives group after group, each in the order of time.
        places = np.concatenate(list(together.groupby(key).indices.values()))
        for window in WINDOWS:
            span = "36500D" if window == "all" else f"{window}D"
            rolled = together.groupby(key)[["at", *SUMS]].rolling(span, on="at", closed="left")[list(SUMS)].sum()
            for name in SUMS:
                back_in_place = np.empty(len(places))
                back_in_place[places] = rolled[name].fillna(0.0).to_numpy()
                values = back_in_place[turn] / (MONEY_SCALE if name.endswith("money") else 1)
                columns[_name(entity, name, window)] = np.round(values, 4).astype(np.float32)
    return columns


def _differences(
    entity: str, sums: dict[Any, dict[str, npt.NDArray[np.float64]]]
) -> dict[str, npt.NDArray[np.float32]]:
    """Turn what was known before the as-of and before each window into what lies in the window."""
    columns = {}
    for window in WINDOWS:
        for name in SUMS:
            value = sums["all"][name] - (0 if window == "all" else sums[window][name])
            scale = MONEY_SCALE if name.endswith("money") else 1
            columns[_name(entity, name, window)] = (value / scale).astype(np.float32)
    return columns


def _name(entity: str, measure: str, window: Any) -> str:
    return f"{entity}_{measure}_{'all' if window == 'all' else f'{window}d'}"


def _compare(folder: Path, peer: str) -> None:
    ours, theirs = (pd.read_parquet(folder / f"{name}.parquet") for name in ("returns-risk", peer))
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-6, atol=1e-3, err_msg=f"{peer}: {name}")
    print(f"{peer}: {len(ours.columns)} columns equal")


_CONTESTANTS = {
    "returns-risk": _ours,
    "returns-risk to disk": _ours_to_disk,
    "sorts alone": _sorts,
    "NumPy's sorts alone": _numpy_sorts,
    "DuckDB": _duckdb,
    "pandas": _pandas,
}

if __name__ == "__main__":
    main()
