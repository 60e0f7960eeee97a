"""How long the page of 5,000 orders takes to be ready, and to search: ``python -m benchmarks.page``.

Ready is when the list is drawn and a key would move it, counted from the start of the navigation. A search is timed
from the input event until the list is drawn, and until the next frame is painted. Each is the slowest of
three openings.
"""

import tempfile
from pathlib import Path

from tests.browser import browsing, opened
from tests.export.small_pages import write

LINES = 10_000
"""Two for each order."""
_SEARCH = """async (text) => {
    const field = document.getElementById("text");
    const begun = performance.now();
    field.value = text;
    field.dispatchEvent(new Event("input"));
    const drawn = performance.now() - begun;
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return [drawn, performance.now() - begun];
}"""


def main() -> None:
    """Write the page, open it three times, and print the slowest times."""
    with tempfile.TemporaryDirectory() as folder, browsing():
        file, _, page = write(Path(folder), LINES)
        print(f"{len(page['orders']):,} orders, {file.stat().st_size / 1e6:.1f} MB")
        ready, drawn, painted = [], [], []
        for _ in range(3):
            with opened(file, width=1440) as shown:
                ready.append(shown.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))
                for text in ("o", "o0", "acme s", "small", "o0123", "nothing at all", ""):
                    search = shown.evaluate(_SEARCH, text)
                    drawn.append(search[0])
                    painted.append(search[1])
        print(f"ready after {max(ready):,.0f} ms")
        print(f"search: list drawn after {max(drawn):,.0f} ms, painted after {max(painted):,.0f} ms")


if __name__ == "__main__":
    main()
