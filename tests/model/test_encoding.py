"""Columns reach LightGBM as in training, or not at all."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from returns_risk.errors import BundleError
from returns_risk.model import Encoding, fit_encoding

ENCODING = Encoding(columns=("price", "brand"), levels={"brand": ("acme", "brill")})


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"price": [1.5, 2.0], "brand": pd.Series(["brill", "acme"], dtype="str")} | columns)


def test_numbers_stay_and_categories_become_their_place_among_the_levels():
    encoded = ENCODING(frame())
    assert encoded.to_numpy().tolist() == [[1.5, 1.0], [2.0, 0.0]]
    assert (encoded.dtypes == "float32").all()


def test_columns_come_in_the_order_of_training_whatever_stands_around_them():
    shuffled = frame(other=[1, 2])[["other", "brand", "price"]]
    assert ENCODING(shuffled).columns.tolist() == ["price", "brand"]


def test_rows_keep_their_index():
    assert ENCODING(frame().set_axis([7, 3])).index.tolist() == [7, 3]


def test_a_level_that_training_did_not_see_and_a_missing_one_count_as_missing():
    encoded = ENCODING(frame(brand=pd.Series(["zara", None], dtype="str")))
    assert encoded["brand"].isna().all()


def test_missing_numbers_stay_missing():
    encoded = ENCODING(frame(price=pd.Series([None, 2], dtype="Int64")))
    assert encoded["price"].isna().tolist() == [True, False]


def test_a_category_column_without_any_value_counts_as_missing():
    assert ENCODING(frame(brand=pd.Series([None, None], dtype="str")))["brand"].isna().all()


def test_a_missing_column_is_refused_by_name():
    with pytest.raises(BundleError, match=r"features: 1 of 2 columns of the model are missing, e\.g\. brand\."):
        ENCODING(frame().drop(columns="brand"))


def test_a_number_where_training_saw_a_category_is_refused():
    with pytest.raises(BundleError, match="column brand holds numbers, the model was trained with categories there"):
        ENCODING(frame(brand=[1.0, 2.0]))


def test_text_where_training_saw_a_number_is_refused():
    with pytest.raises(BundleError, match="column price holds text, the model was trained with numbers there"):
        ENCODING(frame(price=pd.Series(["1.5", "2"], dtype="str")))


def test_a_line_alone_is_encoded_as_in_a_batch():
    batch = ENCODING(frame())
    for position in range(2):
        pd.testing.assert_frame_equal(ENCODING(frame().iloc[[position]]), batch.iloc[[position]])


def test_levels_are_those_seen_often_enough_in_alphabetical_order():
    rows = pd.DataFrame(
        {"price": range(7), "brand": pd.Series(["b", "b", "a", "a", "c", None, None], dtype="str"), "other": 1}
    )
    encoding = fit_encoding(rows, {"brand": "category", "price": "money"}, 2)
    assert encoding == Encoding(columns=("brand", "price"), levels={"brand": ("a", "b")})


def test_an_identity_is_a_category_too():
    rows = pd.DataFrame({"this_sku": pd.Series(["00012", "00012"], dtype="str")})
    assert fit_encoding(rows, {"this_sku": "identity"}, 1).levels == {"this_sku": ("00012",)}


def test_codes_are_not_rounded_by_32_bit_floats():
    levels = tuple(f"{i:06d}" for i in range(100_000))
    encoding = Encoding(columns=("sku",), levels={"sku": levels})
    encoded = encoding(pd.DataFrame({"sku": pd.Series(levels, dtype="str")}))
    assert np.array_equal(encoded["sku"].to_numpy(), np.arange(100_000))
