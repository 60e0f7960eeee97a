"""Pictures of the demo's report for the pages: ``python -m tests.screenshots`` after ``make demo``."""

from pathlib import Path

from tests.browser import opened

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Take the report in light and in dark, with its first order opened."""
    (report,) = (ROOT / "exports").glob("as_of=*/report.html")
    for scheme in ("light", "dark"):
        with opened(report, scheme, width=1100) as page:
            page.locator("#orders tbody tr.order").first.click()
            page.mouse.move(0, 0)
            page.screenshot(
                path=ROOT / f"docs/images/report-{scheme}.png",
                clip={"x": 0, "y": 0, "width": 1100, "height": 1250},
                full_page=True,
            )


if __name__ == "__main__":
    main()
