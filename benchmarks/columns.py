"""The default features beside the 250 of 0.1.0: the same lines, the same training, on three data sets.

``python -m benchmarks.columns --folder <folder of benchmarks.oracle> --retail RAW --fashion RAW``

The chain's classifier learns with its parameters from either set of features (``features/definitions``,
``features/wide``) and predicts the same test lines: those of the chain on a simulated shop, of the three test periods
of ``benchmarks.online_retail``, and of ``benchmarks.bads`` with the labels known by then. Differences are of the
default features to the wide ones, with 95 % intervals of a paired bootstrap over customers.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks import bads, online_retail
from benchmarks.paired import differences
from returns_risk.config.params import load_params
from returns_risk.config.policy import load_policy
from returns_risk.contract.days import day_number
from returns_risk.contract.keys import positions_of
from returns_risk.contract.parquet import read_frame, read_tables
from returns_risk.evaluation import measure
from returns_risk.features import FeatureSet, read_frozen
from returns_risk.snapshot import Rows, Shop
from returns_risk.snapshot.splits import find_periods

__all__ = ["main"]

ROOT = Path(__file__).parents[1]
WIDE = ROOT / "features" / "wide"
DEFAULT_SET, WIDE_SET = "default", "wide"
TRAINING, DEFINITIONS = Path("features/training.parquet"), Path("features/definitions.json")
VALIDATED = Path("data/validated")
Values = npt.NDArray[np.float64]
Parts = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
"""Lines to learn from, to watch, and to test on."""


@dataclass(frozen=True)
class Trial:
    """One set of features on one data set."""

    definitions: FeatureSet
    parts: list[Parts]
    """One for each test period."""

    def predict(self) -> tuple[npt.NDArray[np.bool_], Values, pd.Series]:
        """Return label, risk and customer of the tested lines of all periods."""
        risks = [bads.fit_chain(learn, watch, self.definitions).predict_risk(test) for learn, watch, test in self.parts]
        tested = pd.concat([test[["returned", "customer_id"]] for _, _, test in self.parts], ignore_index=True)
        return tested["returned"].to_numpy(dtype=bool), np.concatenate(risks), tested["customer_id"]


def main(arguments: list[str] | None = None) -> None:
    """Print a table for each data set, with a row for each set of features."""
    parser = argparse.ArgumentParser(description="Compare the default features with the wide ones.")
    parser.add_argument("--folder", type=Path, help="folder of benchmarks.oracle, or of another finished demo")
    parser.add_argument("--retail", type=Path, help="folder of online_retail.csv.gz")
    parser.add_argument("--fashion", type=Path, help="folder of orders_until_2013-01.csv.gz")
    options = parser.parse_args(arguments)
    places = [place and place.resolve() for place in (options.folder, options.retail, options.fashion)]
    names = ("simulated shop", "Online Retail", "fashion shop")
    for name, place, trials in zip(names, places, (simulated, retail, fashion), strict=True):
        if place is not None:
            _print_table(name, trials(place))


def simulated(folder: Path) -> Iterator[tuple[str, Trial]]:
    """Yield both sets on the periods of a finished chain."""
    os.chdir(folder)
    params, definitions = load_params(), read_frozen(DEFINITIONS)
    rows = read_frame(TRAINING, "featurize")
    labels = rows[[name for name in rows if name not in definitions.names]]
    periods = find_periods(labels, params.as_of, params.split)
    parts = [periods.select(labels, name).to_numpy() for name in ("train", "calibrate", "test")]
    yield DEFAULT_SET, Trial(definitions, [_cut(rows, parts)])
    del rows
    snapshot = Shop(read_tables(VALIDATED), load_policy(), params.source.time_zone).snapshot(params.as_of)
    days = {day: day_number(pd.Timestamp(str(day)).date()) for day in labels["as_of"].unique()}
    position = positions_of(labels["line_id"], snapshot.lines["line_id"])
    at = Rows(position, labels["as_of"].map(days).to_numpy(dtype=np.int32))
    wide = FeatureSet.load(WIDE).drop_unavailable(snapshot.columns)
    columns = snapshot.features(at, wide)
    known = labels.drop(columns=labels.columns.intersection(columns.columns))
    yield WIDE_SET, Trial(wide, [_cut(pd.concat([known, columns], axis=1), parts)])


def _cut(rows: pd.DataFrame, parts: list[npt.NDArray[np.bool_]]) -> Parts:
    learn, watch, test = (rows[part].reset_index(drop=True) for part in parts)
    return learn, watch, test


def retail(raw: Path) -> Iterator[tuple[str, Trial]]:
    """Yield both sets on the open lines of three test periods."""
    os.chdir(ROOT)
    snapshot, default = online_retail.read(raw)
    for name, definitions in (
        (DEFAULT_SET, default),
        (WIDE_SET, FeatureSet.load(WIDE).drop_unavailable(snapshot.columns)),
    ):
        rows, open_lines = online_retail.build(snapshot, definitions)
        rows = rows[open_lines].reset_index(drop=True)
        yield name, Trial(definitions, [_cut(rows, _periods(rows, *split)) for split in online_retail.SPLITS])


def _periods(
    rows: pd.DataFrame, until: pd.Timestamp, begins: pd.Timestamp, last: pd.Timestamp
) -> list[npt.NDArray[np.bool_]]:
    ordered = rows["ordered_on"]
    known, late = ordered < until, ordered > ordered[ordered < until].max() - online_retail.WATCH
    return [part.to_numpy() for part in (known & ~late, known & late, ordered.between(begins, last))]


def fashion(raw: Path) -> Iterator[tuple[str, Trial]]:
    """Yield both sets with the labels known when the test begins."""
    snapshot, default = bads.read(raw)
    for name, definitions in (
        (DEFAULT_SET, default),
        (WIDE_SET, FeatureSet.load(WIDE).drop_unavailable(list(snapshot.columns))),
    ):
        split = bads.build(snapshot, definitions, as_published=False)
        yield name, Trial(split.definitions, [(*split.parts(), split.test)])


def _print_table(data: str, trials: Iterator[tuple[str, Trial]]) -> None:
    risks: dict[str, Values] = {}
    columns: dict[str, int] = {}
    for name, trial in trials:
        returned, risks[name], customers = trial.predict()
        columns[name] = len(trial.definitions.names)
    table = Table(title=f"{data}: {len(returned):,} lines tested")
    for name in ("features", "columns", "AUC", "log loss", "difference of AUC", "of log loss"):
        table.add_column(name, justify="left" if name == "features" else "right", no_wrap=True)
    moved = differences(returned, risks, customers, WIDE_SET)
    for name, risk in risks.items():
        measured = measure(returned, risk)
        cells = [f"{measured['auc']:.4f}", f"{measured['log_loss']:.4f}", *moved.get(name, ["", ""])]
        table.add_row(name, str(columns[name]), *cells)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
