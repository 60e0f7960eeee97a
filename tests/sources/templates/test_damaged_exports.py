"""A damaged value in the export of a shop system costs a rejected row, and never a return without a record."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.params import SourceParams
from returns_risk.sources import Source, read_source
from tests.sources.conftest import KEY

FIXTURES = Path(__file__).parent
TEMPLATES = FIXTURES.parents[2] / "src/returns_risk/sources/templates"


@pytest.mark.parametrize(
    ("system", "file", "good", "bad", "line"),
    [
        ("magento", "sales_creditmemo.csv", "2,2,2,2025-10-21 10:15:00", "2,2,2,20.10.2025 10:15", "3"),
        (
            "shopify-csv",
            "transactions_export_1.csv",
            "2025-10-20 11:12:13 +0200,success,23.92",
            "20.10.2025 11:12,success,23.92",
            "1001-1",
        ),
        ("shopify-json", "orders.json", '8001, "created_at": "2025-10-20T11:12:13+02:00"', None, "9001"),
        (
            "shopify-graphql",
            "orders-2025-12.jsonl",
            '"2025-10-27T07:00:00Z","return":null},{"createdAt":"2025-10-28T07:00:00Z"',
            '"20.10.2025 11:12","return":null},{"createdAt":"20.10.2025 11:13"',
            "9006",
        ),
        ("woocommerce", "refunds.json", '"date_created_gmt": "2025-10-20T09:12:13"', None, "3101"),
    ],
)
def test_a_refund_with_an_unreadable_time_is_rejected_and_no_cancellation(system, file, good, bad, line, tmp_path):
    bad = bad or good[: good.rindex('"2025')] + '"20.10.2025 11:12"'
    before, after = _read(system, FIXTURES / system / "raw"), _damage(system, tmp_path, file, good, bad)
    pd.testing.assert_frame_equal(after.tables["order_lines"], before.tables["order_lines"])
    assert len(after.tables["returns"]) == len(before.tables["returns"]) - 1
    assert _rejected(after, "returns")[line] == "returns.returned_at_type"


@pytest.mark.parametrize(
    ("system", "file", "good", "bad", "line"),
    [
        ("magento", "sales_shipment.csv", "2,2,2025-10-09 05:00:00", "2,2,29.10.2025 05:00", "3"),
        ("shopify-csv", "orders_export_1.csv", "2025-10-08 15:00:00 +0200", "28.10.2025 15:00", "1001-1"),
        ("woocommerce", "orders.json", '"date_completed_gmt": "2025-10-08T13:00:00"', None, "3101"),
    ],
)
def test_a_refund_of_a_line_with_an_unreadable_shipment_stays_a_return(system, file, good, bad, line, tmp_path):
    bad = bad or good[: good.rindex('"2025')] + '"28.10.2025 15:00"'
    before, after = _read(system, FIXTURES / system / "raw"), _damage(system, tmp_path, file, good, bad)
    assert _rejected(after, "order_lines")[line] == "order_lines.shipped_at_type"
    pd.testing.assert_frame_equal(after.tables["returns"], before.tables["returns"])


REFUND = "5001,#1001,refund,shopify_payments,2025-10-20 11:12:13 +0200,success,23.92"


@pytest.mark.parametrize(
    ("file", "good", "bad", "lost", "key", "reason"),
    [
        (
            "transactions_export_1.csv",
            REFUND,
            REFUND.replace("23.92", "€23.92"),
            "1001-1",
            "1001",
            "the amount of the refund cannot be read",
        ),
        (
            "orders_export_1.csv",
            "119.04,4.90,19.01,123.94",
            "119.04,4.90,19.01,€123.94",
            "1001-1",
            "1001",
            "the total of the order cannot be read",
        ),
        (
            "transactions_export_1.csv",
            "5006,#1006,refund",
            "5006,#9999,refund",
            "1006-1",
            "9999",
            "the order of the refund is not in orders_export",
        ),
    ],
)
def test_a_refund_of_shopify_without_its_line_is_rejected(file, good, bad, lost, key, reason, tmp_path):
    source = _damage("shopify-csv", tmp_path, file, good, bad)
    assert lost not in set(source.tables["returns"]["line_id"])
    assert _reasons(source)[key] == reason


def test_a_refund_without_an_order_hides_no_others(tmp_path):
    source = _damage("shopify-csv", tmp_path, "transactions_export_1.csv", REFUND, REFUND.replace("#1001", ""))
    assert "the refund names no order" in set(source.rejected["returns"]["reason"])
    missing = "refunded, but without a refund in transactions_export"
    assert (_reasons(source)["1001"], _reasons(source)["1008"]) == (missing, missing)


def test_a_refunded_amount_that_cannot_be_read_is_a_refund(tmp_path):
    file, good = "orders_export_2.csv", "Gift card,,34.80,Kaliska,,,,,5008"
    source = _damage("shopify-csv", tmp_path, file, good, good.replace("34.80", "€34.80"))
    assert _reasons(source)["1008"] == "refunded, but without a refund in transactions_export"


@pytest.mark.parametrize(
    ("good", "bad", "line"), [("3,2,3,1.0000", "3,2,9999,1.0000", "9999"), ("3,2,3,", "3,77,3,", "3")]
)
def test_a_credit_memo_of_magento_without_its_item_or_header_stays_in_the_returns(good, bad, line, tmp_path):
    before = _read("magento", FIXTURES / "magento/raw").tables["returns"]
    after = _damage("magento", tmp_path, "sales_creditmemo_item.csv", good, bad).tables["returns"]
    assert len(after) == len(before)
    assert after.set_index("line_id").loc[line, "quantity"] == 1
    if line == "3":
        assert pd.isna(after.set_index("line_id").loc[line, "returned_at"])


def test_a_refund_of_woocommerce_names_an_item_of_no_order_and_stays_in_the_returns(tmp_path):
    source = _damage("woocommerce", tmp_path, "refunds.json", '"value": "3101"', '"value": "9999"')
    assert source.tables["returns"].set_index("line_id").loc["9999", "quantity"] == 1


def test_a_refund_of_woocommerce_without_items_and_order_is_rejected(tmp_path):
    source = _damage("woocommerce", tmp_path, "refunds.json", '"parent_id": 728', '"parent_id": 9999')
    assert _reasons(source)["order 9999"] == "refund of an amount without items"


@pytest.mark.parametrize(
    ("system", "file", "good", "bad", "table", "line"),
    [
        ("shopify-csv", "orders_export_1.csv", "+0200,2,Tee - S", "+0200,2.5,Tee - S", "order_lines", "1001-1"),
        ("shopify-json", "orders.json", '"quantity": 2, "current', '"quantity": 2.5, "current', "order_lines", "9001"),
        ("shopify-json", "orders.json", '9001, "quantity": 1, ', '9001, "quantity": 1.5, ', "returns", "9001"),
        ("shopify-graphql", "orders-2025-12.jsonl", '"quantity":2,', '"quantity":2.5,', "order_lines", "9001"),
        ("shopify-graphql", "orders-2025-12.jsonl", '8101","quantity":1', '8101","quantity":1.5', "returns", "9001"),
    ],
)
def test_a_part_of_a_unit_is_rejected_and_not_rounded(system, file, good, bad, table, line, tmp_path):
    source = _damage(system, tmp_path, file, good, bad)
    assert _rejected(source, table)[line] == f"{table}.quantity_type"


def test_an_unreadable_quantity_of_amazon_rejects_its_own_row_of_a_return(tmp_path):
    good = "Shirt M\t1\tLEJ1\tCUSTOMER_DAMAGED\tUNWANTED_ITEM\tUnit returned to inventory\tLPN003"
    source = _damage("amazon", tmp_path, "returns-2025-10.txt", good, good.replace("\t1\t", "\tx\t"))
    line = "302-0000002-0000002-0042"
    assert source.tables["returns"].set_index("line_id").loc[line, "quantity"] == 1
    assert _rejected(source, "returns")[line] == "returns.quantity_type"
    assert source.rejected["returns"]["quantity"].tolist() == ["x"]


def test_an_unreadable_quantity_of_amazon_rejects_its_order_line(tmp_path):
    good = "B0AAAAAA03\tShipped\t1\tEUR\t27.95"
    source = _damage("amazon", tmp_path, "orders-2025-10.txt", good, good.replace("\t1\t", "\tx\t"))
    assert _rejected(source, "order_lines")["302-0000003-0000003-0043"] == "order_lines.quantity_type"


@pytest.mark.parametrize("bad", ["27,95\t4.46\t\t\t\t\t", "27.95\t4.46\t\t\t\t\t2,00"])
def test_an_unreadable_amount_of_amazon_rejects_its_order_line_of_which_another_row_is_read(bad, tmp_path):
    source = _damage("amazon", tmp_path, "orders-2025-10.txt", "27.95\t4.46\t\t\t\t\t", bad)
    assert _rejected(source, "order_lines")["302-0000003-0000003-0043"] == "order_lines.unit_price_type"


def test_an_unreadable_quantity_of_a_sap_delivery_rejects_its_own_row_of_a_return(tmp_path):
    good = "0084000001;000010;000000000000100042;1,000-;ST;0060000001;000010"
    bad = f"{good}\n{good.replace('1,000-', 'x')}"
    source = _damage("sap-csv", tmp_path, "LIPS.csv", good, bad)
    assert source.tables["returns"].set_index("line_id").loc["0000004711-000010", "quantity"] == 1
    assert _rejected(source, "returns")["0000004711-000010"] == "returns.quantity_type"


def test_an_order_cancelled_before_its_parcel_on_the_same_day_has_not_shipped(tmp_path):
    refunds = '"createdAt":"2025-10-26T01:30:05Z","deliveredAt":null}],"refunds":['
    parcel = '"createdAt":"2025-10-27T12:00:00Z","deliveredAt":null}],"refunds":[],"others":['
    cancelled = '"updatedAt":"2025-10-27T07:00:00Z","cancelledAt":null'
    _damage("shopify-graphql", tmp_path, "orders-2025-12.jsonl", refunds, parcel)
    file = tmp_path / "raw/orders-2025-12.jsonl"
    file.write_text(file.read_text().replace(cancelled, cancelled.replace("null", '"2025-10-27T07:00:00Z"')))
    lines = _read("shopify-graphql", tmp_path / "raw").tables["order_lines"].set_index("line_id")
    assert lines["shipped_at"].isna()["9006"]
    assert lines.loc["9006", "cancelled_at"] == pd.Timestamp("2025-10-27 07:00Z")


def _damage(system: str, folder: Path, file: str, good: str, bad: str) -> Source:
    """Read the fixture of a system with another text in one place."""
    shutil.copytree(FIXTURES / system / "raw", folder / "raw")
    text = (folder / "raw" / file).read_text()
    assert text.count(good) == 1
    (folder / "raw" / file).write_text(text.replace(good, bad))
    return _read(system, folder / "raw")


def _read(system: str, raw: Path) -> Source:
    return read_source(SourceParams(name=system, raw=raw, time_zone="Europe/Berlin"), KEY, TEMPLATES)


def _reasons(source: Source) -> dict[str, str]:
    """Return the reason of each rejected return."""
    frame = source.rejected["returns"]
    return dict(zip(frame["line_id"], frame["reason"], strict=True))


def _rejected(source: Source, table: str) -> dict[str, str]:
    """Return the rule that rejected each line."""
    frame = source.rejected[table]
    return dict(zip(frame["line_id"], frame["rule"], strict=True))
