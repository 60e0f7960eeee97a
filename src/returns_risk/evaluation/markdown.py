"""Markdown out of a Jinja template, and HTML out of that Markdown: one file that needs nothing else."""

import base64
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from returns_risk.errors.printable import printable
from returns_risk.io.templates import load_templates

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["escape", "number", "render_html", "render_markdown", "share", "span"]

_TEMPLATES = Path(__file__).parent / "templates"
# An underscore between letters is no emphasis.
_SPECIAL = re.compile(r"[\\`*\[\]|]|(?<![^\W_])_|_(?![^\W_])")


def render_markdown(template: str, **values: Any) -> str:
    """Fill in a template of this package; texts are escaped, so that they show as they are."""
    text: str = _markdown().get_template(template).render(**values)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def render_html(text: str, pictures: Mapping[str, bytes]) -> str:
    """Return a page for light and dark screens and for paper.

    Parameters
    ----------
    text : Markdown with a title and sections; a paragraph in italics before a table is its caption
    pictures : PNG of each picture that the Markdown links to
    """
    from markdown_it import MarkdownIt

    sections = re.findall(r"(?m)^## (.*)$", text)
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    for position, section in enumerate(sections, start=1):
        body = body.replace(f"<h2>{section}", f'<h2 id="s{position}">{section}', 1)
    body = re.sub(r"<p><em>(.*?)</em></p>\n<table>", _open_table, body)
    body = re.sub(r"<th\b", '<th scope="col"', body).replace("</table>", "</table></div>")
    body = re.sub(r"<tr>\n<td>(.*?)</td>", r'<tr>\n<th scope="row">\1</th>', body)
    body = re.sub(r"<td([^>]*)>(green|amber|red)</td>", r'<td\1><span class="light \2">\2</span></td>', body)
    for name, png in pictures.items():
        body = body.replace(f'src="{name}"', f'src="data:image/png;base64,{base64.b64encode(png).decode()}"')
    title = body.partition("<h1>")[2].partition("</h1>")[0]
    template = load_templates(_TEMPLATES).get_template("page.html")
    return str(template.render(title=title, sections=sections, body=body))


def _open_table(match: re.Match[str]) -> str:
    caption = match[1]
    return f'<div class="wide" tabindex="0" role="group" aria-label="{caption}"><table>\n<caption>{caption}</caption>'


def escape(value: Any) -> str:
    r"""Return a value as Markdown that shows it as it is, on one line.

    >>> escape("DE | <b>_AT_</b> sku_rate")
    'DE \\| &lt;b>\\_AT\\_&lt;/b> sku_rate'
    """
    text = printable(str(value)).replace("\n", " ").replace("&", "&amp;").replace("<", "&lt;")
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", text)


def number(value: float, digits: int = 3) -> str:
    """Write a number with its decimals, a missing one as a dash.

    >>> number(0.75), number(float("nan"))
    ('0.750', '-')
    """
    return "-" if pd.isna(value) else f"{value:,.{digits}f}"


def share(value: float, digits: int = 1) -> str:
    """Write a share in percent.

    >>> share(0.125)
    '12.5 %'
    """
    return "-" if pd.isna(value) else f"{100 * value:.{digits}f} %"


def span(value: float, low: float, high: float) -> str:
    """Write a number with its interval.

    >>> span(0.5, 0.4, 0.625)
    '0.500 (0.400 to 0.625)'
    """
    return "-" if pd.isna(value) else f"{value:.3f} ({low:.3f} to {high:.3f})"


@cache
def _markdown() -> "Environment":
    environment = load_templates(_TEMPLATES).overlay(autoescape=False, finalize=escape)
    environment.filters |= {
        "capitalized": lambda text: f"{text[:1].upper()}{text[1:]}",
        "count": lambda value: number(value, 0),
        "interval": lambda row, name: span(row[name], row[f"{name}_low"], row[f"{name}_high"]),
        "number": number,
        "share": share,
        "words": lambda text: str(text).replace("_", " "),
    }
    environment.globals["span"] = span
    return environment
