"""Pages of scored runs with random decisions, and with all columns that a night gives them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.config.policy import load_policy
from returns_risk.export.page import describe_page, render_page
from returns_risk.export.recent_nights import RecentNights
from returns_risk.scoring import ScoredRun

__all__ = ["MANIFEST", "ROOT", "SENSITIVITY", "SKU", "describe", "make_flagged", "make_recent", "make_run", "write"]

ROOT = Path(__file__).parents[2]

MANIFEST = {
    "source": "tests",
    "as_of": "2026-03-02",
    "time_zone": "Europe/Berlin",
    "model_version": "0123456789ab",
    "plan": {"policy": "f" * 64, "none": 1000, "shadow": {"lines": 3, "value": 4.5}},
}
REASONS = ["L fits generously: 20 of 127 said too large", "brand is </script><b>acme</b>"]
SIZES = ["S", "M", "L", "XL"]


def make_flagged(count):
    """Two lines an order; about a fifth of the orders for each decision, and the others with two."""
    rng = np.random.default_rng(1)
    decision = rng.choice(["act", "review", "holdout", "none"], count)
    planned = decision != "none"
    intervention = pd.Series(rng.choice(["sizing_guidance", "quality_check"], count), dtype="str").where(planned)
    sized = intervention.eq("sizing_guidance").to_numpy(dtype=bool)
    risk = rng.random(count).round(4)
    size = rng.choice(SIZES, count)
    ship_by = pd.Timestamp("2026-03-02 06:00", tz="UTC") + pd.to_timedelta(
        rng.integers(-6, 40, count // 2 + 1), unit="h"
    )
    treated = np.isin(decision, ["act", "review"])
    return pd.DataFrame(
        {
            "order_id": [f"O{number // 2:05d}" for number in range(count)],
            "line_id": [f"O{number // 2:05d}-{number % 2}" for number in range(count)],
            "sku": [f"S{number}" for number in range(count)],
            "ordered_on": pd.to_datetime("2026-03-01"),
            "market": rng.choice(["DE", "FR"], count),
            "warehouse": "LEJ1",
            "brand": "acme & sons",
            "category": "jackets",
            "size": size,
            "quantity": 1,
            "unit_price": 50.0,
            "currency": "EUR",
            "line_value": 50.0,
            "photo_uri": "https://img.shop.example/1.jpg",
            "risk": risk,
            "risk_low": risk * 0.9,
            "risk_high": risk,
            "evidence": "some",
            "return_reason": pd.Series(rng.choice(["too_small", "quality"], count), dtype="str"),
            "decision": decision,
            "intervention": intervention,
            "value": np.where(planned, (5 * rng.random(count)).round(2), np.nan),
            "value_low": np.where(planned, 0.1, np.nan),
            "value_high": np.where(planned, 6.0, np.nan),
            "no_action_reason": np.where(planned, "", "no capacity"),
            "ship_by": pd.Series(ship_by[np.arange(count) // 2]),
            "suggested_size": _texts("L", sized),
            "suggested_size_kept": np.where(sized, 0.72, np.nan),
            "ordered_size_kept": np.where(sized, 0.41, np.nan),
            "size_evidence": [_size_evidence(rng) for _ in range(count)],
            "resolution": "exchange",
            "resolution_text": "Offer another size, free of charge.",
            "message_to": pd.Series(np.where(sized, "customer", "warehouse"), dtype="str").where(treated),
            "message_language": _texts("en", treated),
            "message_size": _texts("L", sized & treated),
            "message_subject": _texts("Your order: is the size right?", treated),
            "message": _texts("Hello,\n\nyou ordered this jacket in XL.", treated),
            "reply_by": pd.Series(pd.Timestamp("2026-03-02 11:00", tz="UTC"), index=range(count)).where(sized),
        }
    )


def _texts(text, rows):
    """Return a text in some rows, and nothing in the others."""
    return pd.Series(text, index=range(len(rows)), dtype="str").where(rows)


def _size_evidence(rng):
    kinds = ("kept", "too_small", "too_large")
    sizes = []
    for size in SIZES:
        counts = {kind: int(rng.integers(0, 60)) for kind in kinds}
        sizes.append({"size": size, **counts, "returned": counts["too_small"] + counts["too_large"] + 7})
    return {"sizes": sizes, "customer": [{"size": "L", "kept": 2}]}


SKU = {
    "item": "A<b>", "level": "sku", "action": "check_stock", "cause": "quality", "lines": 7, "expected_returns": 3.21,
    "expected_saving": 12.5, "return_rate_all": 0.61, "return_rate_90d": np.nan, "parent": "brand_category",
    "parent_return_rate": 0.4, "ordered_lines_all": 1240.0, "returned_lines_all": 700.0, "ordered_lines_90d": 12.0,
    "returned_lines_90d": np.nan,
}  # fmt: skip


FACTORS = [("basket", 0.8), ("customer_brand_category", -0.3), ("loyalty_group", 0.2), ("all else", 0.1)]
SENSITIVITY = pd.DataFrame(
    {
        "assumption": ["current assumptions", "costs increased by half"],
        "lines": [70, 56],
        "best_value": [56.3828, 42.6483],
        "plan_value": [56.3828, 42.7328],
        "same_share": [1.0, 0.76],
    }
)


def make_run(flagged, reasons=REASONS, factors=FACTORS, languages=("en", "de"), manifest=MANIFEST, sku=SKU, **changes):
    count = len(flagged)
    run = ScoredRun(
        candidates=flagged.assign(
            flagged=True,
            reasons=[reasons] * count,
            factors=[factors] * count,
            language=(list(languages) * count)[:count],
        ),
        features=pd.DataFrame(index=flagged.index),
        reason_shares=pd.DataFrame(index=flagged.index),
        sku_actions=pd.DataFrame([sku]),
        sensitivity=SENSITIVITY,
        policy=load_policy(ROOT / "policy.yaml"),
        manifest=manifest,
        reason_columns=3,
    )
    return replace(run, **changes)


def make_recent(flagged, nights=14, carried=0):
    """Nights before with 40 orders each, and the first lines without a plan carried over from the last of them."""
    dates = pd.date_range(end="2026-03-01", periods=nights).strftime("%Y-%m-%d")
    rng = np.random.default_rng(2)
    rows = [
        {"as_of": day, "orders": int(rng.integers(35, 60)), "value": float(rng.integers(30, 90)), "reported": 20}
        for day in dates
    ]
    waiting = flagged[flagged["decision"] == "none"].head(carried)
    plan = {
        "night": dates[-1], "intervention": "quality_check", "decision": "act", "value": 2.5, "value_low": 1.0,
        "value_high": 4.0, "message_to": "warehouse", "message_language": "de", "message_subject": "Bitte prüfen",
        "message": "Bitte prüfen Sie die Naht.",
    }  # fmt: skip
    lines = waiting[["order_id", "line_id"]].to_dict("records")
    return RecentNights.of(rows, [line | plan | {"reasons": ["Carried reason"]} for line in lines])


def describe(flagged, about=None, recent=None):
    return describe_page(make_run(flagged), about, recent)


def write(
    folder: Path, count: int, about: dict[str, Any] | None = None, recent: RecentNights | None = None, **columns: Any
) -> tuple[Path, pd.DataFrame, dict[str, Any]]:
    flagged = make_flagged(count).assign(**columns)
    run = describe(flagged, about, recent)
    file = folder / "report.html"
    file.write_text(render_page(run), encoding="utf-8")
    return file, flagged, run
