"""The names of ``returns_risk``, and the page that shows them at work on a small simulated shop."""

import doctest
import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import returns_risk
from returns_risk import FeatureSet, ReturnClassifier, Shop, explain_order, load_policy, what_if
from returns_risk.config.params import SourceParams
from returns_risk.config.policy import Effect
from returns_risk.contract.parquet import write_tables
from returns_risk.errors import NoCandidatesError
from returns_risk.sources import read_source
from shop_simulator import Definition, simulate, write_raw

ROOT = Path(__file__).parents[2]
AS_OF = date(2026, 3, 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A repository with the validated tables of a shop of a year."""
    folder = tmp_path_factory.mktemp("shop")
    write_raw(folder / "raw", simulate(Definition(seed=3, start=date(2025, 1, 26), lines_per_day=14), AS_OF))
    source = SourceParams(name="demo", raw=folder / "raw", time_zone="Europe/Berlin")
    write_tables(folder / "data/validated", read_source(source, b"a key for these tests", ROOT / "sources").tables)
    shutil.copy(ROOT / "policy.yaml", folder)
    shutil.copytree(ROOT / "features/definitions", folder / "features/definitions")
    return folder


@pytest.fixture
def snapshot(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return Shop.read(Path("data/validated"), load_policy(), "Europe/Berlin").snapshot(AS_OF)


@pytest.fixture
def policy():
    """Whatever is done costs nothing, halves every return, and is worth it however little that saves."""
    shipped = load_policy(ROOT / "policy.yaml")
    free = {
        "cost": 0.0,
        "lost_sale": 0.0,
        "goodwill": 0.0,
        "effect": {"any": Effect(expected=0.5, low=0.4, high=0.6)},
        "lead_hours": 1.0,
    }
    interventions = {name: one.model_copy(update=free) for name, one in shipped.interventions.items()}
    decision = shipped.decision.model_copy(update={"min_value": 0.0, "review_min_value": 0.0})
    return shipped.model_copy(update={"interventions": interventions, "decision": decision})


@pytest.fixture(scope="module")
def model(folder):
    policy = load_policy(folder / "policy.yaml")
    snapshot = Shop.read(folder / "data/validated", policy, "Europe/Berlin").snapshot(AS_OF)
    definitions = FeatureSet.load(folder / "features/definitions").drop_unavailable(snapshot.columns)
    rows = snapshot.training_rows(warm_up_days=60)
    small = ReturnClassifier(feature_set=definitions, learning_rate=0.2, num_boost_round=40)
    return small.fit(snapshot.features(rows, definitions), snapshot.labels(rows)["returned"])


def test_the_tasks_of_the_page_run(folder, monkeypatch):
    monkeypatch.chdir(folder)
    page = str(ROOT / "docs/how-to/notebook.md")
    result = doctest.testfile(page, module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 15
    assert result.failed == 0


def test_each_task_of_the_page_takes_five_lines_at_most():
    sections = (ROOT / "docs/how-to/notebook.md").read_text(encoding="utf-8").split("\n## ")[1:]
    codes = [[line for line in section.splitlines() if line.startswith((">>> ", "... "))] for section in sections]
    calls = [[line for line in code if not line.startswith((">>> from", ">>> import"))] for code in codes]
    assert len(calls) == 5
    assert max(map(len, calls)) <= 5


def test_importing_the_package_loads_neither_pandas_nor_lightgbm():
    code = "import returns_risk, sys; assert not {'pandas', 'lightgbm', 'sklearn', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_documented_and_typed():
    names = [name for name in returns_risk.__all__ if not name.startswith("_")]
    assert len(names) == 14
    assert all(getattr(returns_risk, name).__doc__ for name in names)
    stub = Path(returns_risk.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    page = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    for name in names:
        assert f" {name} as {name}\n" in stub
        assert f"::: returns_risk.{name}\n" in page
    with pytest.raises(AttributeError, match="has no attribute 'Manager'"):
        _ = returns_risk.Manager  # type: ignore[attr-defined]


def test_the_lines_of_an_order_are_explained(model, snapshot):
    order_id = snapshot.lines["order_id"].value_counts().index[0]
    explained = explain_order(model, snapshot, order_id)
    assert len(explained) == (snapshot.lines["order_id"] == order_id).sum()
    assert explained["risk"].between(explained["risk_low"], explained["risk_high"]).all()
    assert all(isinstance(sentence, str) for sentences in explained["reasons"] for sentence in sentences)
    with pytest.raises(NoCandidatesError, match="order nobody was not known on 2026-03-02"):
        explain_order(model, snapshot, "nobody")


def test_a_what_if_counts_every_open_line(model, snapshot, policy):
    plan = what_if(model, snapshot, policy)
    assert plan["lines"].sum() == len(snapshot.candidates(14))
    assert plan.loc[plan["decision"] == "act", "value"].min() > 0


def test_a_what_if_without_capacity_says_so(model, snapshot, policy):
    full = {"capacity": 0, "capacity_by": {}}
    closed = {name: one.model_copy(update=full) for name, one in policy.interventions.items()}
    plan = what_if(model, snapshot, policy.model_copy(update={"interventions": closed}))
    assert set(plan["decision"]) == {"none"}
    assert "no capacity" in set(plan["no_action_reason"])


def test_a_what_if_of_lines_whose_promised_dates_have_passed_is_too_late(model, snapshot, policy):
    tables = snapshot.shop.tables
    late = tables["order_lines"].assign(promised_at=tables["order_lines"]["ordered_at"])
    shop = Shop(tables | {"order_lines": late}, snapshot.policy, snapshot.time_zone)
    plan = what_if(model, shop.snapshot(AS_OF), policy)
    assert plan[["decision", "intervention", "no_action_reason"]].to_numpy().tolist() == [["none", "", "too late"]]


def test_a_what_if_of_a_day_without_open_lines_is_refused(model, snapshot):
    with pytest.raises(NoCandidatesError, match="was open on 2026-06-01, so that no policy can act on any"):
        what_if(model, snapshot.shop.snapshot(date(2026, 6, 1)))


@pytest.mark.parametrize("file", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda file: file.stem)
def test_a_notebook_imports_public_names_only(file):
    text = "\n".join("".join(cell["source"]) for cell in json.loads(file.read_text())["cells"])
    imports = re.findall(r"(?m)^(?:from|import) (returns_risk\S*)(?: import (.*))?$", text)
    assert {module for module, _ in imports} <= {"returns_risk"}
    assert {name.strip() for _, names in imports for name in names.split(",")} <= set(returns_risk.__all__)
