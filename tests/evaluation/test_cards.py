"""Model cards say the same in Markdown and in HTML, escape what they are given and are the same on every run."""

import re

import pandas as pd
import pytest

from returns_risk.evaluation.cards import draw_reliability
from returns_risk.evaluation.markdown import escape, render_html

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def text():
    rows = "\n".join(f"| {escape(group)} | {rate} |" for group, rate in (("DE | AT", 0.5), ("<b>*FR*</b>", 0.6)))
    return (
        f"# Card of {escape('<risk>')}\n\nAll & sundry.\n\n## Quality\n\n*By market*\n\n| group | rate |\n"
        f"| --- | ---: |\n{rows}\n\n![A curve](risk/curve.png)\n\n## Limits\n\nNone.\n"
    )


def test_html_needs_nothing_else_and_escapes(text):
    page = render_html(text, {"risk/curve.png": PNG})
    assert "<title>Card of &lt;risk&gt;</title>" in page
    assert "<h1>Card of &lt;risk&gt;</h1>" in page
    assert '<th scope="row">&lt;b&gt;*FR*&lt;/b&gt;</th>' in page
    assert '<th scope="row">DE | AT</th>' in page
    assert "<caption>By market</caption>" in page
    assert "<p>All &amp; sundry.</p>" in page
    assert '<a href="#s2">Limits</a>' in page
    assert '<h2 id="s2">Limits</h2>' in page
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in page
    assert not re.search(r"https?://", page)


def test_no_text_becomes_markup():
    page = render_html(f"# Card\n\n{escape('[x](javascript:a) <script> `b` __c__ sku_rate')}\n", {})
    assert "<p>[x](javascript:a) &lt;script&gt; `b` __c__ sku_rate</p>" in page


def test_the_curve_is_the_same_picture_on_every_run():
    curve = pd.DataFrame({"predicted": [0.1, 0.4], "observed": [0.2, 0.4], "low": [0.1, 0.3], "high": [0.3, 0.5]})
    assert draw_reliability(curve) == draw_reliability(curve)


def test_lights_are_words_with_a_colour():
    page = render_html("# Card\n\n*Checks*\n\n| check | light |\n| --- | ---: |\n| leakage | amber |\n", {})
    assert '<span class="light amber">amber</span></td>' in page
