"""Each template reads the fixture of its system into the contract tables that lie beside it.

``<system>/raw`` is written by hand from the public documentation of the format; ``dbt/raw.sql`` makes binary files.
``<system>/expected`` has a CSV file for each contract table, with the shop's own customer ids, and ``rejected.csv``:
table, line id and reason.
"""

import re
import shutil
from pathlib import Path

import duckdb
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
    return str(request.param)


@pytest.fixture(scope="module")
def source(system, tmp_path_factory) -> Source:
    raw = FIXTURES / system / "raw"
    if not raw.exists():
        raw = tmp_path_factory.mktemp(system)
        _write_marts(raw)
    return _read(TEMPLATES, system, raw)


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
    expected = FIXTURES / system / "expected/rejected.csv"
    assert found == (expected.read_text() if expected.exists() else "")


def test_the_commented_views_read_dbt_marts_in_an_attached_database(tmp_path):
    _write_marts(tmp_path)
    for file in tmp_path.glob("*.parquet"):
        file.unlink()
    setup = (TEMPLATES / "dbt/setup.sql").read_text()
    without_files = re.sub("^CREATE TEMP VIEW.*\n", "", setup, flags=re.MULTILINE)
    attached = re.sub("^--   ", "", without_files, flags=re.MULTILINE)
    changed = _change("dbt", tmp_path, setup=attached)
    pd.testing.assert_frame_equal(_read(changed, "dbt", tmp_path).tables["returns"], _expected("dbt", "returns"))


def test_thelook_in_parquet_gives_the_same_tables(tmp_path):
    for file in (FIXTURES / "thelook/raw").iterdir():
        frame = pd.read_csv(file)
        times = [name for name in frame.columns.astype("str") if name.endswith("_at")]
        # BigQuery exports its timestamps as instants.
        frame[times] = frame[times].apply(pd.to_datetime, utc=True, format="mixed")
        frame.to_parquet(tmp_path / f"{file.stem}.parquet")
    setup = (TEMPLATES / "thelook/setup.sql").read_text()
    setup = re.sub(r"read_csv\('(.*)\.csv\*', all_varchar = true\)", r"read_parquet('\1.parquet')", setup)
    tables = _read(_change("thelook", tmp_path, setup=setup), "thelook", tmp_path).tables
    for table, frame in tables.items():
        pd.testing.assert_frame_equal(frame, _expected("thelook", table))


def test_adobe_commerce_adds_the_reasons_of_its_rmas(tmp_path):
    for folder in ("raw", "adobe"):
        shutil.copytree(FIXTURES / "magento" / folder, tmp_path / "raw", dirs_exist_ok=True)
    returns = (TEMPLATES / "magento/returns_adobe_commerce.sql").read_text()
    found = _read(_change("magento", tmp_path, returns=returns), "magento", tmp_path / "raw").tables["returns"]
    pd.testing.assert_frame_equal(found[["line_id", "returned_at", "quantity"]], _expected("magento", "returns"))
    assert found.set_index("line_id")["reason"].dropna().to_dict() == {"1": "not_as_pictured", "12": "other"}
    assert found.set_index("line_id")["condition"].dropna().to_dict() == {"1": "Opened"}


def _read(root: Path, system: str, raw: Path) -> Source:
    return read_source(SourceParams(name=system, raw=raw, time_zone="Europe/Berlin"), KEY, root)


def _expected(system: str, table: str) -> pd.DataFrame:
    frame = pd.read_csv(FIXTURES / system / f"expected/{table}.csv", dtype="str")
    if "customer_id" in frame:
        frame["customer_id"] = pseudonymise(frame["customer_id"], KEY)
    types = {column.name: pandas_type(column) for column in CONTRACT[table].columns if column.name in frame}
    times = [name for name, dtype in types.items() if dtype.startswith("datetime")]
    frame[times] = frame[times].apply(pd.to_datetime, utc=True, format="ISO8601")
    if "opted_out" in frame:
        frame["opted_out"] = frame["opted_out"].map({"True": True, "False": False})
    return frame.astype(types)


def _write_marts(folder: Path) -> None:
    """Write the marts of ``dbt/raw.sql`` as a database and as Parquet files."""
    with duckdb.connect(str(folder / "warehouse.duckdb")) as database:
        database.execute((FIXTURES / "dbt/raw.sql").read_text())
        for mart in ("fct_order_items", "fct_returns", "dim_products", "dim_customers"):
            database.table(f"marts.{mart}").write_parquet(str(folder / f"{mart}.parquet"))


def _change(system: str, folder: Path, **files: str) -> Path:
    """Copy a template with other texts of some of its files; return the folder of sources."""
    shutil.copytree(TEMPLATES / system, folder / "sources" / system)
    for stem, text in files.items():
        (folder / "sources" / system / f"{stem}.sql").write_text(text)
    return folder / "sources"
