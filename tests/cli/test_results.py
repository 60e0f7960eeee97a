"""``returns-risk show``: the latest night of the source, and the chain's rehearsal only where there is no night."""

import json
import shutil
from pathlib import Path

import pytest

from returns_risk.cli.results import show_results
from returns_risk.errors import ExportError
from tests.small_exports import MANIFEST, write_night

ROOT = Path(__file__).parents[2]
PLAN = MANIFEST["plan"] | {"orders": {"to_do": 1, "review": 1, "control": 1}, "value_low": 1.5, "value_high": 10.0}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)


def write(place, source="demo", **more):
    plan = PLAN | {"value": 7.25}
    return write_night(
        Path("exports") / place, manifest=MANIFEST | {"source": source, "plan": plan, "min_risk": 0.5} | more
    )


def shown(capsys, **options):
    show_results(Path("params.yaml"), 3, **options)
    return " ".join(capsys.readouterr().out.split())


def test_the_latest_night_is_shown_with_its_figures_and_its_page(capsys):
    for day in ("2026-03-01", "2026-03-02"):
        write(f"as_of={day}", as_of=day)
    write("chain/as_of=2026-03-02", rehearsal=True)
    write("backfill/as_of=2026-03-03", as_of="2026-03-03")
    write("as_of=2026-03-04", source="other", as_of="2026-03-04")
    text = shown(capsys)
    assert (
        "Night 2026-03-02: 2 orders: 1 to do, 1 to review (3 lines); expected saving 7.25 EUR (1.50 to 10.00)" in text
    )
    assert "page exports/as_of=2026-03-02/report.html" in text


def test_without_a_night_the_rehearsal_is_shown_and_named_so(capsys):
    write("chain/as_of=2026-03-02", rehearsal=True)
    text = shown(capsys)
    assert "Rehearsal, not to be acted on, 2026-03-02: 2 orders" in text
    assert "page exports/chain/as_of=2026-03-02/report.html" in text


def test_the_page_opens_where_that_is_asked_for(capsys, monkeypatch):
    export = write("as_of=2026-03-02")
    opened: list[str] = []
    monkeypatch.setattr("typer.launch", opened.append)
    shown(capsys, opens=True)
    assert opened == [(export / "report.html").absolute().as_uri()]


def test_without_any_export_the_remedy_is_named():
    with pytest.raises(ExportError, match=r"no finished export, and no night of demo in exports\. .* dvc repro"):
        show_results(Path("params.yaml"), 3)


def test_a_damaged_manifest_is_named():
    export = write("as_of=2026-03-02")
    (export / "manifest.json").write_text(json.dumps({})[:1])
    with pytest.raises(ExportError, match=r"manifest\.json: cannot be read .* returns-risk nightly"):
        show_results(Path("params.yaml"), 3)
