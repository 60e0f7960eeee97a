"""dvc.yaml lists the files that each stage reads: DVC watches only these."""

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
    packages = {".".join(module.split(".")[:2]) for module in modules} - {"returns_risk"}
    paths = [ROOT / "src" / Path(*package.split(".")) for package in packages]
    return {str((path if path.is_dir() else path.with_suffix(".py")).relative_to(ROOT)) for path in paths}


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


def test_each_block_of_params_reaches_a_stage_and_no_other_is_requested():
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    requested = [name for stage in CHAIN["stages"].values() for name in stage["params"] if isinstance(name, str)]
    # Who is champion lies in the registry and trials in a study, of which DVC knows nothing; commands ask for them.
    assert {name.split(".")[0] for name in requested} == set(params) - {"gate", "nightly", "tune"}


@pytest.mark.parametrize("stage", STAGES)
def test_no_top_level_folder_is_an_output_and_every_output_outlives_a_failed_stage(stage):
    outs = [out for kind in ("outs", "metrics", "plots") for out in CHAIN["stages"][stage].get(kind, [])]
    for out in outs:
        ((path, options),) = out.items()
        assert path not in ("data", "features", "models", "exports")
        assert options["persist"] is True


def test_a_stage_reads_only_outputs_of_earlier_ones():
    outputs: set[str] = set()
    for name, stage in CHAIN["stages"].items():
        read = {dep for dep in stage["deps"] if dep.endswith((".parquet", ".json")) or dep == "models/bundles"}
        assert read <= outputs, name
        outs = [out for kind in ("outs", "metrics", "plots") for out in stage.get(kind, [])]
        outputs |= {path for out in outs for path in out}
