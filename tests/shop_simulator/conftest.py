"""One small shop for all tests of this folder, with its truth, its extract and what the chain reads of it."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.params import SourceParams
from returns_risk.sources import Source, read_source
from shop_simulator import Definition, Shop, simulate, write_raw
from shop_simulator.raw import raw_tables
from shop_simulator.truth import truth_table

UNTIL = date(2026, 3, 2)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shop() -> Shop:
    return simulate(Definition(lines_per_day=60), UNTIL)


@pytest.fixture(scope="session")
def truth(shop: Shop) -> pd.DataFrame:
    frame: pd.DataFrame = truth_table(shop).to_pandas()
    return frame


@pytest.fixture(scope="session")
def settled(truth: pd.DataFrame) -> pd.DataFrame:
    """Shipped lines whose story is over."""
    return truth[truth["shipped"] & (truth["ordered_on"] < "2025-12-20")]


@pytest.fixture(scope="session")
def tables(shop: Shop) -> dict[str, pd.DataFrame]:
    return {name: table.to_pandas() for name, table in raw_tables(shop).items()}


@pytest.fixture(scope="session")
def source(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("demo")
    write_raw(folder, shop)
    params = SourceParams(name="demo", raw=folder, time_zone="Europe/Berlin")
    return read_source(params, b"a key of this test", ROOT / "sources")
