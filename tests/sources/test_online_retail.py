"""The SELECTs of ``sources/online-retail`` on a handful of invoice lines in the format of the UCI file."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.params import SourceParams
from returns_risk.contract.pseudonyms import pseudonymise
from returns_risk.sources import Source, read_source

SOURCES = Path(__file__).parents[2] / "sources"
KEY = b"k" * 32
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
UNMATCHED = "no earlier purchase of this customer and stock code with units left"
NOT_GOODS = "not goods: postage, discount, fee, voucher or manual booking"
NO_CUSTOMER = "no customer: a return of it could not be recognised"


@pytest.fixture
def read(tmp_path) -> Callable[[str], Source]:
    """Read invoice lines, given as ``invoice code quantity date time price customer``."""

    def read(text: str) -> Source:
        rows = []
        for line in text.strip().splitlines():
            invoice, code, quantity, day, time, price, customer = line.split()
            customer = customer.replace("none", "")
            rows.append(f"{invoice},{code},WHITE METAL LANTERN,{quantity},{day} {time},{price},{customer},France")
        with gzip.open(tmp_path / "online_retail.csv.gz", "wt", encoding="utf-8") as stream:
            stream.write(HEADER + "\n".join(rows) + "\n")
        params = SourceParams(name="online-retail", raw=tmp_path, time_zone="Europe/London")
        return read_source(params, KEY, SOURCES)

    return read


def returned(source: Source) -> list[list[object]]:
    frame = source.tables["returns"]
    return frame.assign(returned_at=frame["returned_at"].dt.strftime("%m-%d")).to_numpy().tolist()


def rejected(source: Source, table: str) -> list[list[object]]:
    columns = ["line_id", "quantity", "reason"]
    return source.rejected[table][columns].astype(object).fillna("").to_numpy().tolist()


def test_a_return_belongs_to_the_latest_earlier_purchase(read):
    source = read("""
        536365 22423 2 2010-12-01 08:26:00 12.75 17850.0
        536370 22423 2 2010-12-05 08:26:00 12.75 17850.0
        C536379 22423 -1 2010-12-06 09:41:00 12.75 17850.0
        536390 22423 2 2010-12-07 08:26:00 12.75 17850.0
    """)
    assert returned(source) == [["536370-1", "12-06", 1]]
    assert source.rejected["returns"].empty


def test_a_return_of_more_units_than_the_latest_purchase_reaches_back_to_earlier_ones(read):
    source = read("""
        536365 22423 4 2010-12-01 08:26:00 12.75 17850.0
        536370 22423 2 2010-12-05 08:26:00 12.75 17850.0
        C536379 22423 -5 2010-12-06 09:41:00 12.75 17850.0
    """)
    assert returned(source) == [["536365-1", "12-06", 3], ["536370-1", "12-06", 2]]


def test_several_returns_of_one_line_each_take_their_units(read):
    source = read("""
        536365 22423 1 2010-12-01 08:26:00 12.75 17850.0
        536370 22423 3 2010-12-05 08:26:00 12.75 17850.0
        C536379 22423 -1 2010-12-06 09:41:00 12.75 17850.0
        C536380 22423 -1 2010-12-07 09:41:00 12.75 17850.0
        C536381 22423 -2 2010-12-08 09:41:00 12.75 17850.0
    """)
    assert returned(source) == [
        ["536370-1", "12-06", 1],
        ["536370-1", "12-07", 1],
        ["536365-1", "12-08", 1],
        ["536370-1", "12-08", 1],
    ]


def test_units_that_came_back_do_not_come_back_again(read):
    source = read("""
        536365 22423 2 2010-12-01 08:26:00 12.75 17850.0
        C536379 22423 -2 2010-12-02 09:41:00 12.75 17850.0
        536370 22423 1 2010-12-05 08:26:00 12.75 17850.0
        C536380 22423 -2 2010-12-06 09:41:00 12.75 17850.0
    """)
    assert returned(source) == [["536365-1", "12-02", 2], ["536370-1", "12-06", 1]]
    assert rejected(source, "returns") == [["C536380-1", "1", UNMATCHED]]


def test_a_return_without_an_earlier_purchase_is_rejected(read):
    source = read("""
        C536379 22423 -3 2010-12-01 09:41:00 12.75 17850.0
        536365 22423 3 2010-12-02 08:26:00 12.75 17850.0
    """)
    assert returned(source) == []
    assert rejected(source, "returns") == [["C536379-1", "3", UNMATCHED]]
    assert source.rejected["returns"]["rule"].tolist() == ["returns.source"]


def test_a_purchase_in_the_same_minute_is_not_earlier(read):
    source = read("""
        536365 22423 3 2010-12-01 09:41:00 12.75 17850.0
        C536379 22423 -3 2010-12-01 09:41:00 12.75 17850.0
    """)
    assert returned(source) == []
    assert rejected(source, "returns") == [["C536379-1", "3", UNMATCHED]]


def test_purchases_of_another_customer_or_stock_code_do_not_count(read):
    source = read("""
        536365 22423 1 2010-12-01 08:26:00 12.75 13047.0
        536366 22424 1 2010-12-01 08:26:00 12.75 17850.0
        C536379 22423 -1 2010-12-06 09:41:00 12.75 17850.0
    """)
    assert rejected(source, "returns") == [["C536379-1", "1", UNMATCHED]]


def test_a_stock_code_in_small_letters_is_the_same_article(read):
    source = read("""
        536365 85123a 1 2010-12-01 08:26:00 2.55 17850.0
        C536379 85123A -1 2010-12-06 09:41:00 2.55 17850.0
    """)
    assert source.tables["order_lines"]["sku"].tolist() == ["85123A"]
    assert returned(source) == [["536365-1", "12-06", 1]]


def test_what_is_no_sale_to_a_known_customer_is_rejected_with_its_reason(read):
    source = read("""
        536365 22423 1 2010-12-01 08:26:00 12.75 17850.0
        536365 POST 3 2010-12-01 08:26:00 18.00 17850.0
        536365 M 1 2010-12-01 08:26:00 1.00 17850.0
        536365 22424 1 2010-12-01 08:26:00 0.0 17850.0
        536366 22424 1 2010-12-01 08:26:00 2.55 none
        536367 22424 -9 2010-12-01 08:26:00 2.55 17850.0
        536368 DCGS0003 1 2010-12-01 08:26:00 2.55 17850.0
    """)
    assert source.tables["order_lines"]["line_id"].tolist() == ["536365-1", "536368-1"]
    assert rejected(source, "order_lines") == [
        ["536365-2", "3", NOT_GOODS],
        ["536365-3", "1", NOT_GOODS],
        ["536365-4", "1", "no price: a gift, sample or adjustment"],
        ["536366-1", "1", NO_CUSTOMER],
        ["536367-1", "9", "stock adjustment: negative quantity on an invoice"],
    ]


def test_a_cancelled_postage_and_a_return_of_nobody_are_rejected(read):
    source = read("""
        536365 22423 1 2010-12-01 08:26:00 12.75 17850.0
        C536379 POST -1 2010-12-06 09:41:00 18.00 17850.0
        C536380 22423 -1 2010-12-06 09:41:00 12.75 none
    """)
    assert returned(source) == []
    assert [reason for _, _, reason in rejected(source, "returns")] == [NOT_GOODS, NO_CUSTOMER]


@pytest.mark.parametrize("table", ["order_lines", "returns"])
def test_a_quantity_that_is_no_number_loses_no_row(read, table):
    invoice = "536370" if table == "order_lines" else "C536379"
    source = read(f"""
        536365 22423 1 2010-12-01 08:26:00 12.75 17850.0
        {invoice} 22423 some 2010-12-06 09:41:00 12.75 17850.0
    """)
    assert len(source.rejected[table]) == 1


def test_each_return_line_is_matched_or_rejected_unit_by_unit(read):
    source = read("""
        536365 22423 7 2010-12-01 08:26:00 12.75 17850.0
        536365 22423 1 2010-12-01 08:26:00 12.75 17850.0
        C536379 22423 -3 2010-12-02 09:41:00 12.75 17850.0
        536370 22423 2 2010-12-03 08:26:00 12.75 17850.0
        C536380 22423 -9 2010-12-04 09:41:00 12.75 17850.0
    """)
    taken, away = source.tables["returns"]["quantity"].sum(), source.rejected["returns"]["quantity"].astype(int).sum()
    assert (taken, away) == (10, 2)
    per_line = source.tables["returns"].groupby("line_id")["quantity"].sum()
    assert per_line.to_dict() == {"536365-1": 7, "536365-2": 1, "536370-1": 2}


def test_times_are_londons_and_customers_lose_their_decimal(read):
    source = read("""
        536365 22423 1 2010-12-01 08:26:00 12.75 17850.0
        540000 22423 1 2011-06-01 08:26:00 12.75 17850.0
    """)
    lines = source.tables["order_lines"]
    assert lines["ordered_at"].astype(str).tolist() == ["2010-12-01 08:26:00+00:00", "2011-06-01 07:26:00+00:00"]
    assert lines["customer_id"].unique().tolist() == pseudonymise(pd.Series(["17850"]), KEY).tolist()
    assert lines[["currency", "market"]].drop_duplicates().to_numpy().tolist() == [["GBP", "France"]]


def test_products_and_customers_are_known_from_their_first_good_purchase(read):
    source = read("""
        536364 85123A 1 2010-11-01 08:26:00 0.0 17850.0
        536365 85123A 1 2010-12-01 08:26:00 2.55 17850.0
        536366 85123A 1 2010-12-02 08:26:00 2.55 13047.0
        C536379 71053 -1 2010-12-03 09:41:00 2.55 17850.0
    """)
    products, customers = source.tables["products"], source.tables["customers"]
    assert products[["sku", "style", "colour", "category"]].to_numpy().tolist() == [["85123A", "85123", "A", "LANTERN"]]
    assert products["launched_at"].astype(str).tolist() == ["2010-12-01 08:26:00+00:00"]
    registered = customers["registered_at"].dt.strftime("%Y-%m-%d").tolist()
    assert sorted(registered) == ["2010-12-01", "2010-12-02"]
    assert customers["customer_id"].tolist() == pseudonymise(pd.Series(["13047", "17850"]), KEY).tolist()
