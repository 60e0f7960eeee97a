"""Answers of APIs are saved as pages, as one array, or as JSON lines; each reads the same; errors are refused."""

import codecs
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.params import SourceParams
from returns_risk.errors import SourceError
from returns_risk.sources import Source, read_source
from tests.sources.conftest import KEY

FIXTURES = Path(__file__).parent
TEMPLATES = FIXTURES.parents[2] / "src/returns_risk/sources/templates"
LAYOUTS = {
    "page": lambda name, rows: json.dumps({name: rows}, indent=2),
    "array": lambda _, rows: json.dumps(rows),
    "lines": lambda _, rows: "\n".join(map(json.dumps, rows)) + "\n",
}


@pytest.mark.parametrize(
    ("system", "layout"),
    [("shopify-json", "page"), ("shopify-json", "array"), ("shopify-json", "lines"), ("woocommerce", "lines")],
)
def test_any_layout_of_a_json_file_gives_the_same_tables(system, layout, tmp_path):
    raw = FIXTURES / system / "raw"
    shutil.copytree(raw, tmp_path / "raw")
    for name in ("orders", "products", "customers"):
        rows: list[object] = []
        for file in sorted(raw.glob(f"{name}*.json")):
            (tmp_path / "raw" / file.name).unlink()
            content = json.loads(file.read_text())
            rows += content if isinstance(content, list) else content[name]
        (tmp_path / "raw" / f"{name}.jsonl").write_text(LAYOUTS[layout](name, rows))
    before, after = _read(system, raw), _read(system, tmp_path / "raw")
    for table, frame in before.tables.items():
        pd.testing.assert_frame_equal(after.tables[table], frame)


JSON_FILES = [
    (system, name)
    for system in ("shopify-json", "shopify-graphql", "woocommerce")
    for name in sorted(file.name for file in (FIXTURES / system / "raw").iterdir())
]


@pytest.mark.parametrize("system", ["shopify-json", "shopify-graphql", "woocommerce"])
def test_byte_order_marks_change_nothing(system, tmp_path):
    raw = FIXTURES / system / "raw"
    for file in raw.iterdir():
        (tmp_path / file.name).write_bytes(codecs.BOM_UTF8 + file.read_bytes())
    before, after = _read(system, raw), _read(system, tmp_path)
    for table, frame in before.tables.items():
        pd.testing.assert_frame_equal(after.tables[table], frame)


@pytest.mark.parametrize(("system", "name"), JSON_FILES)
def test_an_error_of_the_api_among_the_pages_ends_the_run(system, name, tmp_path):
    shutil.copytree(FIXTURES / system / "raw", tmp_path, dirs_exist_ok=True)
    page = tmp_path / name.replace(".json", "-9.json")
    page.write_text('{"code": "rest_forbidden", "message": "No", "data": {"status": 401}}\n')
    with pytest.raises(SourceError, match=f'"{page.name}: an object has no id, so it may be an error that the API'):
        _read(system, tmp_path)


def _read(system: str, raw: Path) -> Source:
    return read_source(SourceParams(name=system, raw=raw, time_zone="Europe/Berlin"), KEY, TEMPLATES)
