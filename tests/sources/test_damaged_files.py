"""Files and options that end a run in one line with file, cause and remedy."""

import re

import pytest

from returns_risk.errors import ReturnsRiskError
from tests.sources.conftest import LINES, LINES_SELECT


@pytest.fixture
def failure(read, params):
    """Return the message of reading order lines from one file of these bytes."""

    def failure(name, content, call):
        params.raw.mkdir(exist_ok=True)
        (params.raw / name).write_bytes(content)
        select = LINES_SELECT.replace("read_csv('lines.csv', all_varchar = true)", call)
        with pytest.raises(ReturnsRiskError) as caught:
            read(order_lines_sql=select)
        assert "\n" not in str(caught.value)
        assert "anna" not in str(caught.value)
        return str(caught.value)

    return failure


@pytest.mark.parametrize("encoding", ["hex", "zlib", "bz2", "rot13", "uu"])
def test_a_codec_that_is_no_encoding_of_texts_is_refused(failure, encoding):
    call = f"read_csv('x.csv', all_varchar = true, encoding = '{encoding}')"
    assert f"order_lines.sql: there is no encoding '{encoding}'." in failure("x.csv", LINES.encode(), call)


@pytest.mark.parametrize(
    ("encoding", "content", "line"),
    [
        ("punycode", LINES.encode(), 1),
        ("undefined", LINES.encode(), 1),
        ("unicode_escape", b"a,b\n" + rb"\ud800" + b"\n", 2),
        ("utf-16-le", "a\nb\n".encode("utf-16-le") + b"x", 3),
    ],
)
def test_a_text_that_is_not_in_its_encoding_names_the_line(failure, encoding, content, line):
    message = failure("x.csv", content, f"read_csv('x.csv', all_varchar = true, encoding = '{encoding}')")
    assert re.search(rf"x\.csv: a character in line {line} is not {encoding[:5]}.*\. Name the encoding", message)
