"""Random shops with gaps: optional columns and tables absent, markets and attributes missing, one-sided keys."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from hypothesis import strategies as st

from returns_risk.contract.days import date_of, day_number, start_of_day
from returns_risk.features import FeatureRequest, FeatureSet, build_features, drop_unavailable
from returns_risk.history import Outcomes, find_outcomes
from returns_risk.snapshot.as_of import as_of_view
from returns_risk.snapshot.lines import available_columns, join_attributes
from tests.random_shops import BASKET, COLUMNS, DAYS, FIRST, POLICY, ZONE, Shop, columns_of, history, shops, times

__all__ = [
    "AS_OFS",
    "CUSTOMERS",
    "DEFINITIONS",
    "EVENTS",
    "WINDOWS",
    "Tables",
    "at_own_as_of",
    "featurize",
    "nasty_shops",
    "recall",
]

Tables = dict[str, pd.DataFrame]
EVENTS = ("ordered", "returned", "closed", "kept", "cancelled")
WINDOWS: tuple[Any, ...] = ("all", 6, 1)
AS_OFS = st.integers(1, DAYS + 12).map(lambda days: FIRST + timedelta(days=days))
OPTIONAL = ["promised_at", "shipped_at", "delivered_at", "cancelled_at", "recorded_at", "market"]
COUNTS = [f"{event}_{of}" for event in EVENTS for of in ("lines", "units", "money", "days")]
FIT = {"fit": ["small", "large"]}

DEFINITIONS = FeatureSet.model_validate(
    {
        "definitions": [
            history("shop", [], rates=True, prior_rate=0.25, strength=2, windows=WINDOWS, reasons=FIT, trend=[2, 6]),
            history("market", ["market"], counts=COUNTS, rates=True, parent="shop", strength=3, windows=WINDOWS),
            history(
                "customer",
                ["customer_id"],
                counts=COUNTS,
                rates=True,
                parent="market",
                strength=1.5,
                recency=EVENTS,
                usual=["quantity", "unit_price"],
                windows=WINDOWS,
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
                counts=COUNTS,
                rates=True,
                parent="customer",
                strength=4,
                recency=EVENTS,
                usual=["quantity", "unit_price"],
                windows=WINDOWS,
            ),
            columns_of(
                "line", COLUMNS | {"age": {"years": ["birth_year", "ordered_at"]}, "group": {"category": "style"}}
            ),
            columns_of("basket", BASKET | {"basket_lines": {"total": "line"}}),
        ]
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


@st.composite
def nasty_shops(draw: st.DrawFn) -> Tables:
    shop: Shop = draw(shops())
    lines = shop.order_lines
    lines["market"] = lines["market"].where(np.array([draw(st.booleans()) for _ in range(len(lines))], dtype=bool))
    absent = draw(st.lists(st.sampled_from(OPTIONAL), unique=True, max_size=2))
    returns = shop.returns.drop(columns="recorded_at") if draw(st.booleans()) else shop.returns
    tables = {"order_lines": lines.drop(columns=absent), "returns": returns}
    return tables | draw(
        st.sampled_from([{"products": shop.products, "customers": CUSTOMERS}, {"customers": CUSTOMERS}, {}])
    )


def recall(tables: Tables, known_at: date) -> tuple[pd.DataFrame, Outcomes, FeatureSet]:
    """What pipelines/featurize.py knows at the start of a day."""
    known = as_of_view(tables, start_of_day(known_at, ZONE))
    lines = join_attributes(known)
    return (
        lines,
        find_outcomes(lines, known["returns"], POLICY, ZONE),
        drop_unavailable(DEFINITIONS, available_columns(lines, known)),
    )


def featurize(tables: Tables, as_of: date, only: list[str] | None = None, known_at: date | None = None) -> pd.DataFrame:
    """Features at one as-of of every line known before it, or of those asked for, in the order asked for."""
    lines, outcomes, definitions = recall(tables, known_at or as_of)
    places = {line: place for place, line in enumerate(lines["line_id"])}
    before = lines["line_id"][outcomes.ordered_on < day_number(as_of)]
    asked = list(before) if only is None else only
    rows = np.array([places[line] for line in asked], dtype=np.int64)
    at = np.full(len(rows), day_number(as_of), dtype=np.int32)
    return build_features(definitions, FeatureRequest(lines, outcomes, rows, at, ZONE)).set_axis(
        pd.Index(asked, dtype="str")
    )


def at_own_as_of(tables: Tables, known_at: date) -> tuple[pd.DataFrame, npt.NDArray[np.datetime64]]:
    """Features of every line known at ``known_at``, each at the first as-of after it, and those as-ofs."""
    lines, outcomes, definitions = recall(tables, known_at)
    own = outcomes.ordered_on + np.int32(1)
    rows = np.arange(len(lines))
    return build_features(definitions, FeatureRequest(lines, outcomes, rows, own, ZONE)).set_axis(
        pd.Index(lines["line_id"], dtype="str", name=None)
    ), date_of(own)
