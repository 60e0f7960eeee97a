"""Pages as Markdown and as HTML files that need nothing else."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from returns_risk.evaluation.cards.content import Page, Picture, Table
from returns_risk.io.files import write_folder
from returns_risk.io.templates import load_templates

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render_html", "render_markdown", "render_template", "write_cards"]

_TEMPLATES = Path(__file__).parent / "templates"


def write_cards(folder: Path, pages: dict[str, Page]) -> list[Path]:
    """Write each page as ``<folder>/<name>.md``, with its pictures in ``<folder>/<name>/``, and ``<name>.html``.

    The folder is replaced as a whole.

    Returns
    -------
    The pages written.

    Raises
    ------
    ExportError
        It cannot be written.
    """
    texts = {f"{name}.md": render_markdown(page, name) for name, page in pages.items()}
    texts |= {f"{name}.html": render_html(page) for name, page in pages.items()}
    pictures = {
        f"{name}/{block.name}.png": block.png
        for name, page in pages.items()
        for section in page.sections
        for block in section.blocks
        if isinstance(block, Picture)
    }
    write_folder(folder, texts | pictures)
    return [folder / name for name in texts]


def render_markdown(page: Page, pictures: str) -> str:
    """Return a page as Markdown; its pictures are links into a folder beside it."""
    parts = [f"# {page.title}", page.summary]
    for section in page.sections:
        parts.append(f"## {section.title}")
        for block in section.blocks:
            if isinstance(block, Table):
                parts.append(_markdown_table(block))
            elif isinstance(block, Picture):
                parts.append(f"![{block.shows}]({pictures}/{block.name}.png)")
            else:
                parts.append(block)
    return "\n\n".join(parts) + "\n"


def render_html(page: Page) -> str:
    """Return a page as one HTML file with its style and pictures inside, for light and dark screens and for paper."""
    return render_template("page.html", page=page)


def render_template(name: str, **values: object) -> str:
    """Fill in a template of this package; text is escaped."""
    text: str = _environment().get_template(name).render(**values)
    return text


def _environment() -> "Environment":
    made = load_templates(_TEMPLATES)
    made.filters["embed"] = lambda png: base64.b64encode(png).decode()
    made.tests["table"] = lambda block: isinstance(block, Table)
    made.tests["picture"] = lambda block: isinstance(block, Picture)
    return made


def _markdown_table(table: Table) -> str:
    def line(cells: tuple[str, ...]) -> str:
        return (
            "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ") for cell in cells) + " |"
        )

    rule = ("---", *["---:"] * (len(table.columns) - 1))
    return "\n".join([f"*{table.caption}*", "", line(table.columns), line(rule), *map(line, table.rows)])
