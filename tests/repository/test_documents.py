"""What the pages say is what the code does."""

import re
from pathlib import Path

import pytest
import yaml

from returns_risk.config import policy
from returns_risk.contract.schema import CONTRACT
from returns_risk.errors import tree as errors

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


def test_the_policy_knows_the_markets_of_the_demo():
    assert {"DE", "AT", "NL", "FR", "PL"} <= set(yaml.safe_load((ROOT / "policy.yaml").read_text())["markets"])
