"""Each template reads the fixture of its system into the contract tables that lie beside it.

``<system>/raw`` is written by hand from the public documentation of the format. ``<system>/expected`` has a CSV file
for each contract table, with the shop's own customer ids, and ``rejected.csv``: table, line id and reason.
"""

from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.params import SourceParams
from returns_risk.contract.pseudonyms import pseudonymise
from returns_risk.contract.schema import CONTRACT
from returns_risk.sources import Source, read_source
from returns_risk.sources.casts import pandas_type
from tests.sources.conftest import KEY

FIXTURES = Path(__file__).parent
TEMPLATES = FIXTURES.parents[2] / "src/returns_risk/sources/templates"
SYSTEMS = sorted(folder.parent.name for folder in FIXTURES.glob("*/expected"))


@pytest.fixture(scope="module", params=SYSTEMS)
def system(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def source(system) -> Source:
    raw = FIXTURES / system / "raw"
    return read_source(SourceParams(name=system, raw=raw, time_zone="Europe/Berlin"), KEY, TEMPLATES)


def test_the_fixture_becomes_the_expected_tables(system, source):
    expected = {file.stem for file in (FIXTURES / system / "expected").glob("*.csv")} - {"rejected"}
    assert set(source.tables) == expected
    for table, frame in source.tables.items():
        pd.testing.assert_frame_equal(frame, _expected(system, table))


def test_only_the_expected_rows_are_rejected(system, source):
    rejected = [
        frame.assign(table=table, key=frame[CONTRACT[table].key or "line_id"])
        for table, frame in source.rejected.items()
        if not frame.empty
    ]
    found = pd.concat(rejected)[["table", "key", "reason"]].to_csv(index=False) if rejected else ""
    assert found == (FIXTURES / system / "expected/rejected.csv").read_text()


def _expected(system: str, table: str) -> pd.DataFrame:
    frame = pd.read_csv(FIXTURES / system / f"expected/{table}.csv", dtype="str")
    if "customer_id" in frame:
        frame["customer_id"] = pseudonymise(frame["customer_id"], KEY)
    types = {column.name: pandas_type(column) for column in CONTRACT[table].columns if column.name in frame}
    times = [name for name, dtype in types.items() if dtype.startswith("datetime")]
    frame[times] = frame[times].apply(pd.to_datetime, utc=True, format="ISO8601")
    return frame.astype(types)
