"""Items that stand out get one action, where it pays, with the evidence for it."""

import numpy as np
import pandas as pd
import pytest

from returns_risk.decision import propose_for_skus
from returns_risk.decision.skus import SKU_COLUMNS
from tests.decision.conftest import make_policy

PARENTS = {"sku": "style", "style": "brand_category"}
ACTION = {
    "level": "sku", "reasons": ["quality", "damaged"], "effect": 0.5, "cost": 4.0, "min_lines": 3, "min_excess": 1.5,
}  # fmt: skip


def policy(**actions):
    return make_policy(sku_actions=actions or {"check_stock": ACTION})


def shop(rate=0.61, count=3) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Lines of item A, which comes back for its quality, and one of B."""
    lines = pd.DataFrame(
        {
            "sku": ["A"] * count + ["B"],
            "style": ["S"] * (count + 1),
            "line_value": [100.0] * (count + 1),
            "risk": [0.5] * count + [0.9],
        }
    )
    shares = pd.DataFrame({"too_small": [0.2] * (count + 1), "quality": [0.6] * (count + 1), "damaged": 0.2})
    features = pd.DataFrame(
        {
            "sku_return_rate_all": [rate] * count + [0.9],
            "sku_return_rate_90d": 0.7,
            "sku_ordered_lines_all": 40.0,
            "sku_returned_lines_all": 24.0,
            "style_return_rate_all": 0.4,
        }
    )
    return lines, shares, features


def test_an_item_with_a_high_return_rate_gets_the_action_with_its_evidence():
    # A return costs 10 + 0.1 * 100 = 20; of three lines 3 * 0.5 * 0.8 = 1.2 come back; half of them saves 12 - 4.
    (row,) = propose_for_skus(*shop(), PARENTS, policy()).to_dict("records")
    assert list(row) == SKU_COLUMNS
    assert (row["item"], row["level"], row["action"], row["cause"]) == ("A", "sku", "check_stock", "quality")
    assert row["lines"] == 3
    assert row["expected_returns"] == pytest.approx(1.2)
    assert row["expected_saving"] == pytest.approx(8.0)
    assert (row["return_rate_all"], row["return_rate_90d"], row["parent"]) == (0.61, 0.7, "style")
    assert (row["parent_return_rate"], row["ordered_lines_all"], row["returned_lines_all"]) == (0.4, 40, 24)
    assert np.isnan(row["ordered_lines_90d"])


@pytest.mark.parametrize(
    ("made", "changed"),
    [
        (shop(rate=0.59), {}),
        (shop(count=2), {}),
        (shop(), {"cost": 12.0}),
        (shop(), {"reasons": ["late"]}),
    ],
)
def test_one_that_does_not_stand_out_or_does_not_pay_gets_none(made, changed):
    lines, shares, features = made
    proposals = propose_for_skus(lines, shares, features, PARENTS, policy(check_stock=ACTION | changed))
    assert proposals.empty
    assert list(proposals) == SKU_COLUMNS


def test_an_item_gets_the_action_that_saves_most_and_a_style_one_of_its_own():
    lines, shares, features = shop()
    actions = {
        "cheap": ACTION | {"cost": 1.0},
        "dear": ACTION,
        "fix_size_chart": ACTION | {"level": "style", "reasons": ["too_small"], "cost": 0.0, "min_excess": 0.5},
    }
    features = features.assign(brand_category_return_rate_all=0.4)
    proposals = propose_for_skus(lines, shares, features, PARENTS, policy(**actions))
    assert proposals[["level", "item", "action"]].to_numpy().tolist() == [
        ["sku", "A", "cheap"],
        ["style", "S", "fix_size_chart"],
    ]


def test_missing_columns_disable_only_the_actions_that_need_them():
    lines, shares, features = shop()
    assert propose_for_skus(lines.drop(columns="sku").assign(sku=None), shares, features, PARENTS, policy()).empty
    style = {"mend": ACTION | {"level": "style"}}
    assert propose_for_skus(lines.drop(columns="style"), shares, features, PARENTS, policy(**style)).empty
    assert propose_for_skus(lines, pd.DataFrame(index=lines.index), features, PARENTS, policy()).empty
    assert propose_for_skus(lines, shares, features[[]], PARENTS, policy()).empty
    nothing = (lines.iloc[:0], shares.iloc[:0], features.iloc[:0])
    assert propose_for_skus(*nothing, PARENTS, policy()).empty
