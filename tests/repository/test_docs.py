"""The documentation builds without a warning, loads nothing from other hosts, and names what exists."""

import os
import re
import shlex
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import typer.main
import yaml

from returns_risk.cli.app import app
from returns_risk.config.params import Params
from returns_risk.contract.schema import CONTRACT
from returns_risk.errors import ReturnsRiskError
from shop_simulator.cli import app as simulator_app
from tests.browser import accessibility_faults, opened

ROOT = Path(__file__).parents[2]
PROGRAMS = {"returns-risk": app, "shop-simulator": simulator_app}
ROOMS = sorted(ROOT.glob("*/README.md"))
PAGES = [*sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("*.md")), *ROOMS]
CURRENT = [page for page in PAGES if page.name != "CHANGELOG.md"]  # it names commands of past releases
LINKED = re.compile(r'<(?:a|link|script|img)\b[^>]*?\s(?:href|src)="?([^"\s>]+)')
LOADED = re.compile(r'<(?:script|img|link|iframe)\b[^>]*?(?:src|href)="(https?:[^"]+)"')


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    # Not --quiet: it drops the warnings before --strict counts them.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_pages_load_nothing_from_other_hosts(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    loaded = [link for page in pages for link in LOADED.findall(page.read_text()) if "canonical" not in link]
    assert loaded == []


def test_every_link_of_a_page_leads_to_a_file_and_an_anchor(site):
    pages = [page for page in site.rglob("*.html") if page.name != "404.html"]  # its links start from the host
    anchors = {page: set(re.findall(r'\b(?:id|name)="?([^"\s>]+)', page.read_text())) for page in pages}
    dead = []
    for page in pages:
        for link in LINKED.findall(page.read_text()):
            address = urlsplit(unescape(link))
            if address.scheme or address.netloc:
                continue
            target = (page.parent / unquote(address.path)).resolve() if address.path else page
            target = target / "index.html" if target.is_dir() else target
            anchor = unquote(address.fragment)
            if not target.exists() or (anchor and target in anchors and anchor not in anchors[target]):
                dead.append(f"{page.relative_to(site)}: {link}")
    assert dead == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.usefixtures("browser")
def test_the_pages_meet_wcag_2_2_aa(site, scheme):
    for name in ("index", "tutorial", "how-to/read-the-export", "how-to/connect-a-shop", "reference/api"):
        with opened(site / f"{name}.html", scheme) as page:
            assert accessibility_faults(page) == [], name


def test_the_generated_reference_has_every_command_key_column_and_exit_code(site):
    text = {name: (site / f"reference/{name}.html").read_text() for name in ("command-line", "params")}
    assert all(f"{program} {name}" in text["command-line"] for program, name in leaves())
    assert all(f"<code>{name}</code>" in text["params"] for name in ("as_of", "num_leaves", "log_loss"))
    assert all(field.alias or name in text["params"] for name, field in Params.model_fields.items())
    tables = (site / "reference/contract-tables.html").read_text()
    assert all(f"<code>{column.name}</code>" in tables for table in CONTRACT.values() for column in table.columns)
    codes = (site / "reference/exit-codes.html").read_text()
    assert all(error.__name__ in codes for error in ReturnsRiskError.__subclasses__())


def test_every_error_has_an_exit_code_that_no_other_has():
    codes = [error.exit_code for error in ReturnsRiskError.__subclasses__()]
    assert len(set(codes)) == len(codes)
    assert not {0, 1, 2} & set(codes)


def leaves():
    return [
        (program, " ".join(path)) for program, app in PROGRAMS.items() for path in paths(typer.main.get_command(app))
    ]


def paths(command, path=()):
    below = getattr(command, "commands", {})
    alone = [path] if path and (not below or command.invoke_without_command) else []
    return alone + [deeper for name, part in below.items() for deeper in paths(part, (*path, name))]


def calls(page):
    """Calls of our commands on a page: in blocks of code, and in code within a sentence."""
    text = page.read_text()
    code = [
        line
        for block in re.findall(r"^```\w*\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
    ]
    code += re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    for line in code:
        for program, call in re.findall(r"(?:^|[ /])(returns-risk|shop-simulator) ([a-z-][^#|>&\"]*)", line):
            yield program, shlex.split(call.strip())


def follow(command, arguments):
    while arguments and arguments[0] in getattr(command, "commands", {}):
        command, arguments = command.commands[arguments[0]], arguments[1:]
    return command, arguments


@pytest.mark.parametrize("page", CURRENT, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_calls_only_commands_and_options_that_exist(page):
    for program, arguments in calls(page):
        command, remaining = follow(typer.main.get_command(PROGRAMS[program]), arguments)
        called = f"{program} {' '.join(arguments)}"
        assert arguments[0].startswith("-") or len(remaining) < len(arguments), called
        options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        used = {argument.split("=")[0] for argument in remaining if argument.startswith("--")}
        assert used <= options | {"--help"}, called


@pytest.mark.parametrize(
    "page", [page for page in PAGES if ROOT / "docs" not in page.parents], ids=lambda p: p.parts[-2]
)
def test_every_link_outside_of_the_site_leads_to_a_file(page):
    for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert link.startswith("http") or (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES[: -len(ROOMS)], ids=lambda page: str(page.relative_to(ROOT)))
def test_a_line_of_prose_has_at_most_120_characters(page):
    text = re.sub(r"^(```.*?^```| {4}.*?$)", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    assert [line for line in text.splitlines() if len(line) > 120 and not line.startswith("|")] == []


def test_the_readme_names_the_two_commands():
    readme = (ROOT / "README.md").read_text()
    assert "make demo" in readme
    assert "make test" in readme


def test_the_policy_has_the_markets_of_the_demo():
    assert {"DE", "AT", "NL", "FR", "PL"} <= set(yaml.safe_load((ROOT / "policy.yaml").read_text())["markets"])
