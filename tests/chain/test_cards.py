"""The model cards of a real run, in a real browser."""

import hashlib
import html
import re

import pytest

from tests.browser import accessibility_faults, opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_card_opens_without_complaint_and_fits_the_screen(workspace, scheme):
    with opened(workspace.folder / "models/cards/risk.html", scheme) as page:
        assert page.title() == "Model card: risk, demo"
        assert accessibility_faults(page, "best-practice") == []
        headings = page.locator("h2").all_inner_texts()
        assert headings[:5] == [
            "Intended use",
            "Data",
            "Quality on the untouched test period",
            "Quality over time",
            "Calibration",
        ]
        assert page.locator("img").evaluate_all("all => all.every(one => one.naturalWidth > 100 && one.alt)")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        ink, paper = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        assert (_light(ink) < _light(paper)) == (scheme == "light")
        page.get_by_role("link", name="Fairness").click()
        assert page.url.endswith("#s6")


def _light(colour):
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])


def test_each_model_has_its_card_in_both_forms_with_the_same_numbers(workspace):
    cards = workspace.folder / "models/cards"
    for name in ("risk", "reason"):
        text, page = (cards / f"{name}.md").read_text(), (cards / f"{name}.html").read_text()
        cells = [
            cell.strip()
            for line in text.splitlines()
            if line.startswith("| ")
            for cell in re.split(r"(?<!\\)\|", line.strip("|"))
        ]
        assert len(cells) > 50
        for cell in cells:
            assert f">{html.escape(_shown(cell), quote=False)}<" in page or set(cell) <= {"-", ":", " "}
    text = (cards / "risk.md").read_text()
    assert "## Fairness" in text
    assert re.search(r"Of [\d,]+ returned lines, \d+ \(.*\) came back after their return window had closed", text)
    assert "Gives the probability of each return reason" in (cards / "reason.md").read_text()
    assert re.search(r"Checks: \d green, \d amber, \d red\.", text)
    assert "would have contacted the customer" in text
    hashed = re.findall(r"^\| ((?:features|models)/\S+) \| ([0-9a-f]{64}) \|$", text, re.MULTILINE)
    assert len(hashed) >= 3
    for name, digest in hashed:
        assert hashlib.sha256((workspace.folder / name.replace("\\", "")).read_bytes()).hexdigest() == digest


def _shown(cell):
    """Return the text that a Markdown cell shows."""
    return html.unescape(re.sub(r"\\(.)", r"\1", cell))


def test_a_card_names_no_customer(workspace):
    import pandas as pd

    customers = pd.read_parquet(workspace.folder / "features/training.parquet", columns=["customer_id"])["customer_id"]
    text = (workspace.folder / "models/cards/risk.md").read_text()
    assert not any(one in text for one in customers.unique())
