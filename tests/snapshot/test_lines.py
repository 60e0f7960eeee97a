"""Order lines with their product and their customer."""

import pandas as pd
import pytest

from returns_risk.snapshot.lines import join_attributes


def test_lines_keep_their_order_and_number_whatever_products_and_customers_say():
    tables = {
        "order_lines": pd.DataFrame(
            {
                "line_id": ["b", "a"],
                "sku": ["y", "x"],
                "customer_id": ["1", "2"],
                "quantity": [3, 1],
                "unit_price": [9.9, 1.0],
            },
            index=[7, 3],
        ),
        "products": pd.DataFrame({"sku": ["x", "z"], "style": ["plain", "none"], "photo_uri": ["u", "v"]}),
        "customers": pd.DataFrame({"customer_id": ["1"], "birth_year": [1990], "segment": ["new"]}),
    }
    result = join_attributes(tables)
    assert result.index.tolist() == [0, 1]
    assert result["line_id"].tolist() == ["b", "a"]
    assert result["style"].fillna("").tolist() == ["", "plain"]
    assert result["birth_year"].fillna(0).tolist() == [1990, 0]
    assert result["line_value"].tolist() == [29.7, 1.0]
    assert "photo_uri" not in result


def test_what_may_change_about_a_customer_describes_no_earlier_line():
    tables = {
        "order_lines": pd.DataFrame({"customer_id": ["1"], "sku": ["x"], "quantity": [1], "unit_price": [1.0]}),
        "customers": pd.DataFrame(
            {"customer_id": ["1"], "segment": ["lost"], "language": ["de"], "market": ["DE"], "opted_out": [True]}
        ),
    }
    assert list(join_attributes(tables)) == ["customer_id", "sku", "quantity", "unit_price", "line", "line_value"]


def test_a_product_that_stands_twice_is_refused_and_doubles_no_line():
    tables = {
        "order_lines": pd.DataFrame({"sku": ["x"], "quantity": [1], "unit_price": [1.0]}),
        "products": pd.DataFrame({"sku": ["x", "x"], "style": ["a", "b"]}),
    }
    with pytest.raises(pd.errors.MergeError, match="many-to-one"):
        join_attributes(tables)
