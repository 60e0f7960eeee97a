"""One small shop for all tests of this folder, with its truth, its export and what the chain reads of it."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.params import SourceParams
from returns_risk.simulate import Shop, build_shop, raw_tables, write_shop
from returns_risk.sources import Source, read_source

UNTIL = date(2026, 3, 2)
LINES = 20_000
Tables = dict[str, pd.DataFrame]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shop() -> Shop:
    return build_shop(seed=7, until=UNTIL, days=540, lines=LINES)


@pytest.fixture(scope="session")
def tables(shop: Shop) -> Tables:
    return raw_tables(shop, UNTIL)


@pytest.fixture(scope="session")
def source(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("demo")
    write_shop(folder, tables)
    params = SourceParams(name="demo", raw=folder, time_zone="Europe/Berlin")
    return read_source(params, b"a key of this test", ROOT / "sources")


@pytest.fixture(scope="session")
def settled(source: Source) -> pd.DataFrame:
    """Delivered lines whose return window has closed, with their product and whether they came back."""
    lines = source.tables["order_lines"]
    old = lines[lines["delivered_at"].notna() & (lines["ordered_at"] < "2026-01-10")]
    products = source.tables["products"][["sku", "style", "category", "size", "colour"]]
    joined = old.merge(products, on="sku", validate="many_to_one")
    return joined.assign(returned=joined["line_id"].isin(source.tables["returns"]["line_id"]))
