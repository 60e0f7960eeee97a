"""Pages say the same in Markdown and in HTML, escape what they are given and are the same on every run."""

import re

import pytest

from returns_risk.evaluation.cards.content import Page, Picture, Section, tabulate
from returns_risk.evaluation.cards.pages import render_html, render_markdown, write_cards

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def page():
    rows = [{"group": "DE | AT", "rate": "0.5"}, {"group": "<b>FR</b>", "rate": "0.6"}]
    blocks = ("All & sundry.", tabulate("By market", rows), Picture("A curve", "curve", PNG))
    return Page("Card of <risk>", "In short.", (Section("Quality", blocks), Section("Limits", ("None.",))))


def test_markdown_has_headings_tables_and_links_to_pictures(page):
    text = render_markdown(page, "risk")
    assert text.startswith(
        "# Card of <risk>\n\nIn short.\n\n## Quality\n\nAll & sundry.\n\n*By market*\n\n| group | rate |\n"
    )
    assert "| DE \\| AT | 0.5 |" in text
    assert "| &lt;b>FR&lt;/b> | 0.6 |" in text
    assert "![A curve](risk/curve.png)" in text
    assert text.endswith("## Limits\n\nNone.\n")


def test_html_needs_nothing_else_and_escapes(page):
    text = render_html(page)
    assert "<h1>Card of &lt;risk&gt;</h1>" in text
    assert "&lt;b&gt;FR&lt;/b&gt;" in text
    assert "<p>All &amp; sundry.</p>" in text
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in text
    assert not re.search(r"https?://", text)


def test_files_are_written_as_a_whole_and_alike(page, tmp_path):
    written = write_cards(tmp_path / "cards", {"risk": page})
    assert [one.name for one in written] == ["risk.md", "risk.html"]
    assert (tmp_path / "cards/risk/curve.png").read_bytes() == PNG
    before = [one.read_bytes() for one in written]
    write_cards(tmp_path / "cards", {"risk": page, "reason": page})
    assert [one.read_bytes() for one in written] == before
    write_cards(tmp_path / "cards", {"reason": page})
    assert sorted(one.name for one in (tmp_path / "cards").iterdir()) == ["reason", "reason.html", "reason.md"]
