"""What others build on only ever grows: every released property and column stays, with its type.

``contracts/`` holds what was released. A new property is added there with the release that brings it; nothing is taken
out. What has to change otherwise is a v2 beside it.
"""

import copy
import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator

from returns_risk.config.params import load_params
from returns_risk.config.policy import load_policy
from returns_risk.decision import DecisionContext, decide
from returns_risk.scoring.columns import DECISION, SHADOW
from tests.small_exports import make_night, write_night

ROOT = Path(__file__).parents[2]
CONTRACTS = Path(__file__).parent / "contracts"
SCHEMAS = ("handoff", "digest", "failure")
TEXTS_ABOUT = ("description", "title")


def released(name):
    return json.loads((CONTRACTS / name).read_text())


def current(name):
    return json.loads((files("returns_risk.export") / f"schemas/{name}.v1.schema.json").read_text())


def breaks(old, new, path=""):
    """Return where a schema no longer promises what it did."""
    findings = [f"{path}/{name} is gone" for name in old.get("properties", {}) if name not in new.get("properties", {})]
    findings += [f"{path}/{name} may be missing" for name in old.get("required", []) if name not in new["required"]]
    apart = ("properties", "required", "items", *TEXTS_ABOUT)
    changed = [keyword for keyword in {**old, **new} if keyword not in apart and old.get(keyword) != new.get(keyword)]
    findings += [f"{path}: {keyword} has changed" for keyword in changed]
    for name in set(old.get("properties", {})) & set(new.get("properties", {})):
        findings += breaks(old["properties"][name], new["properties"][name], f"{path}/{name}")
    return findings + (breaks(old["items"], new.get("items", {}), f"{path}[]") if "items" in old else [])


def undocumented(content, schema, path=""):
    """Return the properties that a schema does not contain."""
    if isinstance(content, list):
        return [name for item in content for name in undocumented(item, schema["items"], f"{path}[]")]
    if not isinstance(content, dict):
        return []
    known = schema["properties"]
    inner = [undocumented(content[name], known[name], f"{path}/{name}") for name in content if name in known]
    return [f"{path}/{name}" for name in content if name not in known] + [name for names in inner for name in names]


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """An export of 300 lines that the repository's own policy has decided on."""
    rng = np.random.default_rng(5)
    count = 300
    lines = make_night().iloc[[0] * count].reset_index(drop=True)
    lines["line_id"] = [f"L{number}" for number in range(count)]
    lines["order_id"] = [f"O{number // 2}" for number in range(count)]
    lines["customer_id"] = [f"{number // 2:020x}" for number in range(count)]
    lines["line_value"] = rng.gamma(3, 20, count).round(2)
    lines["risk"] = rng.beta(4, 3, count)
    lines = lines.assign(risk_low=lines["risk"] * 0.7, risk_high=lines["risk"] * 0.3 + 0.7)
    lines["promised_at"] = pd.Timestamp("2026-03-06", tz="UTC")
    lines["photo_uri"] = None
    shares = pd.DataFrame(rng.dirichlet(np.ones(2), count), columns=["too_small", "changed_mind"])
    policy, params = load_policy(ROOT / "policy.yaml"), load_params(ROOT / "params.yaml")
    ready = lines.drop(columns=[*DECISION, *SHADOW]).assign(flagged=lines["risk"] > 0.6)
    plan = decide(ready, shares, policy, DecisionContext.for_night(params, b"k" * 32))
    frame = ready.join(plan.lines[[*DECISION, *SHADOW]])
    frame["flagged"] |= frame["decision"] != "none"
    folder = tmp_path_factory.mktemp("night") / "export"
    write_night(folder, frame, [["a reason"]] * int(frame["flagged"].sum()))
    return folder


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_a_schema_of_draft_2020_12(name):
    schema = current(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(("name", "file"), [("handoff", "handoff.jsonl"), ("digest", "digest.json")])
def test_every_line_of_an_export_is_valid_by_the_schema(tmp_path, night, name, file):
    for folder in (night, write_night(tmp_path / "export")):
        lines = [json.loads(line) for line in (folder / file).read_text().splitlines()]
        assert lines
        for line in lines:
            for schema in (current(name), released(f"{name}.v1.json")):
                Draft202012Validator(schema).validate(line)
            assert undocumented(line, current(name)) == []


def test_the_policy_of_the_repository_hands_off_acts_and_reviews_and_no_control(night):
    flagged = pd.read_parquet(night / "flagged_orders.parquet")
    orders = [json.loads(line) for line in (night / "handoff.jsonl").read_text().splitlines()]
    handed_off = {line["line_id"] for order in orders for line in order["lines"]}
    assert handed_off == set(flagged.loc[flagged["decision"].isin(["act", "review"]), "line_id"])
    assert handed_off.isdisjoint(flagged.loc[flagged["arm"] == "control", "line_id"])
    assert (flagged["decision"] == "holdout").any()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_promises_all_that_was_released(name):
    assert breaks(released(f"{name}.v1.json"), current(name)) == []


def test_a_new_property_breaks_nothing():
    schema = current("handoff")
    schema["properties"]["lines"]["items"]["properties"]["weight"] = {"type": "number"}
    schema["required"].append("weight")
    assert breaks(released("handoff.v1.json"), schema) == []


def remove(line):
    del line["properties"]["sku"]


def rename(line):
    line["properties"]["article"] = line["properties"].pop("sku")


def retype(line):
    line["properties"]["sku"]["type"] = "integer"


def leave_open(line):
    line["required"].remove("sku")


def retype_within(line):
    line["properties"]["known_outcomes"]["properties"]["sku_outcomes"]["type"] = ["integer", "null"]


@pytest.mark.parametrize("change", [remove, rename, retype, leave_open, retype_within])
def test_a_property_removed_renamed_or_retyped_is_found(change):
    schema = copy.deepcopy(current("handoff"))
    change(schema["properties"]["lines"]["items"])
    assert len(breaks(released("handoff.v1.json"), schema)) == 1


def test_flagged_orders_keeps_the_columns_that_were_released(tmp_path, night):
    promised = released("flagged_orders.json")
    for folder in (night, write_night(tmp_path / "export")):
        schema = pq.read_schema(folder / "flagged_orders.parquet")
        assert [name for name in schema.names if name in promised] == list(promised)
        assert {name: str(schema.field(name).type) for name in promised} == promised


def test_the_csv_has_the_columns_of_the_parquet(night):
    header = pd.read_csv(night / "flagged_orders.csv", nrows=0).columns.tolist()
    assert header == pq.read_schema(night / "flagged_orders.parquet").names
