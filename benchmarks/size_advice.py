"""The size adviser against the truth of a simulated shop, with and without return reasons.

``python -m benchmarks.size_advice --lines 1000000``

A shop of about so many order lines is made up and validated. What the filter of sizes and fit learns is fitted on the
outcomes known after 60 % of the days, and every sized line that was ordered later is advised as the first night after
its order would have advised it. The truth says by how many sizes each line is off; the best size of its style is the
one that the customer is least likely to send back for its size. *Direction right* counts advice that differs from the
ordered size: the advised and the best size lie on the same side of it. *Also as ordered* counts all advice: the
ordered size is right where it is the best one.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.oracle import make_workspace
from returns_risk.config.params import load_params
from returns_risk.config.policy import load_policy
from returns_risk.contract.days import date_of
from returns_risk.features import FeatureSet
from returns_risk.features.fit_definitions import FitDefinition
from returns_risk.features.size_advice import advise_sizes
from returns_risk.snapshot import Rows, Shop, Snapshot
from returns_risk.snapshot.lines import size_rank
from shop_simulator import read_truth

__all__ = ["main"]

FITTED_ON = 0.6
"""Share of the days before the advised lines."""
MIDDLE = 0.1
"""Sizes by which the best size is too large: the simulator's customers tolerate 0.2 too small and 0.4 too large."""
THRESHOLDS = [(0.0, 0.0), *((same, other) for same in (0.5, 0.6, 0.7) for other in (0.7, 0.75, 0.8, 0.85, 0.9))]
"""Certainty from which on the ordered size is advised, and certainty of the direction for another size."""
BANDS = (0.0, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
Flags = npt.NDArray[np.bool_]


def main(arguments: list[str] | None = None) -> None:
    """Make the shop, advise, compare with the truth and print the tables."""
    parser = argparse.ArgumentParser(description="The size adviser against the truth.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines, about")
    parser.add_argument("--folder", type=Path, help="a shop of benchmarks.oracle that is there already")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if options.folder is None:
            make_workspace(folder, options.lines, stages=("validate",))
        definitions = FeatureSet.load()
        only = tuple(item for item in definitions.definitions if isinstance(item, FitDefinition))
        for reasons in (True, False):
            _compare(FeatureSet(definitions=only), folder, reasons=reasons)


def _compare(definitions: FeatureSet, folder: Path, *, reasons: bool) -> None:
    snapshot = _read_snapshot(folder, reasons=reasons)
    outcomes, console = snapshot.outcomes, Console(width=110)
    first, last = int(outcomes.ordered_on.min()), int(outcomes.ordered_on.max())
    until = first + round(FITTED_ON * (last - first))
    begun = time.perf_counter()
    fitted = definitions.fit(snapshot, _date(until))
    took = time.perf_counter() - begun
    position = np.flatnonzero(outcomes.ordered_on >= until)
    begun = time.perf_counter()
    advice = advise_sizes(fitted, snapshot, Rows(position, outcomes.ordered_on[position] + np.int32(1)), 0.0, 0.0)
    console.print(
        f"{'with' if reasons else 'without'} reasons: {len(snapshot.lines):,} lines; fitted in {took:.1f} s; "
        f"{len(position):,} lines advised in {time.perf_counter() - begun:.1f} s"
    )
    advice = advice.assign(**_truth(folder, snapshot, position))
    sized = advice[advice["advised_size"].notna()].reset_index(drop=True)
    correlation = np.corrcoef(sized["misfit"], sized["true_misfit"])[0, 1]
    console.print(f"sized lines: {len(sized):,}; correlation of the misfit with the true one: {correlation:.3f}")
    console.print(_trade_off(sized))
    console.print(_reliability(sized, "certainty", sized["steps"] == sized["best_steps"], "is the best size"))
    single = sized[sized["bracketed"] == 0]
    if reasons:
        console.print(_reliability(single, "kept_ordered", ~single["back_for_size"], "is not sent back for its size"))


def _read_snapshot(folder: Path, *, reasons: bool) -> Snapshot:
    before = Path.cwd()
    os.chdir(folder)
    try:
        params = load_params()
        shop = Shop.read(Path("data/validated"), load_policy(), params.source.time_zone)
    finally:
        os.chdir(before)
    if not reasons:
        shop.tables["returns"] = shop.tables["returns"].drop(columns="reason")
    return shop.snapshot(params.as_of)


def _truth(folder: Path, snapshot: Snapshot, position: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return of each line the true misfit, the steps to the best size, and what came of it."""
    lines = snapshot.lines.iloc[position].reset_index(drop=True)
    truth = read_truth(
        next(path.parent for path in (folder / "truth").rglob("lines.parquet")), lines["line_id"].tolist()
    )
    misfit = truth["fit"].to_numpy(dtype=np.float64)
    products = snapshot.tables["products"].assign(size_rank=lambda table: size_rank(table["size"]))
    shelf = products.groupby("style")["size_rank"].agg(["min", "max", "nunique"]).loc[lines["style"]]
    step = ((shelf["max"] - shelf["min"]) / (shelf["nunique"] - 1)).to_numpy()
    at = (lines["size_rank"].to_numpy() - shelf["min"].to_numpy()) / step
    # The sizes of a style lie one step apart: the best is the nearest to the ordered one less its misfit.
    best = np.clip(np.rint(at - misfit + MIDDLE), 0, shelf["nunique"].to_numpy() - 1)
    in_order = lines.groupby(["order_id", "style"])["size"].transform("nunique").to_numpy()
    return {
        "true_misfit": misfit,
        "best_steps": best - np.rint(at),
        "bracketed": in_order > 1,
        "back_for_size": truth["code"].isin(["too_small", "too_large"]).to_numpy() & truth["returned"].to_numpy(),
    }


def _trade_off(sized: pd.DataFrame) -> Table:
    table = Table(title="by the probabilities from which on the ordered size and another one are advised")
    titles = ("as ordered", "another", "advised", "of it another", "direction right", "also as ordered", "best size")
    for name in titles:
        table.add_column(name, justify="right")
    for same, other in THRESHOLDS:
        given = sized[sized["direction"] >= np.where(sized["steps"] == 0, same, other)]
        right, differs = np.sign(given["steps"]) == np.sign(given["best_steps"]), given["steps"] != 0
        best = given["steps"] == given["best_steps"]
        figures = [len(given) / len(sized), differs.mean(), right[differs].mean(), right.mean(), best.mean()]
        table.add_row(f"{same:.2f}", f"{other:.2f}", *(f"{figure:.1%}" for figure in figures))
    return table


def _reliability(sized: pd.DataFrame, column: str, came: "pd.Series[bool]", meaning: str) -> Table:
    table = Table(title=f"{column}: says, and {meaning}")
    for name in ("lines", "says", "comes true"):
        table.add_column(name, justify="right")
    for band in _bands(sized[column]):
        says, true = sized.loc[band, column].mean(), came[band].mean()
        table.add_row(f"{int(band.sum()):,}", f"{says:.1%}", f"{true:.1%}")
    return table


def _bands(values: "pd.Series[float]") -> Iterator["pd.Series[bool]"]:
    for low, high in pairwise(BANDS):
        band = (values >= low) & (values < high)
        if band.any():
            yield band


def _date(day: int) -> date:
    found: date = pd.Timestamp(date_of(np.array([day], dtype=np.int32))[0]).date()
    return found


if __name__ == "__main__":
    main()
