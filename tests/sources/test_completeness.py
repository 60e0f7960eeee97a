"""Raw files that a marker, counts of their rows or their age do not vouch for are refused."""

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from returns_risk.config.params import CompleteParams, SourceParams
from returns_risk.errors import DataError
from returns_risk.sources import read_source
from returns_risk.sources.completeness import require_delivered
from returns_risk.sources.raw_files import list_raw_files

AT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
KEY = b"k" * 32


def stamp(file: Path, at: datetime) -> None:
    os.utime(file, (at.timestamp(), at.timestamp()))


@pytest.fixture
def deliver(write, params, tmp_path):
    """Write the source two hours before the run, and return how to read it."""
    write()
    raw = tmp_path / "raw"
    for file in raw.iterdir():
        stamp(file, AT - timedelta(hours=2))

    def read(at=AT, **complete):
        source = params.model_copy(update={"complete": CompleteParams(**complete)})
        return read_source(source, KEY, tmp_path / "sources", at=at)

    return raw, read


def test_a_marker_that_was_written_last_lets_the_files_pass(deliver):
    raw, read = deliver
    with pytest.raises(DataError, match=r"raw/_SUCCESS: is missing, so the raw files are not complete\. Wait"):
        read(marker="_SUCCESS")
    marker = raw / "_SUCCESS"
    marker.touch()
    stamp(marker, AT - timedelta(hours=3))
    with pytest.raises(DataError, match=r"raw/_SUCCESS: is older than \w+\.csv, so it is of an earlier delivery"):
        read(marker="_SUCCESS")
    stamp(marker, AT - timedelta(hours=2))
    assert len(read(marker="_SUCCESS").tables["order_lines"]) == 3


@pytest.mark.parametrize(
    ("counts", "finding"),
    [
        ({"lines.csv": 3, "returns.csv": 1}, None),
        ({"lines.csv": 4, "returns.csv": 1}, r"lines\.csv: has 3 rows, and row_counts\.json says 4"),
        ({"lines.csv": 3}, r"row_counts\.json: has no count for returns\.csv\. Add the number of its rows"),
        (
            {"lines.csv": 3, "returns.csv": 1, "2/lines.csv": 3},
            r"raw/2/lines\.csv: is missing, and row_counts\.json counts its rows\. Wait",
        ),
        ([3, 1], r"row_counts\.json: is no JSON object such as"),
        *[
            (
                {"lines.csv": 3, "returns.csv": count},
                r"row_counts\.json: the count of returns\.csv is no number of rows",
            )
            for count in (-1, "1", True, 1.0, None, [1])
        ],
    ],
)
def test_the_counts_of_rows_must_agree(deliver, counts, finding):
    raw, read = deliver
    (raw / "row_counts.json").write_text(json.dumps(counts))
    if finding is None:
        assert len(read(counts="row_counts.json").tables["order_lines"]) == 3
        return
    with pytest.raises(DataError, match=finding):
        read(counts="row_counts.json")


def test_a_file_that_has_just_changed_may_still_be_written(deliver):
    raw, read = deliver
    assert len(read(min_age_minutes=10).tables["order_lines"]) == 3
    stamp(raw / "returns.csv", AT - timedelta(minutes=9))
    with pytest.raises(DataError, match=r"returns\.csv: has changed in the 10 minutes before the run \(source\.comp"):
        read(min_age_minutes=10)


@pytest.mark.parametrize(
    "name",
    [
        "'./lines.csv'",
        "'raw/lines.csv'",
        "'../raw/lines.csv'",
        "$$lines.csv$$",
        "E'lines.csv'",
        "'{tmp}/raw/lines.csv'",
        "'{tmp}/raw/**/lines.csv'",
        "/* the shop's */ 'l*.csv'",
    ],
)
def test_a_file_is_checked_however_it_is_written(deliver, params, tmp_path, monkeypatch, name):
    raw, _ = deliver
    monkeypatch.chdir(tmp_path)
    statement = f"FROM read_csv({name.format(tmp=tmp_path)}, all_varchar = true)"
    assert list_raw_files(params, [statement]) == [raw / "lines.csv"]


def test_files_of_further_directories_are_checked(deliver, params, tmp_path):
    raw, _ = deliver
    shared = tmp_path / "shared" / "articles.csv"
    shared.parent.mkdir()
    shared.write_text("sku\n1\n")
    statements = [f"FROM '{shared}', '{tmp_path}/sources/shop/order_lines.sql' -- 'returns.csv'", "FROM 'lines.csv'"]
    source = params.model_copy(
        update={"directories": (shared.parent,), "complete": CompleteParams(counts="row_counts.json")}
    )
    files = list_raw_files(source, statements)
    assert files == [raw / "lines.csv", shared]
    (raw / "row_counts.json").write_text(json.dumps({"lines.csv": 3, "../shared/articles.csv": 2}))
    with pytest.raises(DataError, match=r"articles\.csv: has 1 rows, and row_counts\.json says 2"):
        require_delivered(source, files, AT)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("quoted.csv", b'a;b\r\n1;"two\nlines; one row"\r\n2;"5"" pipe"\r\n3;5" pipe'),
        ("utf16.csv", "a,b\n1,x\n2,y\n3,ž\n".encode("utf-16")),
        ("lines.csv.gz", gzip.compress(b"a,b\n1,x\n\n2,y\n3,z\n", mtime=0)),
        ("lines.jsonl", b'{"a": 1}\n{"a": 2}\n\n{"a": 3}'),
        ("list.json", b'[{"a": 1},\n {"a": 2}, {"a": 3}\n]'),
    ],
)
def test_the_rows_of_each_kind_of_file_are_counted(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    require_counted(tmp_path, name)


def test_the_rows_of_a_parquet_file_are_counted(tmp_path):
    pq.write_table(pa.table({"a": [1, 2, 3]}), tmp_path / "lines.parquet")
    require_counted(tmp_path, "lines.parquet")


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("list.json", b'[{"a": 1},', "the JSON text ends inside a value"),
        ("list.json", b'[{"a": 1},}]', "its rows cannot be counted"),
        ("lines.csv.gz", gzip.compress(b"a,b\n1,x\n", mtime=0)[:-9], "the gzip stream ends too early"),
        ("lines.parquet", b"PAR1 cut", "a Parquet file without its footer"),
    ],
)
def test_a_file_whose_rows_cannot_be_counted_since_it_was_cut_off_is_named(tmp_path, name, content, fault):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=f"{name}: {fault}"):
        require_counted(tmp_path, name)


def test_the_rows_of_a_workbook_are_not_counted(tmp_path):
    (tmp_path / "lines.xlsx").touch()
    with pytest.raises(DataError, match=r"its rows cannot be counted\. Use source\.complete\.marker instead"):
        require_counted(tmp_path, "lines.xlsx")


def require_counted(folder: Path, name: str) -> None:
    (folder / "n.json").write_text(json.dumps({name: 3}))
    source = SourceParams(name="shop", raw=folder, time_zone="UTC", complete=CompleteParams(counts="n.json"))
    require_delivered(source, [folder / name], AT)


def test_an_empty_block_is_refused():
    with pytest.raises(ValidationError, match="give marker, counts or min_age_minutes"):
        CompleteParams()
