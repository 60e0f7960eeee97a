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


def test_an_order_cancelled_before_its_parcel_on_the_same_day_has_not_shipped(tmp_path):
    refunds = '"createdAt":"2025-10-26T01:30:05Z","deliveredAt":null}],"refunds":['
    parcel = '"createdAt":"2025-10-27T12:00:00Z","deliveredAt":null}],"refunds":[],"others":['
    cancelled = '"updatedAt":"2025-10-27T07:00:00Z","cancelledAt":null'
    _damage("shopify-graphql", tmp_path, "orders-2025-12.jsonl", refunds, parcel)
    file = tmp_path / "raw/orders-2025-12.jsonl"
    file.write_text(file.read_text().replace(cancelled, cancelled.replace("null", '"2025-10-27T07:00:00Z"')))
    lines = _read("shopify-graphql", tmp_path / "raw").tables["order_lines"].set_index("line_id")
    assert pd.isna(lines.loc["9006", "shipped_at"])
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


def _rejected(source: Source, table: str) -> dict[str, str]:
    """Return the rule that rejected each line."""
    frame = source.rejected[table]
    return dict(zip(frame["line_id"], frame["rule"], strict=True))
