"""Pages of scored runs with random decisions."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.config.policy import load_policy
from returns_risk.export.page import describe_page, render_page
from returns_risk.scoring import ScoredRun

__all__ = ["MANIFEST", "ROOT", "SENSITIVITY", "SKU", "describe", "make_flagged", "make_run", "write"]

ROOT = Path(__file__).parents[2]

MANIFEST = {
    "as_of": "2026-03-02",
    "model_version": "0123456789ab",
    "plan": {"policy": "f" * 64, "none": 1000, "shadow": {"lines": 3, "value": 4.5}},
}
REASONS = ["sizes of the same style in the order: 2 (typical: 1)", "brand is </script><b>acme</b>"]


def make_flagged(count):
    rng = np.random.default_rng(1)
    decision = rng.choice(["act", "review", "holdout", "none"], count)
    planned = decision != "none"
    risk = rng.random(count).round(4)
    return pd.DataFrame(
        {
            "order_id": [f"O{number // 2:05d}" for number in range(count)],
            "line_id": [f"O{number // 2:05d}-{number % 2}" for number in range(count)],
            "sku": [f"S{number}" for number in range(count)],
            "ordered_on": pd.to_datetime("2026-03-01"),
            "market": rng.choice(["DE", "FR"], count),
            "warehouse": "LEJ1",
            "brand": "acme & sons",
            "size": rng.choice(["S", "M"], count),
            "line_value": 50.0,
            "risk": risk,
            "risk_low": risk * 0.9,
            "risk_high": risk,
            "evidence": "some",
            "return_reason": pd.Series(rng.choice(["too_small", "quality"], count), dtype="str"),
            "decision": decision,
            "intervention": pd.Series(
                np.where(planned, rng.choice(["sizing_guidance", "quality_check"], count), None), dtype="str"
            ),
            "value": np.where(planned, (5 * rng.random(count)).round(2), np.nan),
            "value_low": np.where(planned, 0.1, np.nan),
            "value_high": np.where(planned, 6.0, np.nan),
            "no_action_reason": np.where(planned, "", "no capacity"),
        }
    )


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
        features=pd.DataFrame({"customer_ordered_lines_all": [3.0] * count}),
        reason_shares=pd.DataFrame(index=flagged.index),
        sku_actions=pd.DataFrame([sku]),
        sensitivity=SENSITIVITY,
        policy=load_policy(ROOT / "policy.yaml"),
        manifest=manifest,
        reason_columns=3,
    )
    return replace(run, **changes)


def describe(flagged):
    return describe_page(make_run(flagged))


def write(folder: Path, count: int, **columns: Any) -> tuple[Path, pd.DataFrame, dict[str, Any]]:
    flagged = make_flagged(count).assign(**columns)
    run = describe(flagged)
    file = folder / "report.html"
    file.write_text(render_page(run), encoding="utf-8")
    return file, flagged, run
