"""A SELECT reads the raw folder and declared directories, and nothing else of the machine or the process."""

import duckdb
import pytest

from returns_risk.errors import SourceError
from returns_risk.sources import read_source
from tests.sources.conftest import LINES, LINES_SELECT, RETURNS_SELECT

FORBIDDEN = r"may read source\.raw and source\.directories only"


def select_from(table):
    return f"""
SELECT 'o' AS order_id, 'l' AS line_id, '2026-03-01' AS ordered_at, 'c' AS customer_id,
    any_value(x::VARCHAR) AS sku, 1 AS quantity, 1 AS unit_price FROM (SELECT * FROM {table}) AS t(x)
"""


@pytest.mark.parametrize(
    "table",
    [
        "(SELECT content FROM read_text('/proc/self/environ'))",
        "(SELECT content::VARCHAR FROM read_blob('/proc/self/environ'))",
        "(SELECT content FROM read_text('/proc/' || 'self/environ'))",
        "read_csv('/etc/passwd', columns = {'x': 'VARCHAR'}, delim = '|')",
        "(SELECT content FROM read_text(['lines.csv', '/etc/passwd']))",
        "(SELECT content FROM read_text('../secret.txt'))",
        "(SELECT content FROM read_text('link.txt'))",
        "(SELECT content FROM read_text('folder/secret.txt'))",
        "(SELECT content FROM read_text('**/secret.txt'))",
        "glob('/etc/*')",
        "(SELECT delimiter FROM sniff_csv('/etc/passwd'))",
        "read_csv('../secret.txt', columns = {'x': 'VARCHAR'}, encoding = 'cp1252')",
        "read_xlsx('../secret.xlsx')",
        "read_csv('../secret.zip')",
        "'../secret.csv'",
        "read_csv('http://127.0.0.1:9/x.csv', columns = {'x': 'VARCHAR'})",
        "read_csv('s3://bucket/x.csv', columns = {'x': 'VARCHAR'})",
        "(SELECT content FROM query('SELECT content FROM read_text(''/proc/self/environ'')'))",
    ],
)
def test_other_files_are_refused_in_one_line(read, tmp_path, table):
    raw = tmp_path / "raw"
    raw.mkdir()
    for ending in ("txt", "csv", "xlsx", "zip"):
        (tmp_path / f"secret.{ending}").write_text("a key")
    (raw / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.txt").write_text("a key")
    (raw / "folder").symlink_to(tmp_path / "outside", target_is_directory=True)
    with pytest.raises(SourceError, match=FORBIDDEN) as caught:
        read(order_lines_sql=select_from(table))
    assert "\n" not in str(caught.value)
    assert "a key" not in str(caught.value)


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO 'x.csv'",
        "SET threads = 1",
        "ATTACH 'x.duckdb' AS x",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE TABLE x AS SELECT 1",
        "PRAGMA database_list",
        "CALL enable_logging()",
    ],
)
def test_other_statements_than_a_select_are_refused(read, statement):
    with pytest.raises(SourceError, match=r"order_lines\.sql: is not one SELECT"):
        read(order_lines_sql=statement)


@pytest.mark.parametrize(
    "table",
    [
        "(SELECT getenv('HOME'))",
        "pandas_variable",
        "enable_logging('QueryLog', storage = 'file', storage_path = 'log')",
        "(WITH t AS (DELETE FROM seen RETURNING x) SELECT * FROM t)",
        "query('COPY (SELECT 1) TO ''x.csv''')",
    ],
)
def test_a_select_reaches_neither_process_nor_settings_nor_writes(read, table, tmp_path):
    with pytest.raises(SourceError, match=r"order_lines\.sql: ") as caught:
        read(setup_sql="CREATE TABLE seen AS SELECT 1 AS x", order_lines_sql=select_from(table))
    assert "\n" not in str(caught.value)
    assert sorted(file.name for file in (tmp_path / "raw").iterdir()) == ["lines.csv", "returns.csv"]


@pytest.mark.parametrize(
    ("setup", "finding"),
    [
        ("CREATE TABLE x AS SELECT content FROM read_text('/proc/self/environ')", FORBIDDEN),
        ("ATTACH '/nowhere/x.duckdb' AS x", FORBIDDEN),
        ("INSTALL httpfs", "needs DuckDB's extension"),
        ("LOAD httpfs", "needs DuckDB's extension"),
        ("SET enable_external_access = true", "Remove this setting"),
        ("SET allowed_directories = ['/']", "Remove this setting"),
    ],
)
def test_setup_is_held_to_the_same_places(read, setup, finding):
    with pytest.raises(SourceError, match=finding):
        read(setup_sql=setup)


@pytest.mark.parametrize(
    "setup",
    [
        "/* once */ COPY (SELECT 1) TO 'lines.csv'",
        "COPY seen TO '{}/lines.csv' (HEADER)",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{}/lines.csv'",
        "PREPARE x AS COPY (SELECT 1) TO '{}/lines.csv'; EXECUTE x",
        "EXPORT DATABASE '{}'",
        "SET log_query_path = '{}/lines.csv'",
        "CALL enable_logging('QueryLog', storage = 'file', storage_path = '{}')",
        "SET secret_directory = '{}'; CREATE PERSISTENT SECRET x (TYPE http)",
    ],
)
def test_setup_writes_no_files(read, tmp_path, setup):
    with pytest.raises(SourceError, match=r"setup\.sql: a source writes no files\. Remove COPY") as caught:
        read(setup_sql="CREATE TEMP TABLE seen AS SELECT 1;\n" + setup.format(tmp_path / "raw"))
    assert "\n" not in str(caught.value)
    assert sorted(file.name for file in (tmp_path / "raw").iterdir()) == ["lines.csv", "returns.csv"]
    assert (tmp_path / "raw/lines.csv").read_text() == LINES


def test_setup_keeps_tables_in_memory(read):
    setup = """CREATE TEMP TABLE seen (line TEXT, received TEXT, qty TEXT);
COPY seen FROM 'returns.csv' (HEADER);
CREATE MACRO said() AS 'COPY x TO y';
SET VARIABLE said = 'log_query_path';
"""
    returns = read(
        setup_sql=setup, returns_sql=RETURNS_SELECT.replace("read_csv('returns.csv', all_varchar = true)", "seen")
    )
    assert len(returns.tables["returns"]) == 1


def test_a_declared_directory_can_be_read_and_holds_databases_to_attach(write, params, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "lines.csv").write_text(LINES)
    with duckdb.connect(shared / "warehouse.duckdb") as connection:
        connection.execute("CREATE TABLE lines AS SELECT '009' AS order_no")
    write(
        setup_sql=f"ATTACH '{shared}/warehouse.duckdb' AS warehouse (READ_ONLY)",
        order_lines_sql=LINES_SELECT.replace("lines.csv", f"{shared}/lines.csv").replace(
            "SELECT\n    order_no", "SELECT (SELECT max(order_no) FROM warehouse.lines)"
        ),
    )
    declared = params.model_copy(update={"directories": (shared,)})
    lines = read_source(declared, b"k" * 32, tmp_path / "sources").tables["order_lines"]
    assert lines["order_id"].tolist() == ["009", "009", "009"]
    with pytest.raises(SourceError, match=FORBIDDEN):
        read_source(params, b"k" * 32, tmp_path / "sources")


def test_a_raw_folder_behind_a_link_is_read(write, params, tmp_path):
    write()
    (tmp_path / "raw").rename(tmp_path / "elsewhere")
    (tmp_path / "raw").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert len(read_source(params, b"k" * 32, tmp_path / "sources").tables["order_lines"]) == 3


def test_a_file_in_the_working_directory_does_not_shadow_a_raw_file(read, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "work/lines.csv").write_text("a,b\n1,2\n")
    monkeypatch.chdir(tmp_path / "work")
    assert len(read().tables["order_lines"]) == 3


@pytest.mark.parametrize("name", ["$$lines.csv$$", "['lines.csv']", "'line?.csv'", "'lines.csv'"])
def test_names_of_raw_files_may_be_quoted_listed_or_patterns(read, name):
    assert len(read(order_lines_sql=LINES_SELECT.replace("'lines.csv'", name)).tables["order_lines"]) == 3


@pytest.mark.parametrize("name", ["'lines' || '.csv'", "getvariable('name')", "'../' || 'secret.txt'"])
def test_a_name_that_is_put_together_is_refused(read, name):
    with pytest.raises(SourceError, match=r"cannot be put together\. Write it as one text"):
        read(
            setup_sql="SET VARIABLE name = 'lines.csv'",
            order_lines_sql=LINES_SELECT.replace("'lines.csv'", name),
        )


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("replace('lines.csv', '.csv', extract(year FROM '2026-01-01'::DATE)::VARCHAR)", "lines2026"),
        ("trim(BOTH 'x' FROM 'lines.csv')", "lines.csv"),
        ("trim(BOTH (SELECT 'x') FROM 'x.xlsx')", ".xls"),
        ("('x.xlsx' IS DISTINCT FROM 'x.xlsx')::VARCHAR", "false"),
        ("('lines.csv' IS NOT DISTINCT FROM 'lines.csv')::VARCHAR", "true"),
        ("trim((SELECT count(*)::VARCHAR FROM 'lines.csv'))", "3"),
    ],
)
def test_texts_that_are_no_file_names_stay(read, expression, value):
    lines = read(order_lines_sql=LINES_SELECT.replace("article AS sku", f"{expression} AS sku")).tables["order_lines"]
    assert lines["sku"][0] == value
