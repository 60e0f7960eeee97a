"""The SELECTs of ``benchmarks/sources/bads`` on invented lines in the file's format, and the benchmark's split."""

import gzip

import pytest

from benchmarks.bads import build, read
from returns_risk.features import FeatureSet

HEADER = "order_item_id,order_date,item_id,item_size,item_color,brand_id,item_price,user_id,user_title,birth_year"
HEADER += ",user_reg_date,return\n"
LINES = """
7,2012-10-31,12,xl,red,3,19.9,801,Mrs,1970,2011-02-16,1
8,2012-10-31,12,XL,red,3,19.9,801,Mrs,1970,2011-02-16,0
9,2012-11-05,13,unsized,?,4,0.0,802,Company,,2012-11-05,1
10,2012-12-03,12,M,red,3,14.9,802,Company,,2012-11-05,0
11,2012-12-24,12,M,red,3,14.9,802,Company,,2012-11-05,0
"""

COUNTS = FeatureSet.model_validate(
    {
        "definitions": [
            {
                "kind": "history",
                "entity": "customer",
                "meaning": "customer",
                "key": ["customer_id"],
                "windows": ["all"],
                "counts": ["returned_lines"],
            }
        ]
    }
)


def write(folder, lines):
    with gzip.open(folder / "orders_until_2013-01.csv.gz", "wt", encoding="utf-8") as stream:
        stream.write(HEADER + lines.strip() + "\n")


@pytest.fixture
def shop(tmp_path):
    write(tmp_path, LINES)
    return read(tmp_path)


def test_an_order_is_what_a_customer_orders_on_a_day(shop):
    lines = shop[0].lines
    assert lines["order_id"].nunique() == 4
    assert lines["line_id"].tolist() == ["7", "8", "9", "10", "11"]
    assert lines["ordered_at"].dt.tz_convert("Europe/Berlin").dt.strftime("%m-%d %H:%M").unique().tolist() == [
        "10-31 00:00",
        "11-05 00:00",
        "12-03 00:00",
        "12-24 00:00",
    ]


def test_a_product_is_a_size_and_colour_of_a_style(shop):
    products = shop[0].tables["products"]
    assert products[["sku", "style", "brand", "size"]].to_numpy().tolist() == [
        ["12/M/red", "12", "3", "M"],
        ["12/XL/red", "12", "3", "XL"],
        ["13/UNSIZED/?", "13", "4", "UNSIZED"],
    ]
    assert products["colour"].isna().tolist() == [False, False, True]


def test_customers_have_title_birth_year_and_registration(shop):
    customers = shop[0].tables["customers"].set_index("birth_year")
    assert customers.loc[1970, "segment"] == "Mrs"
    assert (
        customers["registered_at"].dt.tz_convert("Europe/Berlin").dt.strftime("%Y-%m-%d").tolist().count("2011-02-16")
        == 1
    )


def test_a_label_is_known_thirty_days_after_the_order(shop):
    outcomes = shop[0].outcomes
    assert (outcomes.closes_on - outcomes.ordered_on).tolist() == [30, 30, 30, 30, 30]
    assert (outcomes.return_on - outcomes.ordered_on[outcomes.return_line]).tolist() == [30, 30]
    assert shop[0].labels(shop[0].training_rows(0))["returned"].tolist() == [True, False, True, False, False]


def test_what_is_learnt_from_is_all_before_the_test_or_only_what_was_known(shop):
    snapshot, _ = shop
    published, known = (build(snapshot, COUNTS, as_published=as_published) for as_published in (True, False))
    assert published.train["line_id"].tolist() == ["7", "8", "9"]
    assert known.train["line_id"].tolist() == ["7", "8"]
    assert published.test["line_id"].tolist() == known.test["line_id"].tolist() == ["10", "11"]
    # The return of the line of November 5 is known from December 5 on.
    assert published.test["customer_returned_lines_all"].tolist() == [1.0, 1.0]
    assert known.test["customer_returned_lines_all"].tolist() == [0.0, 1.0]
    assert published.train["customer_returned_lines_all"].tolist() == [0.0, 0.0, 0.0]
