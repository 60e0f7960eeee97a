"""The sizes of a style in an order are named, the smallest first."""

import pandas as pd

from returns_risk.explain import name_sizes

LINES = pd.DataFrame(
    {
        "order_id": ["A", "A", "A", "A", "B", "B"],
        "line_id": ["A1", "A2", "A3", "A4", "B1", "B2"],
        "sku": ["s-l", "s-m", "s-m", "t-42", "s-l", "none"],
        "quantity": 1,
        "unit_price": 10.0,
    }
)
PRODUCTS = pd.DataFrame(
    {
        "sku": ["s-l", "s-m", "t-42", "none"],
        "style": ["s", "s", "t", None],
        "size": ["L", "M", "42", "M"],
    }
).astype({"size": "category"})


def test_sizes_of_the_same_style_in_the_same_order_are_named_once_each():
    features = LINES[["order_id", "line_id"]].set_axis(range(10, 16))
    named = name_sizes(features, {"order_lines": LINES, "products": PRODUCTS})
    assert named["sizes_of_style"].tolist() == [("M", "L")] * 3 + [("42",), ("L",), None]
    assert named.index.tolist() == list(range(10, 16))


def test_sizes_come_in_the_order_of_the_features():
    features = LINES[["order_id", "line_id"]].iloc[[4, 0]]
    named = name_sizes(features, {"order_lines": LINES, "products": PRODUCTS})
    assert named["sizes_of_style"].tolist() == [("L",), ("M", "L")]


def test_a_source_without_styles_names_none():
    features = LINES[["order_id", "line_id"]]
    named = name_sizes(features, {"order_lines": LINES, "products": PRODUCTS.drop(columns="style")})
    assert "sizes_of_style" not in named


def test_a_night_on_which_nothing_is_flagged_names_none():
    features = LINES[["order_id", "line_id"]].head(0)
    assert len(name_sizes(features, {"order_lines": LINES, "products": PRODUCTS})) == 0


def test_sizes_of_lines_that_have_shipped_or_were_cancelled_are_not_named():
    features = LINES[["order_id", "line_id"]].iloc[[0, 3]]
    tables = {"order_lines": LINES, "products": PRODUCTS}
    named = name_sizes(features, tables, pd.Series(["A1", "A4", "B1"]))
    assert named["sizes_of_style"].tolist() == [("L",), ("42",)]
