"""The locks, the declared dependencies and the extras."""

import ast
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = ("cluster", "postgres", "tuning")
LOCKS = ("requirements.lock", "requirements-dev.lock")


def normalize(requirement):
    return re.sub("[._]", "-", re.split(r"[\[<>=; ]", requirement)[0].lower())


def locked(name):
    text = re.sub(r"^\s*#.*\n?", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    return re.split(r"\n(?=\S)", text.strip())


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_a_hash_for_every_package_and_names_no_index(name):
    entries = locked(name)
    assert len(entries) > 100
    assert all(re.match(r"[a-z0-9._\[\]-]+==\S+", entry) and "--hash=sha256:" in entry for entry in entries)
    assert "://" not in (ROOT / name).read_text()


def test_both_locks_pin_the_same_versions():
    runtime, development = ({entry.split("\n")[0].strip(" \\") for entry in locked(name)} for name in LOCKS)
    assert runtime - development == set()


def test_the_runtime_lock_covers_the_dependencies_and_the_development_lock_the_extras():
    runtime, development = ({normalize(entry) for entry in locked(name)} for name in LOCKS)
    assert {normalize(dependency) for dependency in PROJECT["dependencies"]} <= runtime
    optional = {normalize(dependency) for extra in EXTRAS for dependency in PROJECT["optional-dependencies"][extra]}
    assert optional <= development
    assert not optional & runtime


def is_for_types(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def imports(nodes, *, nested):
    """Names of the packages that statements import, with those inside functions if ``nested``."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
        elif not is_for_types(node) and (nested or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            names |= imports(ast.iter_child_nodes(node), nested=nested)
    return names


@pytest.mark.parametrize(("nested", "extras"), [(False, ()), (True, EXTRAS)], ids=["on import", "when called"])
def test_what_the_library_imports_is_a_declared_dependency(nested, extras):
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "pipelines").glob("*.py")]
    names = {name for file in files for name in imports(ast.parse(file.read_text()).body, nested=nested)}
    packages = {module: set(map(normalize, names)) for module, names in packages_distributions().items()}
    declared = [*PROJECT["dependencies"], *(d for extra in extras for d in PROJECT["optional-dependencies"][extra])]
    allowed = set(map(normalize, declared))
    modules = sorted(names.intersection(packages) - {"returns_risk", "shop_simulator", "pipelines"})
    assert {"numpy", "yaml"} <= set(modules)
    assert [module for module in modules if not packages[module] & allowed] == []


def test_ci_runs_the_test_command_of_the_readme():
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "make test"
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert ".ci/run" in (ROOT / ".github/workflows/ci.yml").read_text()


def test_analytics_are_off_in_the_repository():
    assert "analytics = false" in (ROOT / ".dvc/config").read_text()
