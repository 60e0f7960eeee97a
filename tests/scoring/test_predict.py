"""Context, return reason and known outcomes are added to the risk of each candidate."""

import pandas as pd

from returns_risk.scoring.predict import add_context, add_return_reason

LINES = pd.DataFrame(
    {
        "line_id": ["O1-1", "O1-2"], "order_id": ["O1", "O1"], "sku": ["a", "b"], "customer_id": ["x", "x"],
        "quantity": [1, 3], "unit_price": [5.0, 9.9], "market": ["DE", "DE"],
    }
)  # fmt: skip
PREDICTED = pd.DataFrame(
    {
        "order_id": ["O1"], "line_id": ["O1-2"], "sku": ["b"],
        "ordered_on": pd.to_datetime(["2026-03-01"]), "as_of": pd.to_datetime(["2026-03-02"]),
        "risk": [0.9], "flagged": [True], "risk_low": [0.8], "risk_high": [0.95], "evidence": ["thin"],
        "return_reason": ["too_small"], "return_reason_share": [0.7],
    }
)  # fmt: skip
FEATURES = pd.DataFrame({"customer_returned_lines_all": [2], "customer_kept_lines_all": [3]}, index=[7])


def test_context_stands_beside_the_score_instead_of_the_features():
    products = pd.DataFrame({"sku": ["a", "b"], "brand": ["acme", "brill"], "style": ["s", "t"]})
    context_lines = add_context(PREDICTED, FEATURES, {"order_lines": LINES, "products": products})
    assert context_lines.columns.tolist() == [
        "order_id", "line_id", "sku", "ordered_on", "as_of", "risk", "flagged", "risk_low", "risk_high",
        "evidence", "return_reason", "return_reason_share", "customer_id", "line_value", "market", "brand",
        "quantity", "unit_price", "style", "customer_outcomes", "sku_outcomes",
    ]  # fmt: skip
    context = context_lines[["line_value", "market", "brand", "quantity", "customer_outcomes", "sku_outcomes"]]
    assert context.to_numpy().tolist() == [[29.7, "DE", "brill", 3, 5.0, 0.0]]


def test_the_photo_of_an_item_stands_beside_its_lines():
    products = pd.DataFrame({"sku": ["b"], "photo_uri": ["https://img.example/b.jpg"]}).astype("str")
    context_lines = add_context(PREDICTED, FEATURES, {"order_lines": LINES, "products": products})
    assert context_lines["photo_uri"].tolist() == ["https://img.example/b.jpg"]


def test_without_a_reason_model_there_is_no_reason():
    lines = add_return_reason(pd.DataFrame({"line_id": ["a", "b"]}), pd.DataFrame(index=[0, 1]), 0.3)
    assert lines["return_reason"].isna().all()
    assert lines["return_reason_share"].isna().all()


def test_the_likeliest_reason_is_given_from_its_share_on():
    shares = pd.DataFrame({"too_small": [0.7, 0.25], "quality": [0.3, 0.28]})
    lines = add_return_reason(pd.DataFrame({"line_id": ["a", "b"]}), shares, 0.3)
    assert lines["return_reason"].tolist()[0] == "too_small"
    assert lines["return_reason"].isna().tolist() == [False, True]
    assert lines["return_reason_share"].tolist() == [0.7, 0.28]
