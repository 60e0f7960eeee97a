"""The command ``returns-risk`` as a whole, and the commands about sources and features."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.errors import DataError, ExportError, ParamsError, SourceError
from shop_simulator import Definition, simulate, write_raw
from tests.keys import KEY

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(monkeypatch):
    """Run a command in the repository's folder, wide enough that nothing wraps."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("RETURNS_RISK_KEY", KEY)

    def run(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return run


def test_help_imports_nothing_heavy():
    heavy = ["pandas", "numpy", "pydantic", "duckdb", "lightgbm", "mlflow", "great_expectations", "dvc", "sklearn"]
    heavy += ["sqlalchemy", "requests"]
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
    assert "nightly" in done.stdout


def test_the_help_gives_a_time_of_the_day_without_a_date(call):
    help_text = " ".join(call("nightly", "status", "--help").output.split())
    assert "--expect-by HH:MM When the night is due, in the shop's time zone. [default: (00:00)]" in help_text
    assert "1900" not in help_text


@pytest.mark.parametrize(
    ("arguments", "finding"),
    [
        (("nightly", "--as-of", "2026-13-01"), "Invalid value for '--as-of': '2026-13-01' is no day; write it as in"),
        (("nightly", "status", "--expect-by", "25:00"), "'25:00' is no time of the day; write it as in 05:00"),
        (("decision", "effect", "--as-of", "1.3."), "'1.3.' is no day"),
        (("sources", "check", "--as-of", "x"), "'x' is no day"),
    ],
)
def test_a_day_or_time_that_is_none_is_named_with_an_example(call, arguments, finding):
    result = call(*arguments)
    assert result.exit_code == 2
    assert finding in result.output
    assert "Value error" not in result.output


def test_a_users_error_is_one_line_with_its_exit_code(tmp_path):
    command = [sys.executable, "-m", "returns_risk", "show"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr == "error: params.yaml: cannot be read (No such file or directory). Restore it from git.\n"


def test_an_error_of_a_night_is_the_only_output(tmp_path):
    text = (ROOT / "params.yaml").read_text()
    mail = "{host: a.example, port: 25, security: none, user: x, sender: a@example.com, recipients: [b@example.com]}"
    assert "  mail: null" in text
    (tmp_path / "params.yaml").write_text(text.replace("  mail: null", f"  mail: {mail}"))
    command = [sys.executable, "-m", "returns_risk", "nightly", "--as-of", "2026-03-02"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.startswith("error: params.yaml: nightly.mail")
    assert len(done.stderr.splitlines()) == 1


def test_a_misspelt_command_is_refused(call):
    assert call("shwo").exit_code == 2


def test_a_full_disk_behind_stdout_ends_a_command_with_one_line():
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "returns_risk", "policy", "check"]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        9, "error: stdout: cannot be written: No space left on device. Free some space, or write it elsewhere.\n"
    )  # fmt: skip


def test_features_are_listed_with_their_meaning(call):
    printed = call("features", "list", "--all").stdout
    assert "sku_return_rate_90d" in printed
    assert "item: share sent back in the last 90 days (smoothed)" in printed


def test_listing_features_does_not_import_the_compiler():
    code = "import sys, returns_risk.cli.inspection; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True)
    assert done.stdout == "False\n"


def test_a_feature_is_explained_with_its_file(call):
    assert call("features", "explain", "basket_sizes_of_style").stdout.splitlines() == [
        "meaning    sizes of the same style in the order",
        "unit       count",
        "defined in features/definitions/basket.yaml",
        "uses       lines of the order known before the as-of",
    ]


def test_an_unknown_feature_names_close_ones(call):
    error = call("features", "explain", "sku_return_rate_91d").exception
    assert isinstance(error, ParamsError)
    assert "close ones are ['sku_return_rate_90d'" in str(error)


def test_the_source_of_the_parameters_is_checked_and_its_verdict_comes_last(call, tmp_path):
    shop = simulate(Definition(start=date(2025, 4, 1), lines_per_day=4), date(2026, 3, 2))
    write_raw(tmp_path / "raw", shop)
    page = tmp_path / "demo.html"
    result = call("sources", "check", "--raw", str(tmp_path / "raw"), "--html", str(page))
    assert result.exception is None
    lines = result.stdout.splitlines()
    assert lines[0] == "Source demo as of 2026-03-02 (that of params.yaml), Europe/Berlin"
    assert lines[-1].startswith("Ready: ")
    assert len(lines) <= 60
    assert lines[-1] in page.read_text()


def test_a_source_that_the_chain_would_refuse_is_shown_and_refused(call, tmp_path):
    shop = simulate(Definition(start=date(2026, 1, 1), lines_per_day=4), date(2026, 2, 2))
    write_raw(tmp_path / "raw", shop)
    page = tmp_path / "demo.html"
    result = call("sources", "check", "demo", "--raw", str(tmp_path / "raw"), "--html", str(page))
    assert isinstance(result.exception, DataError)
    assert result.stdout.splitlines()[-1] == (
        "Not ready: validation ends the run (exit code 5): order_lines.fresh and 2 more."
    )
    assert "Deliver the newest raw files" in page.read_text()


@pytest.mark.parametrize("name", ["orders.json", ""])
def test_the_page_never_replaces_a_raw_file(call, tmp_path, name):
    export = tmp_path / "orders.json"
    export.write_text("[]")
    page = str(tmp_path / name) if name else ""
    error = call("sources", "check", "--raw", str(tmp_path), "--html", page).exception
    assert isinstance(error, ParamsError)
    assert "does not end in .html. Name a file" in str(error)
    assert export.read_text() == "[]"


def test_without_its_raw_files_only_the_source_of_the_parameters_is_checked(call):
    with pytest.raises(ParamsError, match=r"params\.yaml describes the source demo and not shop\. Add --raw"):
        raise call("sources", "check", "shop").exception
    with pytest.raises(ParamsError, match="'My Shop' is no name of a source"):
        raise call("sources", "check", "My Shop", "--raw", "data").exception


def test_a_new_source_prints_its_files_and_the_next_three_commands(call, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    error = call("sources", "new", "myshop", "--from", "shopify-csv").exception
    assert "there is no params.yaml here" in str(error)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "params.yaml").touch()
    monkeypatch.setattr("returns_risk.cli.sources.now", lambda: "2026-03-02T05:00:00+00:00")
    files, export, *commands = call("sources", "new", "myshop", "--from", "shopify-csv").stdout.splitlines()
    assert files == ("sources/myshop: README.md, customers.sql, order_lines.sql, products.sql, returns.sql, setup.sql")
    assert "data/raw/myshop" in export
    settings = "-S source.name=myshop -S source.raw=data/raw/myshop -S source.time_zone=Europe/Berlin"
    assert commands == [
        "  returns-risk sources check myshop --raw data/raw/myshop --time-zone Europe/Berlin",
        f"  dvc exp run {settings} -S as_of=\"'2026-03-02'\"",
        "  returns-risk show",
    ]
    assert (tmp_path / "sources/myshop/order_lines.sql").is_file()


def test_a_missing_source_is_refused(call, tmp_path):
    assert isinstance(call("sources", "check", "shop", "--raw", str(tmp_path)).exception, SourceError)


def test_show_needs_a_completed_export(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(app, ["show", "--params", str(ROOT / "params.yaml")]).exception
    assert isinstance(error, ExportError)
