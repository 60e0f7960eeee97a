"""Answers of APIs are saved as pages, as one array, or as JSON lines; each reads the same."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.params import SourceParams
from returns_risk.sources import read_source
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
    before, after = (
        read_source(SourceParams(name=system, raw=folder, time_zone="Europe/Berlin"), KEY, TEMPLATES)
        for folder in (raw, tmp_path / "raw")
    )
    for table, frame in before.tables.items():
        pd.testing.assert_frame_equal(after.tables[table], frame)
