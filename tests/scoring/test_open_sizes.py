"""A message names the sizes of an order that can still be chosen, not those that were cancelled or have shipped."""

from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.params import load_params
from returns_risk.config.policy import load_policy
from returns_risk.decision import DecisionContext
from returns_risk.io.files import write_parquet
from returns_risk.scoring import Candidates, ScoringModels, score_candidates
from returns_risk.snapshot import Shop
from tests.small_models import AS_OF, PERIODS, fit

ROOT = Path(__file__).parents[2]
SIZES = ["38", "40", "42", "44"]
NEVER = pd.Series([pd.NaT] * 4, dtype="datetime64[us, UTC]")


@pytest.fixture
def tables():
    """An order of four sizes of a style; the first was cancelled before the as-of."""
    lines = pd.DataFrame(
        {
            "order_id": "A", "line_id": ["A1", "A2", "A3", "A4"], "customer_id": "c", "sku": SIZES, "quantity": 1,
            "unit_price": 90.0, "list_price": 100.0, "currency": "EUR", "market": "FR", "warehouse": "LEJ1",
            "ordered_at": pd.Timestamp("2026-03-01T08:00Z"), "promised_at": pd.Timestamp("2026-03-09T19:00Z"),
            "shipped_at": NEVER, "cancelled_at": NEVER,
        }
    )  # fmt: skip
    lines.loc[0, "cancelled_at"] = pd.Timestamp("2026-03-01T20:00Z")
    products = pd.DataFrame({"sku": SIZES, "style": "s", "size": SIZES, "category": "dresses", "brand": "Dornfeld"})
    returns = pd.DataFrame({"line_id": pd.Series([], dtype="str"), "returned_at": NEVER.head(0), "quantity": 1})
    return {"order_lines": lines, "products": products, "returns": returns}


def test_messages_and_reasons_name_the_sizes_that_are_still_open(tmp_path, tables):
    policy = load_policy(ROOT / "policy.yaml")
    guidance = policy.interventions["sizing_guidance"]
    guidance = guidance.model_copy(
        update={
            "cost": 0.0,
            "lost_sale": 0.0,
            "goodwill": 0.0,
            "needs": None,
            "effect": {"any": guidance.effect["too_small"]},
        }
    )
    decision = policy.decision.model_copy(update={"holdout": 0.0, "min_value": 0.0})
    policy = policy.model_copy(update={"interventions": {"sizing_guidance": guidance}, "decision": decision})
    params = load_params(ROOT / "params.yaml").model_copy(update={"as_of": AS_OF})
    model = fit(params, 1, 5, 0.0, PERIODS)
    snapshot = Shop(tables, policy, "Europe/Berlin").snapshot(AS_OF)
    rows = snapshot.candidates(14)
    features = pd.concat([snapshot.ids(rows), snapshot.features(rows, model.definitions)], axis=1)
    write_parquet(tmp_path / "candidates.parquet", features)
    candidates = Candidates.read(tmp_path / "candidates.parquet", "nightly")
    context = DecisionContext.for_night(params, bytes(32))
    models = ScoringModels(model, "1")
    since_shipped = pd.Series(["A2"])
    lines = score_candidates(candidates, snapshot, models, policy, params, context, since_shipped).candidates
    assert lines["line_id"].tolist() == ["A3", "A4"]
    messages = lines["message"].dropna().tolist()
    assert messages, lines[["decision", "no_action_reason", "value"]]
    assert all("42" in text and "44" in text for text in messages)
    assert not any("38" in text or "40" in text for text in messages)
    assert "Ordered in 2 sizes: 42 and 44." in lines["reasons"].dropna().iloc[0]
