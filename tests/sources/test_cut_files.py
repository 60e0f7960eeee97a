"""Raw files that end too early are refused with the missing part; complete ones are read, with any ending."""

import gzip

import pytest

from returns_risk.errors import DataError, SourceError
from returns_risk.sources import read_source

ROWS = "".join(f"{n:03d},1,anna,00012,1,9.90,2026-03-01 10:00\n" for n in range(30))
LINES = f"order_no,position,customer,article,qty,price,ordered\n{ROWS}"
SELECT = """
SELECT
    order_no AS order_id, order_no || '-' || position AS line_id, ordered AS ordered_at, customer AS customer_id,
    article AS sku, qty AS quantity, price AS unit_price
"""
CSV = f"{SELECT} FROM read_csv('lines.csv*', all_varchar = true)"


@pytest.fixture
def read_bytes(write, params, tmp_path):
    """Read a source whose order lines are these bytes of a file."""

    def read(name, content, select=CSV):
        write(lines_csv=None, order_lines_sql=select)
        (params.raw / name).write_bytes(content)
        return read_source(params, b"k" * 32, tmp_path / "sources").tables["order_lines"]

    return read


@pytest.mark.parametrize(
    ("missing", "fault"),
    [
        (2, "the last cell has 15 of 16 characters"),
        (16, "the last cell has 1 of 16 characters"),
        (18, "the last line has 6 of 7 cells"),
        (30, "the last line has 4 of 7 cells"),
    ],
)
def test_a_text_that_is_cut_in_its_last_line_is_refused(read_bytes, missing, fault):
    with pytest.raises(DataError, match=rf"raw/lines\.csv: {fault}\. .* Deliver it again in full\."):
        read_bytes("lines.csv", LINES[:-missing].encode())


def test_a_text_whose_last_cell_has_an_open_quote_is_refused(read_bytes):
    lines = LINES.replace(" 10:00", "").replace("9.90", "9.9").splitlines()
    lines[1] = lines[1].replace("2026-03-01", "2026-3-1")
    quoted = "\n".join('"' + line.replace(",", '","') + '"' for line in lines)
    with pytest.raises(DataError, match="the quote of the last cell is not closed"):
        read_bytes("lines.csv", quoted.encode()[:-1])


def test_padding_of_short_lines_does_not_hide_a_cut(read_bytes):
    padded = CSV.replace("all_varchar", "null_padding = true, ignore_errors = true, all_varchar")
    with pytest.raises(DataError, match="the last line has 6 of 7 cells"):
        read_bytes("lines.csv", LINES[:-18].encode(), padded)


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_complete_text_is_read_whether_or_not_it_ends_in_a_line_break(read_bytes, end, line_break):
    text = LINES.removesuffix("\n") + end
    assert len(read_bytes("lines.csv", text.replace("\n", line_break).encode())) == 30


@pytest.mark.parametrize("last", ["099,1,anna,00012,1,5,2026-03-01 11:30", "099,1,anna,00012,1,9.90,"])
def test_a_last_line_that_differs_as_lines_do_is_read(read_bytes, last):
    lines = [line.rsplit(",", 1) for line in LINES.splitlines()]
    # Price last: of one length in all lines but the last.
    text = "\n".join(f"{ordered},{others}" for others, ordered in [*lines, last.rsplit(",", 1)])
    assert len(read_bytes("lines.csv", text.encode())) == 31
    assert len(read_bytes("lines.csv", f"{LINES}{last}".encode())) == 31


def test_a_short_last_line_with_a_line_break_is_reported_where_the_select_fails_on_it(read_bytes):
    with pytest.raises(DataError, match="the last line has 2 of 7 cells"):
        read_bytes("lines.csv", f"{LINES}total,30\n".encode())


def test_a_cut_gzip_file_is_refused_and_a_complete_one_read(read_bytes):
    complete = gzip.compress(LINES.encode())
    with pytest.raises(DataError, match=r"raw/lines\.csv\.gz: the gzip stream ends too early"):
        read_bytes("lines.csv.gz", complete[:-20])
    assert len(read_bytes("lines.csv.gz", complete)) == 30


def test_a_cut_parquet_file_is_refused(read_bytes, params):
    select = f"{SELECT} FROM read_parquet('lines.parquet')"
    read_bytes("lines.csv", LINES.encode())
    import pandas as pd

    complete = pd.read_csv(params.raw / "lines.csv", dtype=str).to_parquet()
    with pytest.raises(DataError, match=r"raw/lines\.parquet: a Parquet file without its footer"):
        read_bytes("lines.parquet", complete[:-20], select)
    assert len(read_bytes("lines.parquet", complete, select)) == 30


def test_cut_json_lines_are_refused(read_bytes):
    select = f"{SELECT} FROM read_json('lines.jsonl')"
    keys, *rows = [line.split(",") for line in LINES.splitlines()]
    text = "\n".join("{" + ",".join(f'"{k}":"{v}"' for k, v in zip(keys, row, strict=True)) + "}" for row in rows)
    with pytest.raises(DataError, match=r"raw/lines\.jsonl: the JSON text ends inside a value"):
        read_bytes("lines.jsonl", text.encode()[:-5], select)
    assert len(read_bytes("lines.jsonl", text.encode(), select)) == 30


def test_a_file_that_no_select_reads_may_be_cut(read_bytes, params):
    read_bytes("lines.csv", LINES.encode())
    (params.raw / "other.csv").write_text(LINES[:-9])
    assert len(read_bytes("lines.csv", LINES.encode())) == 30


def test_a_file_that_cannot_be_opened_is_reported(read_bytes, params):
    (params.raw).mkdir(parents=True)
    (params.raw / "lines.csv.gz").write_bytes(b"no gzip")
    with pytest.raises((DataError, SourceError), match=r"raw/lines\.csv\.gz: "):
        read_bytes("lines.csv", LINES.encode())
