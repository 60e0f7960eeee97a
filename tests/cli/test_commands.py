"""The command line."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.errors import ExportError, ParamsError, SourceError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(monkeypatch):
    """Run a command in the repository's folder, wide enough that nothing wraps."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("RETURNS_RISK_KEY", "a key for these tests")

    def run(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return run


def test_help_imports_nothing_heavy():
    heavy = ["pandas", "numpy", "pydantic", "duckdb", "lightgbm", "mlflow", "great_expectations", "dvc", "sklearn"]
    code = f"""
import sys
sys.argv = ["returns-risk", "--help"]
from returns_risk.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
print("HEAVY", [name for name in {heavy} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"
    assert "simulate" in done.stdout


def test_a_users_error_is_one_line_with_its_exit_code(tmp_path):
    command = [sys.executable, "-m", "returns_risk", "show"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr == "error: params.yaml: cannot be read (No such file or directory). Restore it from git.\n"


def test_a_misspelt_command_is_refused(call):
    assert call("shwo").exit_code == 2


def test_features_are_listed_with_their_meaning(call):
    printed = call("features", "list", "--all").stdout
    assert "sku_return_rate_90d" in printed
    assert "item: share sent back in the last 90 days (smoothed)" in printed


def test_a_feature_is_explained_with_the_file_that_defines_it(call):
    assert call("features", "explain", "basket_sizes_of_style").stdout.splitlines() == [
        "meaning    sizes of the same style in the order",
        "unit       count",
        "defined in features/basket.yaml",
        "knows      lines of the order known before the as-of",
    ]


def test_an_unknown_feature_names_close_ones(call):
    error = call("features", "explain", "sku_return_rate_91d").exception
    assert isinstance(error, ParamsError)
    assert "close ones are ['sku_return_rate_90d'" in str(error)


def test_a_source_is_checked_with_rows_reasons_and_what_is_absent(call, tmp_path):
    assert call("simulate", "--raw", str(tmp_path / "raw"), "--lines", "2000", "--days", "120").exit_code == 0
    result = call("sources", "check", "demo", "--raw", str(tmp_path / "raw"), "--time-zone", "Europe/Berlin")
    assert "recorded_at" in result.stdout
    assert result.stdout.splitlines()[-1].endswith(" features")


def test_a_source_that_is_not_there_is_refused(call, tmp_path):
    assert isinstance(call("sources", "check", "shop", "--raw", str(tmp_path)).exception, SourceError)


def test_nothing_is_shown_without_a_finished_export(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(app, ["show", "--params", str(ROOT / "params.yaml")]).exception
    assert isinstance(error, ExportError)


def test_the_simulated_shop_is_the_same_on_every_run(call, tmp_path):
    for name in ("one", "two"):
        call("simulate", "--raw", str(tmp_path / name), "--lines", "500", "--days", "60")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["articles.csv", "customers.csv", "order_lines.csv", "orders.csv", "returns.csv"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
