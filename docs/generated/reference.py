"""Write the pages of the reference from the code whenever the documentation is built (a hook of MkDocs)."""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pydantic import BaseModel

sys.path.insert(0, str(Path(__file__).parents[2]))

from docs.generated.blocks import document_model, read_comments
from docs.generated.commands import document_commands
from returns_risk import errors
from returns_risk.config.params import Params
from returns_risk.config.policy import Policy
from returns_risk.contract.schema import CONTRACT
from returns_risk.errors import ReturnsRiskError, Stopped
from returns_risk.features import FeatureSet
from returns_risk.features.belief_definitions import Band, BeliefGroup, BeliefsDefinition
from returns_risk.features.fit_definitions import FitDefinition, FitKey
from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.features.line_definitions import BasketDefinition, Column, LineDefinition
from returns_risk.validation.rule import Rule
from returns_risk.validation.rules import OPT_OUT_TYPE, ROW_RULES, TABLE_RULES
from returns_risk.validation.shop_rules import SHOP_RULES, ShopRule
from shop_simulator.definition import ACCIDENTS, DRIFTS, FAULT_MEANINGS, ROW_FAULTS
from shop_simulator.interventions import INTERVENTIONS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SCHEMAS = ROOT / "src/returns_risk/export/schemas"
TYPES = {"flag": "true/false", "category": "text"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to the files of the site."""
    for name, content in pages():
        files.append(File.generated(config, f"reference/{name}.md", content=content))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turn links to files of the repository outside of ``docs/`` into plain text: the site does not have them."""

    def keep_or_plain(link: re.Match[str]) -> str:
        target = (Path(page.file.abs_src_path or DOCS / page.file.src_uri).parent / link[2]).resolve()
        return link[0] if target.is_relative_to(DOCS) or not target.exists() else link[1]

    return re.sub(r"(?<!!)\[([^\]]+)\]\((\.\./[^)#]+)[^)]*\)", keep_or_plain, markdown)


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the Markdown text of each page."""
    yield "command-line", command_line()
    yield "params", parameters()
    yield "policy", policy()
    yield "contract-tables", contract_tables()
    yield "validation-rules", validation_rules()
    yield "features", features()
    yield "feature-definitions", feature_definitions()
    yield "export", (ROOT / "exports/README.md").read_text().replace("../docs/", "../")
    yield "hand-off", hand_off()
    yield "exit-codes", exit_codes()
    yield "simulator", simulator()


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    cells = [[str(cell).replace("|", r"\|").replace("\n", " ") for cell in row] for row in rows]
    head = list(head)
    lines = [head, ["---"] * len(head), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def command_line() -> str:
    """Document the commands of both command lines."""
    from returns_risk.cli.app import app
    from shop_simulator.cli import app as simulator_app

    return "\n".join(
        [
            "# Command line\n",
            "All commands print their help with `--help`. [Exit codes](exit-codes.md) say how a command ended.\n",
            *document_commands("returns-risk", app, table),
            *document_commands("shop-simulator", simulator_app, table),
        ]
    )


def parameters() -> str:
    """Document ``params.yaml`` with the values and comments of the demo."""
    text = (ROOT / "params.yaml").read_text()
    intro = "`params.yaml` holds what a data scientist changes. The values are those of the demo.\n"
    blocks = document_model(Params, yaml.safe_load(text), read_comments(text), table)
    return "\n".join(["# Parameters\n", intro, *blocks])


def policy() -> str:
    """Document ``policy.yaml`` block by block."""
    text = (ROOT / "policy.yaml").read_text()
    intro = (
        "`policy.yaml` holds the numbers of the business. `default` and `markets` decide what a label is: changing\n"
        "them trains new models. Everything else changes the decisions of the next run, and on the model card who\n"
        "would be contacted. The values are those of the demo; `NAME` stands for a name that you choose.\n"
        "[How to set it](../how-to/set-the-policy.md).\n"
    )
    blocks = document_model(Policy, yaml.safe_load(text), read_comments(text), table)
    return "\n".join(["# Policy\n", intro, *blocks])


def contract_tables() -> str:
    """Document the tables that the SELECTs of a source produce."""
    sections = [
        f"## {name}{' (optional)' if contract.optional else ''}\n\n"
        + table(
            ["column", "type", "required", "meaning"],
            [
                [f"`{c.name}`", TYPES.get(c.type, c.type), "yes" if c.required else "", c.meaning]
                for c in contract.columns
            ],
        )
        for name, contract in CONTRACT.items()
    ]
    intro = "A source has one SELECT for each table. A column that is not required may be left out.\n"
    return "\n".join(["# Contract tables\n", intro, *sections])


def validation_rules() -> str:
    """Document every rule of validation."""
    sections = []
    for name in CONTRACT:
        shop_rules = [rule for rule in SHOP_RULES if rule.table == name]
        rules: list[Rule | ShopRule] = [*ROW_RULES[name], *TABLE_RULES[name], *shop_rules]
        rows = [[f"`{r.name}`", r.severity, tolerated(r), r.reason, r.remedy] for r in rules]
        sections.append(f"## {name}\n\n" + table(["rule", "severity", "tolerated", "finding", "remedy"], rows))
    intro = (
        "An error rejects its rows, and ends the run (exit code 5) where a larger share of them than tolerated breaks\n"
        "the rule. A warning is shown by the log, the validation report and the night's digest. `validate.rules` in\n"
        "`params.yaml` gives a rule another share: `{order_lines.customer_share: 0.1}`. Where no share is named here,\n"
        "`validate.tolerated_share` holds. A value that does not fit the type of its column is an error, too, under\n"
        f"`<table>.<column>_type`; of `{OPT_OUT_TYPE}` none is tolerated. A row that a SELECT rejects breaks\n"
        "`<table>.source`, and all are tolerated.\n"
    )
    return "\n".join(["# Validation rules\n", intro, *sections])


def tolerated(rule: Rule | ShopRule) -> str:
    """Return the default share of rows that may break a rule, in words."""
    if isinstance(rule, Rule) and not rule.tunable:
        return "none" if rule in TABLE_RULES[rule.table] else "all"
    return "" if rule.tolerated_share is None else f"{rule.tolerated_share:.1%}"


def features() -> str:
    """List all features that the definitions give."""
    columns = FeatureSet.load(ROOT / "features/definitions").features
    rows = [[f"`{column.name}`", column.unit, column.meaning, column.known] for column in columns]
    intro = (
        f"The {len(rows)} columns that `features/definitions/*.yaml` give. A source that lacks a column gets fewer.\n"
        "`returns-risk features list` prints those of the latest run.\n"
    )
    return "\n".join(["# Features\n", intro, table(["name", "unit", "meaning", "rests on"], rows)])


def feature_definitions() -> str:
    """Document the keys of a feature definition."""
    kinds: dict[str, type[BaseModel]] = {
        "History": HistoryDefinition,
        "Line": LineDefinition,
        "Basket": BasketDefinition,
        "Beliefs": BeliefsDefinition,
        "Band": Band,
        "Group of beliefs": BeliefGroup,
        "Fit": FitDefinition,
        "Offset and tolerance": FitKey,
        "Column": Column,
    }
    sections = [
        f"## {name}\n\n{model.__doc__}\n\n" + "\n".join(document_model(model, {}, {}, table))
        for name, model in kinds.items()
    ]
    intro = "The keys of a file in `features/definitions/`. [How to change a feature](../how-to/change-features.md).\n"
    return "\n".join(["# Feature definitions\n", intro, *sections])


def hand_off() -> str:
    """Document the JSON that other systems receive."""
    sections = []
    for file in sorted(SCHEMAS.glob("*.json")):
        schema = json.loads(file.read_text())
        rows = [[f"`{name}`", json_type(item), item.get("description", "")] for name, item in properties(schema)]
        sections.append(f"## {file.name}\n\n{schema['title']}.\n\n" + table(["property", "type", "meaning"], rows))
    intro = (
        "The JSON Schemas (draft 2020-12) are installed with the package, in `returns_risk/export/schemas/`. Within a\n"
        "version, properties are only added: ignore those you do not know.\n"
    )
    return "\n".join(["# JSON for other systems\n", intro, *sections])


def properties(schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the properties of a schema, those of nested objects with their path."""
    for name, item in schema.get("properties", {}).items():
        yield prefix + name, item
        nested = item.get("items", item) if isinstance(item.get("items", item), dict) else item
        yield from properties(nested, f"{prefix}{name}{'[]' if nested is not item else ''}.")


def json_type(item: dict[str, Any]) -> str:
    """Return the type of a property in words."""
    if "enum" in item:
        return ", ".join("null" if value is None else f"`{value}`" for value in item["enum"])
    types = item.get("type", "")
    return types if isinstance(types, str) else " or ".join(types)


def exit_codes() -> str:
    """Document the exit codes from the tree of errors."""
    classes = [getattr(errors, name) for name in errors.__all__]
    by_code = {c.exit_code: c for c in classes if isinstance(c, type) and issubclass(c, ReturnsRiskError | Stopped)}
    rows = {code: [c.__name__, (c.__doc__ or "").split("\n\n")[0].replace("``", "`")] for code, c in by_code.items()}
    rows |= {
        0: ["", "The command succeeded."],
        1: ["", "A defect of the program, with a traceback."],
        2: ["", "The command or an option does not exist."],
        130: ["Stopped", "SIGINT (Ctrl-C), as 143."],
    }
    intro = (
        "An error that the input causes is one line on stderr: file or table, column, count, example, remedy. What\n"
        "existed before stays as it was. `RETURNS_RISK_DEBUG=1` also logs the traceback. `dvc repro` itself ends with\n"
        "255 and prints the line of the stage. [What to do](../how-to/recover.md).\n"
    )
    return "\n".join(
        ["# Exit codes\n", intro, table(["code", "error", "meaning"], ([code, *rows[code]] for code in sorted(rows)))]
    )


def simulator() -> str:
    """Document what the simulated shop can do."""
    effects = [
        [
            f"`{i.name}`" + (f" ({', '.join(i.departments)})" if i.departments else ""),
            ", ".join(f"{reason.replace('_', ' ')} by {share:.0%}" for reason, share in i.effect.items()),
            f"{i.cancels:.1%}",
            f"{i.annoys:.1%}",
            f"{i.cost:.2f} EUR",
        ]
        for i in INTERVENTIONS
    ]
    faults = [[f"`{kind}`", FAULT_MEANINGS[kind], f"{share:.1%}"] for kind, share in ROW_FAULTS.items()]
    dated = [[f"`{kind}=DATE`", FAULT_MEANINGS[kind]] for kind in (*ACCIDENTS, *DRIFTS)]
    return "\n".join(
        [
            "# Simulator\n\n[How the simulated shop works](../explanation/simulator.md).\n",
            "## Interventions\n",
            table(["intervention", "lowers the hazard of", "cancel", "annoyed", "cost"], effects),
            "## Faults of rows\n\n`--dirt KIND` or `--dirt KIND=SHARE`; `--dirt rows` plants all of them.\n",
            table(["fault", "what happens", "default share"], faults),
            "## Faults and changes with a date\n",
            table(["option", "what happens"], dated),
        ]
    )
