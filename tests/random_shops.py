"""Small random shops with everything that makes history hard, and features by the path the chain takes."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from returns_risk.config.policy import Policy
from returns_risk.contract.days import day_number, start_of_day
from returns_risk.features import FeatureRequest, FeatureSet, build_features
from returns_risk.history import Outcomes, find_outcomes
from returns_risk.snapshot.as_of import as_of_view
from returns_risk.snapshot.lines import join_attributes

ZONE = "Europe/Berlin"
FIRST = date(2026, 3, 20)  # clocks go forward on the 29th
DAYS = 20
LAST = FIRST + timedelta(days=DAYS + 15)
POLICY = Policy.model_validate(
    {
        "default": {"return_window_days": 4, "delivery_days": 1, "grace_days": 1},
        "markets": {
            "DE": {"return_window_days": 3, "delivery_days": 2, "grace_days": 0},
            "FR": {"return_window_days": 6, "delivery_days": 1, "grace_days": 2},
        },
    }
)
COUNTS = [
    f"{event}_{of}" for event in ("ordered", "returned", "kept", "cancelled") for of in ("lines", "units", "money")
]
COLUMNS = {"days_since_launch": {"days": ["launched_at", "ordered_at"]}, "weekday": {"part": ["ordered_at", "weekday"]}}
BASKET = {
    "basket_units": {"total": "quantity"},
    "basket_skus": {"distinct": ["sku"]},
    "basket_skus_of_style": {"distinct_within": ["style", "sku"]},
    "basket_value_share": {"share": "line_value"},
    "basket_price_rank": {"rank": "unit_price"},
}


def history(entity: str, key: list[str], **more: Any) -> dict[str, Any]:
    return {"kind": "history", "entity": entity, "meaning": entity, "key": key, "windows": ["all", 5, 2]} | more


def columns_of(kind: str, columns: dict[str, Any]) -> dict[str, Any]:
    told = {name: column | {"meaning": name} for name, column in columns.items()}
    return {"kind": kind, "entity": kind, "meaning": kind, "columns": told}


DEFINITIONS = FeatureSet.model_validate(
    {
        "definitions": [
            history("shop", [], rates=True, prior_rate=0.1, strength=3),
            history("market", ["market"], rates=True, parent="shop", strength=4),
            history("style", ["style"], counts=COUNTS, rates=True, parent="shop", strength=2, pending=True),
            history(
                "customer",
                ["customer_id"],
                counts=COUNTS,
                rates=True,
                rate_windows=["all", 5],
                parent="market",
                strength=5,
                recency=["ordered", "returned", "kept", "cancelled"],
                pending=True,
                usual=["quantity", "unit_price"],
            ),
            history("customer_sku", ["customer_id", "sku"], counts=["ordered_lines", "returned_lines"]),
            columns_of("line", COLUMNS),
            columns_of("basket", BASKET),
        ]
    }
)


@dataclass(frozen=True)
class Shop:
    """Contract tables as validation leaves them."""

    order_lines: pd.DataFrame
    returns: pd.DataFrame
    products: pd.DataFrame

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        return {"order_lines": self.order_lines, "returns": self.returns, "products": self.products}


def times(values: list[Any]) -> pd.Series:
    return pd.Series(pd.to_datetime(values, utc=True)).astype("datetime64[us, UTC]")


MOMENTS = st.integers(0, DAYS * 24 * 4 - 1).map(lambda q: pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(minutes=15 * q))
REASONS = st.sampled_from([None, "small", "large", "torn", "late"])
LATER = st.none() | st.integers(0, 8 * 24 * 4).map(lambda q: pd.Timedelta(minutes=15 * q))


@st.composite
def order_lines(draw: st.DrawFn, prefix: str = "L") -> pd.DataFrame:
    orders = draw(
        st.lists(
            st.tuples(st.sampled_from("ABC"), MOMENTS, st.sampled_from(["DE", "FR", "UK"])), max_size=5, min_size=1
        )
    )
    sizes = [draw(st.integers(1, 3)) for _ in orders]
    headers = [
        (f"{prefix}O{n}", *order)
        for n, (order, size) in enumerate(zip(orders, sizes, strict=True))
        for _ in range(size)
    ]
    rows = len(headers)

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return [draw(values) for _ in range(rows)]

    ordered = times([header[2] for header in headers])
    later = {
        name: pd.Series(pd.to_timedelta(column(LATER)))
        for name in ("promised", "shipped", "delivered", "cancelled", "recorded")
    }
    return pd.DataFrame(
        {
            "order_id": pd.Series([header[0] for header in headers], dtype="str"),
            "line_id": pd.Series([f"{prefix}{n}" for n in range(rows)], dtype="str"),
            "ordered_at": ordered,
            "customer_id": pd.Series([header[1] for header in headers], dtype="str"),
            "sku": pd.Series(column(st.sampled_from(["s1", "s2", "s3", "unlisted"])), dtype="str"),
            "quantity": pd.array(column(st.integers(1, 3)), dtype="Int64"),
            "unit_price": column(st.sampled_from([0.0, 0.1, 9.99, 25.0])),
            "market": pd.Series([header[3] for header in headers], dtype="str"),
            **{f"{name}_at": (ordered + gap).astype("datetime64[us, UTC]") for name, gap in later.items()},
        }
    )


@st.composite
def returns_of(draw: st.DrawFn, lines: pd.DataFrame) -> pd.DataFrame:
    drawn = draw(
        st.lists(
            st.tuples(st.integers(0, len(lines) - 1), st.integers(0, 12 * 24), st.integers(1, 2), LATER, REASONS),
            max_size=8,
        )
    )
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


PRODUCTS = pd.DataFrame(
    {
        "sku": pd.Series(["s1", "s2", "s3"], dtype="str"),
        "style": pd.Series(["x", "x", None], dtype="str"),
        "size": pd.Series(["M", "XL", "one size"], dtype="str"),
        "launched_at": times(["2026-01-01", None, "2026-03-25"]),
    }
)


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    lines = draw(order_lines())
    return Shop(lines, draw(returns_of(lines)), PRODUCTS)


def known(shop: Shop, as_of: date) -> tuple[pd.DataFrame, Outcomes]:
    """What the chain knows of a shop at the start of a day."""
    tables = as_of_view(shop.tables, start_of_day(as_of, ZONE))
    lines = join_attributes(tables)
    return lines, find_outcomes(lines, tables["returns"], POLICY, ZONE)


def features_at_own_as_of(shop: Shop, known_at: date, until: date) -> pd.DataFrame:
    """Features of every line known before ``until`` at its first as-of, by line_id, as computed at ``known_at``."""
    lines, outcomes = known(shop, known_at)
    position = np.flatnonzero(outcomes.ordered_on < day_number(until))
    return _build(lines, outcomes, position, outcomes.ordered_on[position] + np.int32(1))


def features_at(shop: Shop, as_of: date, known_at: date | None = None) -> pd.DataFrame:
    """Features of every line known before ``as_of`` at that as-of, by line_id."""
    lines, outcomes = known(shop, known_at or as_of)
    position = np.flatnonzero(outcomes.ordered_on < day_number(as_of))
    return _build(lines, outcomes, position, np.full(len(position), day_number(as_of), dtype=np.int32))


def _build(lines: pd.DataFrame, outcomes: Outcomes, position: Any, as_of: Any) -> pd.DataFrame:
    features = build_features(DEFINITIONS, FeatureRequest(lines, outcomes, position, as_of, ZONE))
    return features.set_axis(lines["line_id"].to_numpy()[position]).sort_index()
