"""A small night and a policy that can be reckoned by hand."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.policy import Policy
from returns_risk.decision import DecisionContext

AS_OF = datetime(2026, 3, 2, tzinfo=UTC)
KEY = b"k" * 32
CONTEXT = DecisionContext(AS_OF, "demo 2026-03-02", KEY)


def make_policy(**changes):
    """Two interventions: sizing talks to customers, checks do not."""
    content = {
        "default": {"return_window_days": 30, "delivery_days": 4, "grace_days": 4},
        "markets": {},
        "money": {"currency": "EUR", "rates": {"GBP": 2.0}},
        "costs": {"default": {"handling": 10.0, "markdown": 0.1, "margin": 0.5}},
        "interventions": {
            "sizing": {
                "cost": 1.0, "contacts_customer": True, "lost_sale": 0.1, "goodwill": 0.5, "capacity": 2,
                "effect": {"too_small": {"expected": 0.5, "low": 0.25, "high": 0.75}},
            },
            "check": {
                "cost": 0.5, "capacity": 1,
                "effect": {
                    "quality": {"expected": 0.8, "low": 0.5, "high": 1.0},
                    "any": {"expected": 0.1, "low": 0.0, "high": 0.2},
                },
            },
        },
        "decision": {"holdout": 0.0, "review_below": -100.0, "min_value": 0.0},
    }  # fmt: skip
    return Policy.model_validate(content | changes)


def make_lines(count, seed=1):
    """A night of customers with one to three lines."""
    rng = np.random.default_rng(seed)
    customer = rng.integers(0, max(1, count // 2), count)
    risk = rng.beta(2, 3, count).round(3)
    return pd.DataFrame(
        {
            "line_id": [f"L{number:05d}" for number in range(count)],
            "order_id": [f"O{number}" for number in customer],
            "customer_id": [f"C{number}" for number in customer],
            "line_value": rng.gamma(3, 20, count).round(2),
            "market": rng.choice(["DE", "FR"], count),
            "warehouse": rng.choice(["LEJ1", "BER2"], count),
            "risk": risk,
            "risk_low": risk * 0.8,
            "risk_high": np.minimum(1, risk * 1.2),
        }
    )


def make_shares(count, seed=1):
    shares = np.random.default_rng(seed).dirichlet([1, 1, 1], count)
    return pd.DataFrame(shares, columns=["too_small", "quality", "changed_mind"])


@pytest.fixture
def policy():
    return make_policy()
