"""A shift from the page to the ledger: fifty orders worked with the keyboard, handed back as a file, and imported."""

import shutil
from pathlib import Path

import pandas as pd
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.export.page import describe_page, render_page
from returns_risk.ledger import Ledger
from tests.browser import opened
from tests.export.small_pages import MANIFEST, make_flagged, make_run

ROOT = Path(__file__).parents[2]
AT = "2026-03-02T04:00:00+00:00"
KEYS = {"d": "done", "n": "not_possible", "r": "wrong_flag"}


def test_fifty_orders_worked_on_the_page_are_in_the_ledger_as_they_were_marked(tmp_path, monkeypatch):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RETURNS_RISK_LEDGER", raising=False)
    ids = [f"{n:05d}" for n in range(54)]
    flagged = make_flagged(54).assign(order_id=ids, line_id=[f"{order}-1" for order in ids])
    decisions = [*(["act", "review", "act"] * 18)[:52], "holdout", "none"]
    flagged = flagged.assign(decision=decisions, intervention="quality_check", value=1.0, value_low=0.5, value_high=2.0)
    ledger = Ledger("sqlite:///ledger/ledger.db", Path("data/state"))
    lines = pd.DataFrame(flagged[["order_id", "line_id", "decision"]]).astype("str")
    content = {"backfill": False, "summary": {"export": {"files": {}}}}
    ledger.append_export(ledger.append_run("demo", "2026-03-02", AT, content, lines), AT)
    page_file = tmp_path / "report.html"
    run = make_run(flagged, manifest=MANIFEST | {"source": "demo"})
    page_file.write_text(render_page(describe_page(run)), encoding="utf-8")
    worked: dict[str, str] = {}
    with opened(page_file, width=1440) as page:
        for tab in ("to_do", "review"):
            page.locator(f"#tab-{tab}").press("Enter")
            while len(worked) < 50 and page.evaluate("state.listed.length"):
                key = "dnr"[len(worked) % 3]
                worked[page.evaluate("state.order")] = KEYS[key]
                page.keyboard.press(key)
        with page.expect_download() as download:
            page.locator("#download").press("Enter")
        download.value.save_as(tmp_path / download.value.suggested_filename)
    assert len(worked) == 50
    for expected in ("50 stored", "0 stored"):
        result = CliRunner().invoke(app, ["feedback", "import", "feedback-demo-2026-03-02.json"])
        assert (result.exit_code, expected in result.stdout) == (0, True), result.output
    entries = [entry.content for entry in ledger.entries("feedback", "demo")]
    assert {entry["order_id"]: entry["disposition"] for entry in entries} == worked
    assert all(entry["line_id"] == f"{entry['order_id']}-1" for entry in entries)
