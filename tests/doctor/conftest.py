"""A shop of 300 orders in typed frames, and what the doctor finds about it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.params import Params, load_params
from returns_risk.config.policy import load_policy
from returns_risk.contract.schema import CONTRACT
from returns_risk.doctor import Findings, examine
from returns_risk.sources import Source

ROOT = Path(__file__).parents[2]
AS_OF = date(2026, 3, 2)
READ_AT = pd.Timestamp("2026-03-02 08:00", tz="UTC")
ORDERS = 300


def tables() -> dict[str, pd.DataFrame]:
    """Orders of 150 days, two a day; each third comes back after ten days, each thirtieth, all from FR, after 50."""
    number = np.arange(ORDERS)
    ordered = pd.Timestamp("2025-10-03 10:00", tz="UTC") + pd.to_timedelta(number // 2, unit="D")
    delivered = pd.Series(ordered + pd.Timedelta(days=3)).where(ordered < pd.Timestamp("2026-02-26", tz="UTC"))
    lines = pd.DataFrame(
        {
            "order_id": [f"O{n}" for n in number],
            "line_id": [f"L{n}" for n in number],
            "ordered_at": ordered.astype("datetime64[us, UTC]"),
            "customer_id": [f"customer-{n % 60}" for n in number],
            "sku": [f"S{n % 7}" for n in number],
            "quantity": pd.array([1] * ORDERS, dtype="Int64"),
            "unit_price": 20.0,
            "market": np.where(number % 2, "DE", "FR"),
            "shipped_at": (delivered - pd.Timedelta(days=2)).astype("datetime64[us, UTC]"),
            "delivered_at": delivered.astype("datetime64[us, UTC]"),
        }
    )
    back = lines.iloc[::3].reset_index(drop=True)
    days = np.where(np.arange(len(back)) % 10 == 0, 50, 10)
    returned = back["delivered_at"] + pd.to_timedelta(days, unit="D")
    came = (returned < pd.Timestamp(AS_OF, tz="UTC")).to_numpy()
    returns = pd.DataFrame(
        {"line_id": back["line_id"], "returned_at": returned, "quantity": back["quantity"], "reason": "too_small"}
    )[came].reset_index(drop=True)
    products = pd.DataFrame({"sku": [f"S{n}" for n in range(7)], "style": "T1", "size": "M"})
    frames = {"order_lines": lines, "returns": returns, "products": products}
    return {name: frame.astype(_types(name, frame)) for name, frame in frames.items()}


def _types(table: str, frame: pd.DataFrame) -> dict[str, str]:
    texts = [str(name) for name in frame if CONTRACT[table].column(str(name)).type in ("text", "category")]
    return dict.fromkeys(texts, "str")


def source_of(frames: dict[str, pd.DataFrame]) -> Source:
    """Return a source that gave these tables."""
    nothing = {name: frame.head(0).assign(rule="", reason="") for name, frame in frames.items()}
    absent = {
        name: [column.name for column in CONTRACT[name].columns if column.name not in frame]
        for name, frame in frames.items()
    }
    return Source(frames, nothing, absent)


@pytest.fixture(scope="session")
def params() -> Params:
    loaded = load_params(ROOT / "params.yaml")
    zone = loaded.source.model_copy(update={"time_zone": "UTC", "name": "shop"})
    split = loaded.split.model_copy(update={"test_days": 7, "calibrate_days": 7, "embargo": "ordered"})
    featurize = loaded.featurize.model_copy(update={"warm_up_days": 10})
    return loaded.model_copy(update={"source": zone, "as_of": AS_OF, "split": split, "featurize": featurize})


@pytest.fixture
def shop() -> dict[str, pd.DataFrame]:
    return tables()


@pytest.fixture
def diagnose(monkeypatch, params) -> Callable[[dict[str, pd.DataFrame]], Findings]:
    """Examine tables with the parameters, the policy and the features of the repository."""
    monkeypatch.chdir(ROOT)

    def diagnose(frames: dict[str, pd.DataFrame], as_of: date = AS_OF) -> Findings:
        asked = params.model_copy(update={"as_of": as_of})
        return examine(source_of(frames), asked, load_policy(), read_at=READ_AT, previous=None)

    return diagnose
