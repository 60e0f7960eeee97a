"""Every page that a project holds is whole without a network."""

import re
from html.parser import HTMLParser

from tests.browser import browsing, opened

_REMOTE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_IN_STYLE = re.compile(r"(?:url\(|@import)\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE)


ROOMS = ("data", "features", "models", "exports", "mlruns")


class References(HTMLParser):
    """What a page has loaded from elsewhere; a link that a reader may follow is none."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        loads = {"src", "srcset", "poster", "data", "background"} | (set() if tag == "a" else {"href"})
        self.found += [f"{tag} {name}={value}" for name, value in attrs if name in loads and _REMOTE.match(value or "")]
        self.found += [value for name, value in attrs if name == "style" and _IN_STYLE.search(value or "")]

    def handle_data(self, data):
        if self.inside == "style":
            self.found += _IN_STYLE.findall(data)


def test_no_page_asks_anybody_for_anything_and_each_has_something_to_read(workspace):
    pages = sorted(page for room in ROOMS for page in (workspace.folder / room).rglob("*.html"))
    names = {page.relative_to(workspace.folder).as_posix() for page in pages}
    assert {"data/data_docs/index.html", "models/cards/risk.html", "models/cards/reason.html"} <= names
    assert "exports/chain/as_of=2026-03-02/report.html" in names
    assert [(page, found) for page in pages if (found := References(page.read_text()).found)] == []
    with browsing():
        for page in pages:
            with opened(page) as shown:
                assert len(shown.locator("body").inner_text()) > 500, page
