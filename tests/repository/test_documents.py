"""What the pages say is what the code does."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from returns_risk import errors
from returns_risk.config import policy
from returns_risk.contract.schema import CONTRACT

ROOT = Path(__file__).parents[2]
TYPES = {"flag": "true/false", "category": "text"}


def rows_of(page, heading=None):
    text = (ROOT / page).read_text()
    if heading:
        text = re.split(rf"^### {heading}.*$", text, flags=re.MULTILINE)[1]
        text = re.split(r"^##", text, flags=re.MULTILINE)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


@pytest.mark.parametrize("table", CONTRACT)
def test_the_how_to_lists_every_column_of_the_contract(table):
    told = [row[:2] for row in rows_of("docs/bring-your-own-shop.md", table)[2:]]
    columns = CONTRACT[table].columns
    assert told == [[f"**{c.name}**" if c.required else c.name, TYPES.get(c.type, c.type)] for c in columns]


@pytest.mark.parametrize(
    ("heading", "model"),
    {
        "markets": policy.MarketPolicy,
        "money": policy.MoneyPolicy,
        "costs": policy.CostPolicy,
        r"costs\.lanes": policy.LaneCostPolicy,
        "interventions": policy.Intervention,
        "effect": policy.Effect,
        "sku_actions": policy.SkuAction,
        "decision": policy.DecisionPolicy,
        "exports": policy.ExportPolicy,
        "languages": policy.LanguagesPolicy,
    }.items(),
)
def test_the_policys_page_tells_every_key(heading, model):
    told = [name for row in rows_of("docs/policy.md", heading)[2:] for name in row[0].split(", ")]
    assert told == list(model.model_fields)


def test_the_policys_page_has_every_block():
    told = set(re.findall(r"^### (\w+)$", (ROOT / "docs/policy.md").read_text(), flags=re.MULTILINE))
    assert told - {"effect"} == set(policy.Policy.model_fields) - {"default"}


def test_every_exit_code_is_documented():
    told = {row[1]: int(row[0]) for row in rows_of("docs/exit-codes.md")[2:] if row[1]}
    classes = [getattr(errors, name) for name in errors.__all__ if name != "ReturnsRiskError"]
    assert told == {one.__name__: one.exit_code for one in classes}
    assert len(set(told.values())) == len(told)


def test_the_readme_names_the_commands_and_every_link_leads_somewhere():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")]
    readme = (ROOT / "README.md").read_text()
    for command in ("make demo", "make test", "make online-retail"):
        assert command in readme
    for page in pages:
        for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
            if not link.startswith("http"):
                assert (page.parent / link).exists(), (page, link)


def test_ci_runs_the_test_command_of_the_readme():
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "make test"
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


def test_the_lock_files_carry_hashes_for_everything_and_name_no_index():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        entries = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n?", "", text, flags=re.MULTILINE).strip())
        assert len(entries) > 100
        assert all(re.match(r"[a-z0-9._\[\]-]+==\S+", entry) and "--hash=sha256:" in entry for entry in entries)
        assert "://" not in text


def _plain(name):
    return re.sub("[._]", "-", name.split("[")[0].lower())


def test_what_the_library_imports_is_installed_without_the_development_tools():
    texts = [file.read_text() for file in (ROOT / "src").rglob("*.py")]
    imported = {name for text in texts for name in re.findall(r"^\s*(?:from|import) (\w+)", text, flags=re.MULTILINE)}
    packages = {module: {_plain(one) for one in of} for module, of in packages_distributions().items()}
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    locked = re.findall(r"^(\S+)==", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE)
    runtime = {_plain(re.split("[<>=]", one)[0]) for one in asked} & set(map(_plain, locked))
    others = sorted(imported.intersection(packages) - {"returns_risk", "shop_simulator"})
    assert {"openpyxl", "sklearn", "yaml"} <= set(others)
    assert [module for module in others if not packages[module] & runtime] == []


def test_analytics_are_off_in_the_repository():
    assert "analytics = false" in (ROOT / ".dvc/config").read_text()


def test_the_policy_knows_the_markets_of_the_demo():
    assert {"DE", "AT", "NL", "FR", "PL"} <= set(yaml.safe_load((ROOT / "policy.yaml").read_text())["markets"])
