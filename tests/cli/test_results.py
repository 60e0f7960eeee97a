"""``returns-risk show``: the latest night of the source, and the chain's rehearsal only where there is no night."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.cli.results import show_results
from returns_risk.errors import ExportError
from tests.small_exports import MANIFEST, make_night, write_night

ROOT = Path(__file__).parents[2]
PLAN = MANIFEST["plan"] | {"orders": {"to_do": 1, "review": 1, "control": 1}, "value_low": 1.5, "value_high": 10.0}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")
    shutil.copy(ROOT / "params.yaml", tmp_path)


def write(place, source="demo", frame=None, **more):
    plan = PLAN | {"value": 7.25}
    manifest = MANIFEST | {"source": source, "plan": plan, "min_risk": 0.5} | more
    return write_night(Path("exports") / place, frame, manifest=manifest)


def write_metrics():
    Path("models").mkdir()
    Path("models/metrics.json").write_text(json.dumps({"risk": {"model": {"auc": 0.75}}}))


def shown(capsys, top=3, **options):
    show_results(Path("params.yaml"), top, **options)
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


def test_the_orders_are_those_of_the_page_in_its_order_and_words(capsys):
    times = pd.to_datetime(["2026-03-03 19:00"] * 3 + ["2026-03-01 19:00"] * 2 + ["NaT"], utc=True).as_unit("us")
    write("as_of=2026-03-02", frame=make_night(ship_by=[*times]))
    text = shown(capsys)
    assert "O3" not in text  # the control group
    assert "2026-03-01 19:00 overdue │ O2 │ acme shoes red, M +1 │ Review: Check the item │ 4.75 │" in text
    assert "2026-03-03 19:00 │ O1 │ acme shoes red, M +1 │ Suggest L │ 2.50 │" in text
    assert text.index("│ O2 │") < text.index("│ O1 │")
    assert "┘ 2 orders O2: " in text
    assert "O1: Risk of return 71%. size: 62% brand is brill" in text


def test_orders_that_are_not_printed_are_counted(capsys):
    write("as_of=2026-03-02")
    assert "1 of 2 orders; all of them: returns-risk show --top 2" in shown(capsys, top=1)


def test_without_an_action_the_riskiest_orders_are_shown(capsys):
    frame = make_night().assign(decision="none", no_action_reason="not worth it", intervention=None)
    write("chain/as_of=2026-03-02", rehearsal=True, frame=frame)
    text = shown(capsys, top=2)
    assert "No order has an action; these are the riskiest, 2 of 3" in text
    assert text.index("O1: Risk of return 90%") < text.index("O3: Risk of return 90%")


def test_the_quality_of_the_models_is_shown_with_the_rehearsal_alone(capsys):
    write_metrics()
    write("chain/as_of=2026-03-02", rehearsal=True)
    assert "risk on the test period" in shown(capsys)
    write("as_of=2026-03-02")
    assert "test period" not in shown(capsys)


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


def test_a_damaged_page_is_named():
    export = write("as_of=2026-03-02")
    (export / "report.html").write_text("<!DOCTYPE html>")
    with pytest.raises(ExportError, match=r"report\.html: cannot be read .* returns-risk nightly"):
        show_results(Path("params.yaml"), 3)
