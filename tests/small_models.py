"""A working folder with a feature table, and models of it in a real MLflow store."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from returns_risk.config.params import Params, load_params
from returns_risk.features import FeatureSet, write_frozen
from returns_risk.io.files import write_parquet
from returns_risk.model import Classifier, Provenance, fit_classifier
from returns_risk.model.recipes import risk_recipe
from returns_risk.registry.runs import log_training
from returns_risk.snapshot.splits import Periods

AS_OF = date(2026, 3, 2)
COLUMNS = {
    "discount": {"discount": ["unit_price", "list_price"], "meaning": "discount"},
    "line_value": {"product": ["quantity", "unit_price"], "meaning": "value of the line"},
    "market_name": {"category": "market", "meaning": "market"},
}
DEFINITIONS = FeatureSet.model_validate(
    {"definitions": [{"kind": "line", "entity": "order", "meaning": "order", "columns": COLUMNS}]}
)
PERIODS = Periods(
    train=(date(2025, 6, 1), date(2025, 9, 30)),
    calibrate=(date(2025, 10, 1), date(2025, 10, 31)),
    test=(date(2025, 12, 1), date(2025, 12, 31)),
    embargo="matured",
)
LATER = Periods(
    train=(date(2025, 6, 1), date(2025, 10, 15)),
    calibrate=(date(2025, 10, 16), date(2025, 11, 10)),
    test=(date(2025, 12, 16), date(2026, 1, 10)),
    embargo="matured",
)


@dataclass(frozen=True)
class Shop:
    """The working folder, and what trains and registers models in it."""

    folder: Path
    params: Params

    def train(
        self, seed: int = 1, trees: int = 40, *, noise: float = 0.0, periods: Periods = PERIODS, name: str = "risk"
    ) -> Path:
        """Train a model, register it as the challenger and return its bundle; noise spoils its labels."""
        classifier = fit(self.params, seed, trees, noise, periods)
        bundle = self.folder / "models" / name
        classifier.save(bundle)
        log_training(classifier, bundle, self.params, [], training_table()[[*COLUMNS]].head())
        return bundle


def make_shop(folder: Path, root: Path) -> Shop:
    """Write the feature table, its definitions and the parameters; the caller makes the folder the working one."""
    params = load_params(root / "params.yaml")
    gate = params.gate.model_copy(update={"resamples": 200, "slices": {"market_name": "values"}, "slice_lines": 100})
    params = params.model_copy(update={"gate": gate, "as_of": AS_OF})
    write_parquet(folder / "features/training.parquet", training_table())
    write_frozen(folder / "features/definitions.json", DEFINITIONS)
    text = (
        (root / "params.yaml")
        .read_text()
        .replace("resamples: 1000", "resamples: 200")
        .replace("slice_lines: 200", "slice_lines: 100")
    )
    (folder / "params.yaml").write_text(text)
    (folder / "policy.yaml").write_bytes((root / "policy.yaml").read_bytes())
    return Shop(folder, params)


def training_table(lines: int = 4000) -> pd.DataFrame:
    """Lines of seven months whose return depends on discount and market; a quarter has no discount."""
    rng = np.random.default_rng(5)
    ordered = np.sort(rng.integers(0, 224, lines))
    discount = np.where(rng.random(lines) < 0.25, np.nan, rng.random(lines))
    market = rng.choice(["AT", "DE", "FR"], lines)
    effect = pd.Series(market).map({"AT": -1.0, "DE": 0.0, "FR": 1.0}).to_numpy()
    log_odds = -2.0 + effect + 3 * np.nan_to_num(discount, nan=0.4)
    days = pd.Timestamp("2025-06-01") + pd.to_timedelta(ordered, unit="D")
    returned = rng.random(lines) < 1 / (1 + np.exp(-log_odds))
    line_value = rng.gamma(100.0, 0.6, lines).astype(np.float32)
    back = days + pd.to_timedelta(rng.integers(3, 30, lines), unit="D")
    return pd.DataFrame(
        {
            "line_id": [f"line{number}" for number in range(lines)],
            "order_id": [f"order{number}" for number in range(lines)],
            "customer_id": [f"c0ffee{number}" for number in rng.integers(0, lines // 2, lines)],
            "sku": [f"sku{number}" for number in range(lines)],
            "ordered_on": days.astype("datetime64[ms]"),
            "as_of": (days + pd.Timedelta(days=1)).astype("datetime64[ms]"),
            "closes_on": (days + pd.Timedelta(days=30)).astype("datetime64[ms]"),
            "returned": returned,
            "returned_on": back.where(returned).astype("datetime64[ms]"),
            "discount": discount.astype(np.float32),
            "line_value": line_value,
            "market_name": pd.Series(market, dtype="str"),
        }
    )


def fit(params: Params, seed: int, trees: int, noise: float, periods: Periods) -> Classifier:
    """Fit on the periods of the table; ``noise`` is the share of labels drawn anew."""
    small = {"num_boost_round": trees, "min_data_in_leaf": 20, "num_threads": 1, "num_leaves": 7, "learning_rate": 0.1}
    rows = training_table()
    parts = {name: rows[periods.select(rows, name)].reset_index(drop=True) for name in ("train", "calibrate", "test")}
    rng = np.random.default_rng(seed)
    for name in ("train", "calibrate"):
        drawn = rng.random(len(parts[name])) < 0.5
        parts[name]["returned"] = np.where(rng.random(len(drawn)) < noise, drawn, parts[name]["returned"])
    provenance = Provenance(
        source=params.source.name,
        as_of=AS_OF,
        periods=periods,
        rows={name: len(part) for name, part in parts.items()},
        return_rate=float(parts["train"]["returned"].mean()),
        data={"training.parquet": "a" * 64},
        packages={"lightgbm": "4.7.0"},
    )
    changed = params.train.model_copy(update=small | {"calibration": "platt"})
    return fit_classifier(parts["train"], parts["calibrate"], DEFINITIONS, risk_recipe(changed, seed), provenance)
