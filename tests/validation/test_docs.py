"""The report of a validation: whole, without the network, and without a customer in it."""

import pytest

from returns_risk.errors import ExportError
from tests.browser import accessibility_faults, opened


@pytest.fixture(scope="module")
def page(dirty_run):
    """Cells of the table of each contract table, by rule, as a browser without a network shows them."""
    with opened(dirty_run[1] / "index.html") as shown:
        sections = {
            section.locator("h2").inner_text(): [
                row.locator("th, td").all_text_contents() for row in section.locator("tbody tr").all()
            ]
            for section in shown.locator("section").all()
        }
        assert accessibility_faults(shown, "best-practice") == []
        return shown.locator(".verdict").inner_text(), sections


def test_a_stranger_reads_which_rules_failed_of_how_many_rows(dirty_run, page):
    summary, sections = page
    checks = dirty_run[0].checks
    failed = sum(not check.passed for check in checks)
    assert failed > 0
    assert summary.startswith(f"{failed} of {len(checks)} rules failed: ")
    assert list(sections) == ["order_lines", "returns", "products", "customers"]
    message = {row[0]: row for rows in sections.values() for row in rows}
    assert sorted(message) == sorted(check.rule for check in checks)
    broken = [rows[0][1] for rows in sections.values() if rows]
    assert broken[:2] == ["failed", "failed"], "what failed comes first"
    assert {name for name, row in message.items() if row[1] == "failed"} == {c.rule for c in checks if not c.passed}
    assert message["returns.line_known"][2:] == [
        "return without a line: no order line has this line_id", "rejected", "13", "1", "7.69%", "3.00%",
        "line_id 'L404', where the other table has 'L1'",
    ]  # fmt: skip


def test_texts_of_the_shop_are_escaped_and_shown(run, make, tmp_path):
    hostile = "L<!--<script>\u202e\x1b[2J"
    run(order_lines=make("order_lines", {}, {"line_id": hostile, "quantity": 0}), docs=tmp_path / "docs")
    with opened(tmp_path / "docs/index.html") as shown:
        row = shown.locator("tr", has_text="order_lines.quantity_at_least_1")
        assert row.locator("td").last.inner_text() == "line_id 'L<!--<script>\\u202e\\x1b[2J'"


def test_a_new_run_replaces_the_previous_pages(run, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "stale.html").write_text("old")
    run(docs=docs)
    assert [path.name for path in docs.iterdir()] == ["index.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]


def test_a_folder_that_cannot_be_written_is_named(run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportError, match="file/docs"):
        run(docs=tmp_path / "file" / "docs")
