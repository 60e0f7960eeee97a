"""A source of two small raw files, read with real SELECTs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from returns_risk.config.params import SourceParams
from returns_risk.sources import Source, read_source

KEY = b"k" * 32
LINES_SELECT = """
SELECT
    order_no AS order_id, order_no || '-' || position AS line_id, ordered AS ordered_at, customer AS customer_id,
    article AS sku, qty AS quantity, price AS unit_price
FROM read_csv('lines.csv', all_varchar = true)
"""
RETURNS_SELECT = """
SELECT line AS line_id, received AS returned_at, qty AS quantity
FROM read_csv('returns.csv', all_varchar = true)
"""
LINES = """order_no,position,ordered,customer,article,qty,price
007,1,2026-03-01 10:00,anna@example.com,00012,2,9.90
007,2,2026-03-01 10:00,anna@example.com,00034,1,5
008,1,2026-03-02 11:30,ben@example.com,00012,1,9.90
"""
RETURNS = """line,received,qty
007-1,2026-03-09,1
"""


@pytest.fixture
def params(tmp_path: Path) -> SourceParams:
    return SourceParams(name="shop", raw=tmp_path / "raw", time_zone="Europe/Berlin")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., None]:
    """Write files of the source: ``lines.csv`` and such into raw, ``*.sql`` beside each other; None leaves one out."""

    def write(**files: str | None) -> None:
        given: dict[str, str | None] = {
            "lines_csv": LINES,
            "returns_csv": RETURNS,
            "order_lines_sql": LINES_SELECT,
            "returns_sql": RETURNS_SELECT,
        }
        for name, text in (given | files).items():
            stem, _, ending = name.rpartition("_")
            path = tmp_path / ("raw" if ending == "csv" else "sources/shop") / f"{stem}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is not None:
                path.write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def read(write, params, tmp_path) -> Callable[..., Source]:
    """Write the source and read it."""

    def read(key: bytes = KEY, **files: Any) -> Source:
        write(**files)
        return read_source(params, key, tmp_path / "sources")

    return read


@pytest.fixture
def lines() -> Callable[..., str]:
    """Make ``lines.csv`` of one line, from what differs from a good one."""

    def lines(**values: str) -> str:
        good = {
            "order_no": "007",
            "position": "1",
            "ordered": "2026-03-01 10:00",
            "customer": "anna@example.com",
            "article": "00012",
            "qty": "2",
            "price": "9.90",
        } | values
        return ",".join(good) + "\n" + ",".join(good.values()) + "\n"

    return lines
