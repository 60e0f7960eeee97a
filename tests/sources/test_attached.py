"""Databases that setup.sql attaches."""

import sqlite3
from contextlib import closing

import pytest

from returns_risk.errors import SourceError
from tests.sources.conftest import LINES_SELECT, RETURNS


def test_an_attach_in_a_comment_attaches_nothing(read):
    setup = """CREATE TEMP VIEW one AS SELECT 1;
-- For PostgreSQL: ATTACH 'postgresql://user@127.0.0.1:1/shop' AS shop (TYPE postgres);
/* or ATTACH 'shop.db' AS shop (TYPE sqlite); */
CREATE TEMP VIEW two AS SELECT 2;
"""
    assert len(read(setup_sql=setup).tables["order_lines"]) == 3


@pytest.fixture
def read_shop(read, params):
    """Read order lines from a table of an SQLite file in raw that these statements make."""

    def read_shop(*statements, table="shop.lines", setup="ATTACH 'shop.db' AS shop (TYPE sqlite)"):
        params.raw.mkdir(exist_ok=True)
        with closing(sqlite3.connect(params.raw / "shop.db")) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()
        select = LINES_SELECT.replace("read_csv('lines.csv', all_varchar = true)", table)
        return read(setup_sql=setup, order_lines_sql=select).tables["order_lines"]

    return read_shop


TABLE = "(order_no TEXT, position TEXT, ordered TEXT, customer TEXT, article TEXT, qty TEXT, price TEXT)"
LINES_TABLE = f"CREATE TABLE lines {TABLE}"
LINES_ROW = "INSERT INTO lines VALUES ('007', '1', '2026-03-01 10:00', 'anna', '00012', '2', '9.9')"


@pytest.mark.parametrize("name", ["lines\" AS SELECT 1; COPY (SELECT 7) TO '{0}/returns.csv'; --", "{0}/shop"])
def test_the_name_of_a_table_is_neither_sql_nor_a_path(read_shop, params, name):
    name = name.format(params.raw)
    quoted = '"' + name.replace('"', '""') + '"'
    words = f"/* {name.replace('/', ' / ')} */"
    lines = read_shop(LINES_TABLE, LINES_ROW, f"CREATE TABLE {quoted} (x TEXT)", table=f"shop.lines {words}")
    assert len(lines) == 1
    assert len(read_shop(table=f"(SELECT lines.* FROM shop.lines LEFT JOIN shop.{quoted} ON true)")) == 1
    assert sorted(file.name for file in params.raw.iterdir()) == ["lines.csv", "returns.csv", "shop.db"]
    assert (params.raw / "returns.csv").read_text() == RETURNS


@pytest.mark.parametrize("address", ["sqlite:///{}/other.db", "sqlite+pysqlite:///{}/other.db?mode=rwc"])
def test_the_address_of_an_sqlite_file_is_held_to_the_declared_places(read_shop, tmp_path, address):
    setup = f"ATTACH '{address.format(tmp_path)}' AS shop (TYPE sqlite)"
    with pytest.raises(SourceError, match=r"setup\.sql: no database in .*/raw is called .*/other\.db"):
        read_shop(setup=setup)
    assert not (tmp_path / "other.db").exists()
    (tmp_path / "other.db").write_bytes(b"")
    with pytest.raises(SourceError, match=r"may read source\.raw and source\.directories only"):
        read_shop(setup=setup)
    inside = f"ATTACH 'sqlite:///{tmp_path}/raw/shop.db' AS shop (TYPE sqlite)"
    assert len(read_shop(LINES_TABLE, LINES_ROW, setup=inside)) == 1


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        (
            "INSERT INTO lines (order_no, customer) VALUES ('9', CAST(x'ff616e6e61' AS TEXT))",
            "Could not decode to UTF-8",
        ),
        ("CREATE VIEW orders AS SELECT * FROM absent", "no such table: main.absent"),
        ("CREATE VIEW orders AS SELECT absent FROM lines", "no such column: absent"),
    ],
)
def test_what_cannot_be_read_in_an_sqlite_file_is_named(read_shop, statement, finding):
    with pytest.raises(SourceError, match=rf"setup\.sql: .*/raw/shop\.db: .*{finding}") as caught:
        read_shop(LINES_TABLE, LINES_ROW, statement, table="shop.lines /* orders */")
    message = str(caught.value)
    assert message.endswith(". Correct the table or view, or deliver the database again.")
    assert "anna" not in message
    assert "\n" not in message


def test_what_is_no_sqlite_file_is_named(read, params):
    params.raw.mkdir()
    (params.raw / "shop.db").write_text("no database" * 100)
    with pytest.raises(SourceError, match=r"/raw/shop\.db: file is not a database\. .* deliver the database again"):
        read(setup_sql="ATTACH 'shop.db' AS shop (TYPE sqlite)")


def test_a_file_whose_name_has_signs_of_an_address_is_read(read_shop, params):
    assert len(read_shop(LINES_TABLE, LINES_ROW)) == 1
    (params.raw / "shop.db").rename(params.raw / "a%41?mode=x.db")
    assert len(read_shop(setup="ATTACH 'a%41[?]mode=x.db' AS shop (TYPE sqlite)")) == 1
    assert not (params.raw / "aA").exists()


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_delivered_database_with_a_log_is_read_in_full_and_stays_as_it_is(read, params, tmp_path, mode):
    params.raw.mkdir()
    with closing(sqlite3.connect(tmp_path / "live.db", isolation_level=None)) as database:
        database.execute(f"PRAGMA journal_mode = {mode}")
        database.execute("PRAGMA cache_size = 1")
        database.execute(LINES_TABLE)
        database.execute(LINES_ROW)
        if mode == "DELETE":
            # What a killed writer leaves: half a transaction in the file, and a journal that undoes it.
            database.execute("BEGIN")
            database.executemany("INSERT INTO lines (order_no) VALUES (?)", [("x" * 1000,)] * 100)
        for file in tmp_path.glob("live.db*"):
            if not file.name.endswith("-shm"):
                (params.raw / file.name.replace("live", "shop")).write_bytes(file.read_bytes())
    delivered = {file.name: file.read_bytes() for file in params.raw.iterdir()}
    assert len(delivered) == 2
    select = LINES_SELECT.replace("read_csv('lines.csv', all_varchar = true)", "shop.lines")
    setup = "ATTACH 'shop.db' AS shop (TYPE sqlite)"
    for _ in range(2):
        source = read(setup_sql=setup, order_lines_sql=select, lines_csv=None)
        assert source.tables["order_lines"]["line_id"].tolist() == ["007-1"]
        files = {file.name: file.read_bytes() for file in params.raw.iterdir() if file.suffix != ".csv"}
        assert files == delivered
