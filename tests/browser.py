"""A real Chromium without a screen, for tests that open pages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["accessibility_faults", "browsing", "opened"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_RUNNING: list["Browser"] = []


def find_browser() -> str:
    """Return the Chromium of this machine: ``CHROMIUM``, or one on the path."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    assert found, "there is no Chromium: install it (Debian: apt-get install chromium), or name it in CHROMIUM"
    return found


@contextmanager
def browsing() -> Iterator["Browser"]:
    """Keep a browser running, which all pages opened within share: to start one takes a second."""
    from playwright.sync_api import sync_playwright

    if _RUNNING:
        yield _RUNNING[0]
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=_QUIET)
        _RUNNING.append(browser)
        try:
            yield browser
        finally:
            _RUNNING.clear()
            browser.close()


@contextmanager
def opened(file: Path, scheme: str = "light", width: int = 1200) -> Iterator["Page"]:
    """Open a local page; what it asks of the network and what it complains about make the test fail in the end.

    Parameters
    ----------
    scheme : ``light`` or ``dark``
    """
    trouble: list[str] = []
    with browsing() as browser:
        page = browser.new_page(
            color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 900}
        )
        page.on(
            "console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda one: trouble.append(one.url) if not one.url.startswith(("file:", "data:")) else None)
        page.goto(file.absolute().as_uri())
        yield page
        page.close()
    assert trouble == []


_WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


def accessibility_faults(page: "Page", *more: str) -> list[str]:
    """Return where a page breaks a rule of axe-core for WCAG 2.2 AA, with the first element of each.

    Parameters
    ----------
    more : other tags of rules, e.g. ``best-practice``
    """
    from axe_playwright_python.sync_playwright import Axe

    # axe would read style sheets again, which pages opened from a folder may not.
    options = {"runOnly": {"type": "tag", "values": [*_WCAG, *more]}, "preload": False}
    broken = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {rule['help']}: {rule['nodes'][0]['html']}" for rule in broken]
