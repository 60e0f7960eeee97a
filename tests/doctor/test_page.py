"""The doctor's page: whole without the network, on a phone and in the dark, and without a customer in it."""

from dataclasses import replace

import pytest

from returns_risk.cli.source_tables import print_findings
from returns_risk.doctor import render_page
from tests.browser import accessibility_faults, opened

pytestmark = pytest.mark.usefixtures("browser")


@pytest.fixture
def page(diagnose, shop, tmp_path):
    """The page of a shop with an item that is given away, and names full of markup."""
    lines = shop["order_lines"]
    lines["market"] = lines["market"].mask(lines["market"] == "FR", "<b>&\u202e")
    lines["warehouse"] = "W1"
    file = tmp_path / "doctor.html"
    file.write_text(render_page(diagnose(shop)), encoding="utf-8")
    return file


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 390)])
def test_the_page_shows_verdict_charts_and_tables_within_the_screen(page, scheme, width):
    with opened(page, scheme, width) as shown:
        assert shown.locator(".verdict").inner_text().startswith("Ready, with 1 warning: 300 lines, 89 returns, ")
        assert [chart.locator("figcaption").inner_text() for chart in shown.locator("figure").all()] == [
            "Orders by month",
            "Return rate by month of the order",
            "Days from delivery to return",
        ]
        orders = shown.locator("svg").first
        assert orders.locator("rect title").all_text_contents()[0] == "2025-10: 58 orders"
        assert len(orders.locator("rect").all()) == 6
        assert shown.evaluate("document.documentElement.scrollWidth") == width
        assert accessibility_faults(shown, "best-practice") == []
        rows = shown.locator("[aria-label='Missing columns'] tbody tr").all()
        assert max(float(row.evaluate("row => row.offsetHeight")) for row in rows) < 90


def test_names_of_the_shop_are_escaped_and_no_customer_is_named(page):
    text = page.read_text(encoding="utf-8")
    assert "customer-" not in text
    assert "<b>&" not in text
    with opened(page) as shown:
        names = shown.locator("[aria-label=Markets] tbody th").all_inner_texts()
    assert sorted(names) == ["<b>&\\u202e", "DE"]


def test_unmapped_reasons_are_listed_with_their_counts(diagnose, shop, tmp_path, capsys):
    findings = replace(diagnose(shop), unmapped_reasons={"[b]gr. falsch": 1200, "x": 3})
    print_findings(findings)
    assert "Reasons missing from reasons.yaml: 2, e.g. '[b]gr. falsch' 1,200, 'x' 3." in capsys.readouterr().out
    file = tmp_path / "doctor.html"
    file.write_text(render_page(findings), encoding="utf-8")
    with opened(file) as shown:
        rows = [row.inner_text() for row in shown.locator("[aria-label='Unmapped reasons'] tbody tr").all()]
    assert rows == ["[b]gr. falsch\t1,200", "x\t3"]
