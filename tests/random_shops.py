"""Small random shops with everything that makes history hard, and their features by the path the chain takes."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from returns_risk.config.policy import Policy
from returns_risk.contract.days import day_number
from returns_risk.features import FeatureSet
from returns_risk.snapshot import Rows, Shop, Snapshot

__all__ = [
    "AS_OFS", "CUSTOMERS", "DAYS", "DEFINITIONS", "FIRST", "LAST", "POLICY", "PRODUCTS", "ZONE", "available",
    "columns_of", "features_at", "features_at_own_as_of", "features_of", "own_rows", "random_lines", "random_returns",
    "random_shops", "times",
]  # fmt: skip

Tables = dict[str, pd.DataFrame]
ZONE = "Europe/Berlin"
FIRST = date(2026, 3, 20)  # clocks go forward on the 29th
DAYS = 20
LAST = FIRST + timedelta(days=DAYS + 15)
AS_OFS = st.integers(1, DAYS + 12).map(lambda days: FIRST + timedelta(days=days))
POLICY = Policy.model_validate(
    {
        "default": {"return_window_days": 4, "delivery_days": 1, "grace_days": 1},
        "markets": {
            "DE": {
                "return_window_days": 3,
                "delivery_days": 2,
                "grace_days": 0,
                "windows": [
                    {"from": "03-24", "to": "03-29", "until": "04-06"},
                    {"from": "2026-03-22", "to": "2026-03-26", "return_window_days": 1},
                ],
            },
            "FR": {"return_window_days": 6, "delivery_days": 1, "grace_days": 2},
        },
    }
)
EVENTS = ("ordered", "returned", "closed", "kept", "cancelled")
COUNTS = [f"{event}_{measure}" for event in EVENTS for measure in ("lines", "units", "money", "days")]
FIT = {"fit": ["small", "large"]}
LINE = {
    "days_since_launch": {"days": ["launched_at", "ordered_at"]},
    "weekday": {"part": ["ordered_at", "weekday"]},
    "age": {"years": ["birth_year", "ordered_at"]},
    "group": {"category": "style"},
}
BASKET = {
    "basket_units": {"total": "quantity"},
    "basket_lines": {"total": "line"},
    "basket_skus": {"distinct": ["sku"]},
    "basket_skus_of_style": {"distinct_within": ["style", "sku"]},
    "basket_value_share": {"share": "line_value"},
    "basket_price_rank": {"rank": "unit_price"},
}


BELIEFS = {
    "kind": "beliefs",
    "entity": "beliefs",
    "meaning": "belief",
    "bands": {
        "weekday": {"part": ["ordered_at", "weekday"], "edges": [5], "meaning": "weekday"},
        "skus_of_style": {"distinct_within": ["style", "sku"], "edges": [2], "meaning": "items of the style"},
    },
    "groups": {
        "customer": {"meaning": "customer", "keys": [["customer_id"], ["customer_id", "style"]]},
        "item": {"meaning": "item", "keys": [["sku"], ["style", "skus_of_style"]]},
        "context": {"meaning": "context", "keys": [[], ["weekday", "market"], ["birth_year"]]},
    },
    "fitted": {
        "bias": -0.4,
        "variances": {
            "customer_id": 0.5,
            "customer_id style": 0.25,
            "sku": 1.0,
            "style skus_of_style": 0.75,
            "": 0.125,
            "weekday market": 0.375,
            "birth_year": 0.0,
        },
    },
}


def history(entity: str, key: list[str], strength: float, **more: Any) -> dict[str, Any]:
    shared = {"windows": ["all", 6, 1], "rates": True, "strength": strength}
    return {"kind": "history", "entity": entity, "meaning": entity, "key": key} | shared | more


def columns_of(kind: str, columns: dict[str, Any]) -> dict[str, Any]:
    explained = {name: column | {"meaning": name} for name, column in columns.items()}
    return {"kind": kind, "entity": kind, "meaning": kind, "columns": explained}


DEFINITIONS = FeatureSet.model_validate(
    {
        "definitions": [
            history("shop", [], 2, prior_rate=0.25, reasons=FIT, trend=[2, 6]),
            history("market", ["market"], 3, parent="shop", counts=COUNTS, pending=True),
            history(
                "customer",
                ["customer_id"],
                1.5,
                parent="market",
                counts=COUNTS,
                rate_windows=["all", 6],
                recency=EVENTS,
                pending=True,
                usual=["quantity", "unit_price"],
                money_rates=True,
                tenure=True,
                interpurchase=True,
                trend=[1, 6],
                reasons=FIT | {"fault": ["torn"]},
                reason_windows=["all", 6],
                kept_size=True,
            ),
            history(
                "birth_year_style",
                ["birth_year", "style"],
                4,
                parent="customer",
                counts=COUNTS,
                recency=EVENTS,
                usual=["quantity", "unit_price"],
            ),
            columns_of("line", LINE),
            columns_of("basket", BASKET),
            BELIEFS,
        ]
    }
)


def times(values: list[Any]) -> pd.Series:
    return pd.Series(pd.to_datetime(values, utc=True)).astype("datetime64[us, UTC]")


PRODUCTS = pd.DataFrame(
    {
        "sku": pd.Series(["s1", "s2", "s3"], dtype="str"),
        "style": pd.Series(["x", "x", None], dtype="str"),
        "size": pd.Series(["M", "XL", "one size"], dtype="str"),
        "launched_at": times(["2026-01-01", None, "2026-03-25"]),
    }
)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": pd.Series(["A", "B"], dtype="str"),  # C is not listed
        "segment": pd.Series(["new", None], dtype="str"),
        "birth_year": pd.array([1990, None], dtype="Int64"),
        "registered_at": times([None, "2026-01-01"]),
        "opted_out": pd.array([None, False], dtype="boolean"),
    }
)
MOMENTS = st.integers(0, DAYS * 24 * 4 - 1).map(lambda q: pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(minutes=15 * q))
ORDERS = st.tuples(st.sampled_from("ABC"), MOMENTS, st.sampled_from(["DE", "FR", "UK", None]), st.integers(1, 3))
LATER = st.none() | st.integers(0, 8 * 24 * 4).map(lambda q: pd.Timedelta(minutes=15 * q))
REASONS = st.sampled_from([None, "small", "large", "torn", "late"])
OPTIONAL = ["promised_at", "shipped_at", "delivered_at", "cancelled_at", "recorded_at", "market"]


@st.composite
def random_lines(draw: st.DrawFn, prefix: str = "L") -> pd.DataFrame:
    """Order lines of up to five orders, with all optional times."""
    drawn = draw(st.lists(ORDERS, max_size=5, min_size=1))
    orders = [(f"{prefix}O{n}", *order) for n, order in enumerate(drawn) for _ in range(order[-1])]

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return [draw(values) for _ in orders]

    ordered = times([moment for _, _, moment, *_ in orders])
    later = {
        f"{name}_at": (ordered + pd.Series(pd.to_timedelta(column(LATER)))).astype("datetime64[us, UTC]")
        for name in ("promised", "shipped", "delivered", "cancelled", "recorded")
    }
    return pd.DataFrame(
        {
            "order_id": pd.Series([order for order, *_ in orders], dtype="str"),
            "line_id": pd.Series([f"{prefix}{n}" for n in range(len(orders))], dtype="str"),
            "ordered_at": ordered,
            "customer_id": pd.Series([customer for _, customer, *_ in orders], dtype="str"),
            "sku": pd.Series(column(st.sampled_from(["s1", "s2", "s3", "unlisted"])), dtype="str"),
            "quantity": pd.array(column(st.integers(1, 3)), dtype="Int64"),
            "unit_price": column(st.sampled_from([0.0, 0.1, 9.99, 25.0])),
            "market": pd.Series([market for *_, market, _ in orders], dtype="str"),
            **later,
        }
    )


@st.composite
def random_returns(draw: st.DrawFn, lines: pd.DataFrame) -> pd.DataFrame:
    """Up to eight returns of the lines."""
    one_return = st.tuples(st.integers(0, len(lines) - 1), st.integers(0, 12 * 24), st.integers(1, 2), LATER, REASONS)
    drawn = draw(st.lists(one_return, max_size=8))
    returned = times([lines["ordered_at"].iloc[row] + pd.Timedelta(hours=hours) for row, hours, *_ in drawn])
    recorded = pd.Series(pd.to_timedelta([gap for *_, gap, _ in drawn]))
    return pd.DataFrame(
        {
            "line_id": pd.Series([lines["line_id"].iloc[row] for row, *_ in drawn], dtype="str"),
            "returned_at": returned,
            "quantity": pd.array([units for _, _, units, *_ in drawn], dtype="Int64"),
            "recorded_at": (returned + recorded).astype("datetime64[us, UTC]"),
            "reason": pd.Series([reason for *_, reason in drawn], dtype="str"),
        }
    )


@st.composite
def random_shops(draw: st.DrawFn) -> Shop:
    """Shops in which optional columns and tables may be absent, and values missing."""
    lines = draw(random_lines())
    returns = draw(random_returns(lines))
    absent = draw(st.lists(st.sampled_from(OPTIONAL), unique=True, max_size=2))
    tables = {
        "order_lines": lines.drop(columns=absent),
        "returns": returns.drop(columns="recorded_at") if draw(st.booleans()) else returns,
    }
    attributes: Any = st.sampled_from([{"products": PRODUCTS, "customers": CUSTOMERS}, {"customers": CUSTOMERS}, {}])
    return Shop(tables | draw(attributes), POLICY, ZONE)


def available(snapshot: Snapshot) -> FeatureSet:
    """The definitions that the shop has the columns for."""
    return DEFINITIONS.drop_unavailable(snapshot.columns)


def own_rows(snapshot: Snapshot) -> Rows:
    """All lines of a snapshot, each at the first as-of after it was ordered."""
    return Rows(np.arange(len(snapshot.lines)), snapshot.outcomes.ordered_on + np.int32(1))


def features_of(snapshot: Snapshot, rows: Rows) -> pd.DataFrame:
    """Features of rows by line_id."""
    line_ids = snapshot.lines["line_id"].to_numpy()[rows.position]
    return snapshot.features(rows, available(snapshot)).set_axis(pd.Index(line_ids, dtype="str"))


def features_at_own_as_of(shop: Shop, known_at: date = LAST) -> pd.DataFrame:
    """Features by line_id of every line at the first as-of after its order, as computed at ``known_at``."""
    snapshot = shop.snapshot(known_at)
    return features_of(snapshot, own_rows(snapshot))


def features_at(shop: Shop, as_of: date, known_at: date | None = None, only: list[str] | None = None) -> pd.DataFrame:
    """Features by line_id at ``as_of`` of the lines ordered before it, or only of these lines in this order."""
    snapshot, day = shop.snapshot(known_at or as_of), day_number(as_of)
    position = np.flatnonzero(snapshot.outcomes.ordered_on < day)
    if only is not None:
        position = pd.Index(snapshot.lines["line_id"]).get_indexer(pd.Index(only)).astype(np.int64)
    return features_of(snapshot, Rows(position, np.full(len(position), day, dtype=np.int32)))
