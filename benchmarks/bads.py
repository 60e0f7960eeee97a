"""Quality on the lines of a German fashion shop beside learners on the raw columns: same lines, same budget of time.

    python -m benchmarks.bads <folder of orders_until_2013-01.csv.gz>

Train on orders before 2012-12-01, test those until 2013-01-31. The data has no day of return; a label counts as known
30 days after the order. Two tables differ in what is known when the test begins:

*Labels as in published splits*: the labels of all training lines, for every predictor alike.
*Labels known by then*: those of orders older than 30 days, as in a shop.

Predictors do not change during the test, but features do: our features of a test line know the labels that have become
known before its own as-of, the day after its order. The peers choose their parameters on the last 42 days before the
test, which also stop our trees early and calibrate them, and then learn from all lines. Differences are to the chain
with its default keys, with 95 % intervals of a paired bootstrap over customers.
"""

import argparse
import dataclasses
import logging
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.table import Table
from scipy.special import expit, logit

from benchmarks.paired import differences
from benchmarks.raw_peers import IDS, PEERS
from returns_risk.config.params import SourceParams, load_params
from returns_risk.config.policy import Policy
from returns_risk.config.terms import MarketPolicy
from returns_risk.contract.days import NEVER, day_number
from returns_risk.evaluation import measure
from returns_risk.features import FeatureSet
from returns_risk.history import Outcomes
from returns_risk.model import Provenance, ReturnClassifier, fit_classifier
from returns_risk.model.recipes import risk_recipe
from returns_risk.snapshot import Rows, Shop, Snapshot
from returns_risk.snapshot.splits import Periods
from returns_risk.sources import read_source

__all__ = ["build", "fit_chain", "main", "read", "with_shop_keys"]

ROOT = Path(__file__).parents[1]
SOURCES = Path(__file__).parent / "sources"
ZONE = "Europe/Berlin"
WINDOW_DAYS = 30
BEGINS, LAST = pd.Timestamp("2012-12-01"), pd.Timestamp("2013-01-31")
AS_OF = date(2013, 3, 4)
"""All labels are known."""
OURS = "returns-risk"
SHOP_KEYS = "returns-risk, keys of this shop"
BELIEFS, AVERAGE = "its beliefs alone", "its beliefs and trees, averaged"
Values = npt.NDArray[np.float64]
_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Split:
    """What is learnt from and what is tested, with features, labels and raw columns."""

    title: str
    train: pd.DataFrame
    test: pd.DataFrame
    definitions: FeatureSet
    seconds: float
    """For the features."""

    def parts(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the training lines before the last days, and those of the last days."""
        days = pd.Timedelta(days=load_params(ROOT / "params.yaml").split.calibrate_days)
        late = self.train["ordered_on"] > self.train["ordered_on"].max() - days
        return self.train[~late].reset_index(drop=True), self.train[late].reset_index(drop=True)


def main(arguments: list[str] | None = None) -> None:
    """Print one table for each way of knowing the labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path, help="folder of orders_until_2013-01.csv.gz")
    parser.add_argument("--seconds", type=float, default=180.0, help="budget of each predictor, its tuning included")
    options = parser.parse_args(arguments)
    snapshot, definitions = read(options.raw.resolve())
    for as_published in (True, False):
        splits = [build(snapshot, one, as_published=as_published) for one in (definitions, with_shop_keys(definitions))]
        print_table(splits[0], *predict(splits[0], splits[1], options.seconds))


def read(raw: Path) -> tuple[Snapshot, FeatureSet]:
    """Read the shop as it was known when the last label was."""
    source = read_source(SourceParams(name="bads", raw=raw, time_zone=ZONE), b"benchmark", SOURCES)
    terms = MarketPolicy(return_window_days=WINDOW_DAYS, delivery_days=0, grace_days=0)
    snapshot = Shop(source.tables, Policy(default=terms, markets={}), ZONE).snapshot(AS_OF)
    definitions = FeatureSet.load(ROOT / "features" / "definitions").drop_unavailable(list(snapshot.columns))
    return snapshot, definitions


def with_shop_keys(definitions: FeatureSet) -> FeatureSet:
    """Return the definitions with the beliefs of this shop in place of the default ones."""
    shop = FeatureSet.load(SOURCES / "bads").definitions
    entities = [one.entity for one in shop]
    return FeatureSet(definitions=(*(one for one in definitions.definitions if one.entity not in entities), *shop))


def build(snapshot: Snapshot, definitions: FeatureSet, *, as_published: bool) -> Split:
    """Compute features, labels and raw columns of all lines up to the last day of the test.

    Parameters
    ----------
    as_published : whether the labels of all training lines are known when the test begins
    """
    begun, begins = time.perf_counter(), day_number(BEGINS.date())
    outcomes = snapshot.outcomes
    chosen = np.flatnonzero(outcomes.ordered_on <= day_number(LAST.date()))
    rows = Rows(chosen, outcomes.ordered_on[chosen] + np.int32(1))
    early = outcomes.ordered_on[chosen] < begins
    known = early if as_published else outcomes.closes_on[chosen] < begins
    then = _with_outcomes(snapshot, _told_early(outcomes, begins)) if as_published else snapshot
    definitions = definitions.fit(then, BEGINS.date())
    frames = []
    for source, part in ((snapshot, rows[known]), (then, rows[~early])):
        features = source.features(part, definitions)
        raw = _raw_columns(snapshot).iloc[part.position].reset_index(drop=True)
        labels = snapshot.labels(part).drop(columns=["reason", *raw.columns.intersection(["sku", "customer_id"])])
        own = raw.drop(columns=raw.columns.intersection(features.columns))
        frames.append(pd.concat([labels, own, features], axis=1).sort_values("ordered_on", kind="stable"))
    train, test = (frame.reset_index(drop=True) for frame in frames)
    title = "labels as in published splits" if as_published else "labels known by then"
    return Split(title, train, test, definitions, time.perf_counter() - begun)


def predict(split: Split, shop_split: Split, budget: float) -> tuple[dict[str, Values], dict[str, float]]:
    """Fit all predictors; return their risks of the test lines, and the seconds that each took."""
    learn, watch = split.parts()
    beliefs = shop_split.test["belief_risk"].to_numpy(dtype=np.float64)
    risks: dict[str, Values] = {}
    seconds: dict[str, float] = {}
    predictors: dict[str, tuple[Callable[[], Values], float]] = {
        OURS: (lambda: ours(split), split.seconds),
        SHOP_KEYS: (lambda: ours(shop_split), shop_split.seconds),
        BELIEFS: (lambda: beliefs, shop_split.seconds),
        AVERAGE: (lambda: expit((logit(risks[SHOP_KEYS]) + logit(beliefs)) / 2), shop_split.seconds),
    }
    for peer in PEERS:
        if peer.package is None or find_spec(peer.package):
            predictors[peer.name] = (partial(peer.predict, learn, watch, split.train, split.test, budget), 0.0)
        else:
            _logger.warning("%s is left out: make .venv/benchmarks installs it", peer.name)
    for name, (fit, before) in predictors.items():
        begun = time.perf_counter()
        risks[name] = fit()
        seconds[name] = time.perf_counter() - begun + before
    seconds[AVERAGE] = seconds[SHOP_KEYS]
    return risks, seconds


def ours(split: Split) -> Values:
    """Fit the chain's classifier with its parameters."""
    learn, watch = split.parts()
    return fit_chain(learn, watch, split.definitions).predict_risk(split.test)


def fit_chain(learn: pd.DataFrame, watch: pd.DataFrame, definitions: FeatureSet) -> ReturnClassifier:
    """Fit the chain's classifier of the risk with its parameters; the watched lines stop and calibrate it."""
    params = load_params(ROOT / "params.yaml")
    settings = params.train.model_copy(update={"calibration": "platt", "features": "all", "censored": "leave_out"})
    day = AS_OF
    nothing = Provenance(
        source="benchmark", as_of=day, rows={}, return_rate=0.0, data={}, packages={},
        periods=Periods(train=(day, day), calibrate=(day, day), test=(day, day), embargo="ordered"),
    )  # fmt: skip
    return fit_classifier(learn, watch, definitions, risk_recipe(settings, params.seed), nothing)


def print_table(split: Split, risks: dict[str, Values], seconds: dict[str, float]) -> None:
    """Print one row a predictor, with its paired differences to the chain."""
    returned = split.test["returned"].to_numpy(dtype=bool)
    moved = differences(returned, risks, split.test["customer_id"], OURS)
    learnt, tested = len(split.train), len(split.test)
    table = Table(title=f"{split.title}: {learnt:,} lines learnt, {tested:,} tested, {returned.mean():.1%} returned")
    for name in ("predictor", "AUC", "log loss", "ECE", "seconds", "difference of AUC", "of log loss"):
        table.add_column(name, justify="left" if name == "predictor" else "right", no_wrap=True)
    for name, risk in risks.items():
        found = measure(returned, risk)
        cells = [f"{found['auc']:.4f}", f"{found['log_loss']:.4f}", f"{found['ece']:.3f}", f"{seconds[name]:.0f}"]
        table.add_row(name, *cells, *moved.get(name, ["", ""]))
    Console(width=160).print(table)


def _raw_columns(snapshot: Snapshot) -> pd.DataFrame:
    """Return what the peers know of each line: its columns, ids as categories, and its place in the order."""
    lines = snapshot.lines
    title = snapshot.tables["customers"][["customer_id", "segment"]]
    raw = lines[["customer_id", "sku"]].assign(
        **{name: lines[name] for name in ("style", "brand", "size", "colour", "birth_year", "unit_price", "size_rank")},
        title=lines[["customer_id"]].merge(title, on="customer_id", how="left", validate="many_to_one")["segment"],
        weekday=lines["ordered_at"].dt.tz_convert(ZONE).dt.day_of_week,
        tenure_days=(lines["ordered_at"] - lines["registered_at"]).dt.days,
    )
    orders, styles = lines.groupby("order_id"), lines.groupby(["order_id", "style"])
    raw["order_lines"] = orders["line_id"].transform("size")
    raw["order_value"] = orders["unit_price"].transform("sum")
    raw["lines_of_style"] = styles["line_id"].transform("size")
    raw["sizes_of_style"] = styles["size"].transform("nunique")
    return raw.astype(dict.fromkeys(IDS, "str")).astype({"birth_year": "float64"})


def _told_early(outcomes: Outcomes, begins: int) -> Outcomes:
    """Return the outcomes where the labels of all lines ordered before a day are known when it begins."""
    early = outcomes.ordered_on < begins
    closes_on = np.where(early, np.minimum(outcomes.closes_on, begins - 1), outcomes.closes_on)
    of_early = early[outcomes.return_line] & (outcomes.return_on != NEVER)
    return_on = np.where(of_early, np.minimum(outcomes.return_on, begins - 1), outcomes.return_on)
    return dataclasses.replace(outcomes, closes_on=closes_on.astype(np.int32), return_on=return_on.astype(np.int32))


def _with_outcomes(snapshot: Snapshot, outcomes: Outcomes) -> Snapshot:
    other = snapshot.shop.snapshot(snapshot.as_of)
    other.outcomes = outcomes
    return other


if __name__ == "__main__":
    main()
