"""dvc.yaml says what the stages read: DVC watches only what is listed there."""

import ast
from pathlib import Path

import grimp
import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHAIN = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = list(CHAIN["stages"])


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("returns_risk", cache_dir=None)


def imported_by(stage):
    tree = ast.parse((ROOT / "pipelines" / f"{stage}.py").read_text())
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return sorted({node.module for node in froms if node.module and node.module.startswith("returns_risk")})


def closure(graph, stage):
    modules = set(imported_by(stage))
    for module in sorted(modules):
        modules |= graph.find_upstream_modules(module, as_package=bool(graph.find_children(module)))
    rooms = {".".join(module.split(".")[:2]) for module in modules} - {"returns_risk"}
    places = [ROOT / "src" / Path(*room.split(".")) for room in rooms]
    return {str((place if place.is_dir() else place.with_suffix(".py")).relative_to(ROOT)) for place in places}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_lists_exactly_the_modules_it_imports(graph, stage):
    listed = {dep for dep in CHAIN["stages"][stage]["deps"] if dep.startswith("src/")}
    assert listed == closure(graph, stage)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_runs_its_file_and_lists_it(stage):
    assert CHAIN["stages"][stage]["cmd"] == f"python pipelines/{stage}.py"
    assert CHAIN["stages"][stage]["deps"][0] == f"pipelines/{stage}.py"


def test_featurize_reads_the_feature_definitions():
    assert "features/definitions" in CHAIN["stages"]["featurize"]["deps"]


def test_each_block_of_params_reaches_a_stage_and_nothing_else_is_asked():
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    asked = [name for stage in CHAIN["stages"].values() for name in stage["params"] if isinstance(name, str)]
    # Who is champion lies in the registry and trials in a study, of which DVC knows nothing; commands ask for them.
    assert {name.split(".")[0] for name in asked} == set(params) - {"gate", "nightly", "tune"}


@pytest.mark.parametrize("stage", STAGES)
def test_no_room_is_an_output_and_every_output_outlives_a_failed_stage(stage):
    outs = [out for kind in ("outs", "metrics", "plots") for out in CHAIN["stages"][stage].get(kind, [])]
    for out in outs:
        ((place, options),) = out.items()
        assert place not in ("data", "features", "models", "exports")
        assert options["persist"] is True


def test_a_stage_reads_only_outputs_of_earlier_ones():
    made: set[str] = set()
    for name, stage in CHAIN["stages"].items():
        read = {dep for dep in stage["deps"] if dep.endswith((".parquet", ".json")) or dep == "models/bundles"}
        assert read <= made, name
        outs = [out for kind in ("outs", "metrics", "plots") for out in stage.get(kind, [])]
        made |= {place for out in outs for place in out}
