"""Quality on the UCI Online Retail data beside simpler predictors, all measured on the same lines in one run.

    python benchmarks/online_retail.py [folder of online_retail.csv.gz]

Train before a day, test 46 days from a month later on, label: returned within 60 days; the last split trains before
2011-07-01 and tests 2011-08-01 to 2011-09-15. As is usual for such splits, the labels of the last training weeks are
final only after the test begins; the last predictor leaves those lines out, as a retailer would have to.

Two populations. *Open lines*: what the nightly run scores, with what is known at the start of the day after the order.
*All lines*: also those that had come back by then (mostly corrections within minutes); so that no line sees its own
return, a return here counts as known from the day after its order at the earliest.

Intervals are 95 % bootstrap intervals over customers, since returns come in whole orders.
"""

import argparse
import dataclasses
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.table import Table
from sklearn.metrics import average_precision_score, roc_auc_score

from returns_risk.config.params import SourceParams, load_params
from returns_risk.config.policy import load_policy
from returns_risk.contract.days import date_of
from returns_risk.evaluation import base_rate, interval, resample_weights, smoothed_rate
from returns_risk.features import FeatureSet
from returns_risk.model import Provenance, fit_classifier
from returns_risk.model.recipes import risk_recipe
from returns_risk.snapshot import Rows, Shop, Snapshot
from returns_risk.snapshot.splits import Periods
from returns_risk.sources import read_source

ROOT = Path(__file__).parents[1]
ZONE = "Europe/London"
AS_OF = date(2011, 11, 1)
SPLITS = [
    (pd.Timestamp(known), pd.Timestamp(test), pd.Timestamp(last))
    for known, test, last in [
        ("2011-05-01", "2011-06-01", "2011-07-16"),
        ("2011-06-01", "2011-07-01", "2011-08-15"),
        ("2011-07-01", "2011-08-01", "2011-09-15"),
    ]
]
WATCH = pd.Timedelta(days=45)
SIMPLE = [
    "customer_ordered_lines_all", "customer_returned_lines_all", "customer_return_rate_all",
    "sku_ordered_lines_all", "sku_returned_lines_all", "sku_return_rate_all",
    "quantity", "unit_price", "line_value", "ordered_hour", "ordered_weekday", "basket_lines", "basket_value",
]  # fmt: skip
RAW = ["customer_id", "sku", "market"]
RESAMPLES = 200
SEED = 7
SCORES = {"AUC": roc_auc_score, "average precision": average_precision_score}
Values = npt.NDArray[np.float64]


def main() -> None:
    """Print one table a test period and population."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", nargs="?", type=Path, default=Path("../shared/data/online-retail"))
    raw = parser.parse_args().raw.resolve()
    os.chdir(ROOT)
    snapshot, definitions = read(raw)
    outcomes = snapshot.outcomes
    rows, open_lines = build(snapshot, definitions)
    scores = [show("open lines", rows[open_lines].reset_index(drop=True), definitions, *split) for split in SPLITS]
    print_table("open lines, mean of the test periods", sum(scores[1:], scores[0]) / len(scores), "{:.3f}".format)
    late = np.maximum(outcomes.return_on, outcomes.ordered_on[outcomes.return_line] + np.int32(1))
    snapshot = snapshot.shop.snapshot(AS_OF)
    snapshot.outcomes = dataclasses.replace(outcomes, return_on=late)
    rows, _ = build(snapshot, definitions)
    show("all lines", rows, definitions, *SPLITS[-1])


def read(raw: Path) -> tuple[Snapshot, FeatureSet]:
    """Read the source as it was known on the last day; what features learn is of the days before all test periods."""
    source = read_source(SourceParams(name="online-retail", raw=raw, time_zone=ZONE), b"benchmark")
    snapshot = Shop(source.tables, load_policy(), ZONE).snapshot(AS_OF)
    definitions = FeatureSet.load().drop_unavailable(list(snapshot.lines.columns))
    return snapshot, definitions.fit(snapshot, SPLITS[0][0].date())


def build(snapshot: Snapshot, definitions: FeatureSet) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Compute features and label of every line up to the last test day, and which were open at their as-of."""
    lines, outcomes = snapshot.lines, snapshot.outcomes
    ordered = pd.Series(date_of(outcomes.ordered_on))
    position = np.flatnonzero(ordered <= SPLITS[-1][-1])
    as_of = outcomes.ordered_on[position] + np.int32(1)
    features = snapshot.features(Rows(position, as_of), definitions)
    labels = pd.DataFrame(
        {
            "order_id": lines["order_id"].to_numpy()[position],
            "customer_id": lines["customer_id"].to_numpy()[position],
            "sku": lines["sku"].to_numpy()[position],
            "market": lines["market"].to_numpy()[position],
            "ordered_on": ordered.to_numpy()[position],
            "closes_on": date_of(outcomes.closes_on)[position],
            "returned": (outcomes.returned_on <= outcomes.closes_on)[position],
        }
    )
    return pd.concat([labels, features], axis=1), outcomes.returned_on[position] >= as_of


def show(
    population: str,
    rows: pd.DataFrame,
    definitions: FeatureSet,
    until: pd.Timestamp,
    begins: pd.Timestamp,
    last: pd.Timestamp,
) -> pd.DataFrame:
    """Fit each predictor on the lines before ``until``, measure it from ``begins`` to ``last``, print and return it."""
    known, test = rows[rows["ordered_on"] < until], rows[rows["ordered_on"].between(begins, last)]
    returned, customers = test["returned"].to_numpy(dtype=bool), test["customer_id"].to_numpy()
    predictors = {
        "base rate": base_rate(known, test),
        "smoothed sku x customer rate": smoothed_rate(known, test),
        "naive LightGBM, raw categories": naive(known, test),
        "LightGBM, simple point-in-time history": plain(known[SIMPLE], known["returned"], test[SIMPLE]),
        "returns-risk": ours(known, test, definitions),
        "returns-risk, matured labels only": ours(known[known["closes_on"] < begins], test, definitions),
    }
    orders = test.loc[returned, "order_id"].nunique()
    title = (
        f"{len(test):,} {population} of {begins:%Y-%m-%d} to {last:%Y-%m-%d}, "
        f"{returned.sum():,} returned ({returned.mean():.2%}) from {orders} orders"
    )
    told = {
        name: [tell(score, returned, risk, customers) for score in SCORES.values()] for name, risk in predictors.items()
    }
    print_table(title, pd.DataFrame.from_dict(told, orient="index"), str)
    scores = {name: [score(returned, risk) for score in SCORES.values()] for name, risk in predictors.items()}
    return pd.DataFrame.from_dict(scores, orient="index")


def print_table(title: str, scores: pd.DataFrame, form: Callable[[Any], str]) -> None:
    """Print one row a predictor."""
    table = Table(title=title)
    for name in ("predictor", *SCORES):
        table.add_column(name, justify="left" if name == "predictor" else "right", no_wrap=True)
    for predictor, values in scores.iterrows():
        table.add_row(str(predictor), *[form(value) for value in values])
    Console(width=110).print(table)


def ours(known: pd.DataFrame, test: pd.DataFrame, definitions: FeatureSet) -> Values:
    """Fit the chain's classifier with its parameters; the later part of the known lines stops it early."""
    params = load_params()
    nothing = Provenance(
        source="online-retail", as_of=AS_OF, rows={}, return_rate=0.0, data={}, packages={},
        periods=Periods(train=(AS_OF, AS_OF), calibrate=(AS_OF, AS_OF), test=(AS_OF, AS_OF), embargo="ordered"),
    )  # fmt: skip
    later = known["ordered_on"] > known["ordered_on"].max() - WATCH
    parts = [part.reset_index(drop=True) for part in (known[~later], known[later])]
    classifier = fit_classifier(
        parts[0],
        parts[1],
        definitions,
        risk_recipe(params.train.model_copy(update={"calibration": "platt"}), params.seed),
        nothing,
    )
    return classifier.predict_risk(test)


def naive(known: pd.DataFrame, test: pd.DataFrame) -> Values:
    """Fit LightGBM's defaults on the line and its ids as categories, without any history."""
    columns = [*RAW, "quantity", "unit_price", "line_value", "ordered_hour", "ordered_weekday"]
    types = {name: pd.CategoricalDtype(sorted(known[name].unique())) for name in RAW}

    def encode(rows: pd.DataFrame) -> pd.DataFrame:
        codes = {name: pd.Index(types[name].categories).get_indexer(rows[name]) for name in RAW}
        return rows[columns].assign(**{name: pd.Categorical.from_codes(codes[name], dtype=types[name]) for name in RAW})

    return plain(encode(known), known["returned"], encode(test))


def plain(features: pd.DataFrame, returned: pd.Series, test: pd.DataFrame) -> Values:
    """Fit LightGBM with its defaults, 100 trees."""
    params = {"objective": "binary", "verbosity": -1, "num_threads": 2, "seed": 7, "deterministic": True}
    return np.asarray(lgb.train(params, lgb.Dataset(features, returned), 100).predict(test))


def tell(
    score: Callable[..., float], returned: npt.NDArray[np.bool_], risk: Values, customers: npt.NDArray[np.object_]
) -> str:
    """Return a score with its bootstrap interval over customers."""
    samples = [score(returned, risk, sample_weight=weight) for weight in resample_weights(customers, RESAMPLES, SEED)]
    low, high = interval(samples)
    return f"{score(returned, risk):.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
