"""The command line."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.errors import ExportError, ParamsError, SourceError
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
    assert "simulate" in done.stdout


def test_a_users_error_is_one_line_with_its_exit_code(tmp_path):
    command = [sys.executable, "-m", "returns_risk", "show"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr == "error: params.yaml: cannot be read (No such file or directory). Restore it from git.\n"


def test_an_error_of_a_night_is_all_that_is_printed(tmp_path):
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


def test_features_are_listed_with_their_meaning(call):
    printed = call("features", "list", "--all").stdout
    assert "sku_return_rate_90d" in printed
    assert "item: share sent back in the last 90 days (smoothed)" in printed


def test_listing_features_does_not_wait_for_the_compiler():
    code = "import sys, returns_risk.cli.inspection; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True)
    assert done.stdout == "False\n"


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
    made = call("simulate", "--raw", str(tmp_path / "raw"), "--truth", str(tmp_path / "truth"), "--lines-per-day", "4")
    assert made.exit_code == 0
    result = call("sources", "check", "demo", "--raw", str(tmp_path / "raw"), "--time-zone", "Europe/Berlin")
    assert "none" in result.stdout
    assert result.stdout.splitlines()[-1].endswith(" features")


def test_a_source_that_is_not_there_is_refused(call, tmp_path):
    assert isinstance(call("sources", "check", "shop", "--raw", str(tmp_path)).exception, SourceError)


def test_nothing_is_shown_without_a_finished_export(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(app, ["show", "--params", str(ROOT / "params.yaml")]).exception
    assert isinstance(error, ExportError)


def test_a_shop_is_made_up_continued_and_held_against_the_truth(call, tmp_path):
    places = [f"--{name}={tmp_path / name}" for name in ("raw", "truth", "applied")]
    made = call("simulate", *places, "--start", "2025-09-01", "--lines-per-day", "20", "--dirt", "rows")
    assert "as of 2026-03-02" in made.stdout
    assert "duplicates" in made.stdout
    assert "as of 2026-03-03" in call("simulate", *places, "--next-day").stdout
    told = call("truth", "plausibility", places[1], "--markdown").stdout.splitlines()
    assert told[0] == "| measure | simulated | published or aimed at | source |"
    assert len({line.count("|") for line in told}) == 1
    scores = pd.read_parquet(tmp_path / "truth/lines.parquet").tail(300)[["line_id", "probability"]]
    scores.rename(columns={"probability": "risk"}).to_parquet(tmp_path / "scores.parquet")
    printed = call(
        "truth", "oracle", places[1], "--scores", str(tmp_path / "scores.parquet"), "--capacity", "quality_check=5"
    ).stdout
    assert "300 lines" in printed
    rows = {line.split("│")[1].strip(): line.split("│")[2:-1] for line in printed.splitlines() if "│" in line}
    assert float(rows["auc"][1]) == float(rows["auc"][2]) > 0.7
    assert rows["quality_check"][0].strip() == "5"
    assert "best plan: saves" in printed


def test_a_file_that_holds_no_scores_is_refused(call, tmp_path):
    made = call(
        "simulate", f"--raw={tmp_path}/raw", f"--truth={tmp_path}/truth", "--start=2026-01-10", "--lines-per-day=5"
    )
    assert made.exit_code == 0
    path = tmp_path / "scores.parquet"
    lines = pd.read_parquet(tmp_path / "truth/lines.parquet")["line_id"].head(3).tolist()
    for risk in ([0.5, float("nan"), 0.1], [0.5, 3.0, 0.1], ["high", "low", "low"]):
        pd.DataFrame({"line_id": lines, "risk": risk}).to_parquet(path)
        error = call("truth", "oracle", f"--truth={tmp_path}/truth", f"--scores={path}").exception
        assert isinstance(error, SourceError)
        assert "of 3 rows have a risk that is not between 0 and 1" in str(error)
    path.write_bytes(b"junk")
    assert "cannot be read as Parquet" in str(call("truth", "oracle", f"--scores={path}").exception)
    assert "too young" in str(call("truth", "plausibility", f"--truth={tmp_path}/truth").exception)
    (tmp_path / "truth/lines.parquet").write_bytes(b"junk")
    assert "cannot be read as Parquet" in str(call("truth", "plausibility", f"--truth={tmp_path}/truth").exception)


@pytest.mark.parametrize(
    ("arguments", "error", "finding"),
    [
        (["simulate", "--next-day", "--seed", "3"], ParamsError, "--seed would make another"),
        (["simulate", "--next-day", "--until", "2026-04-01"], ParamsError, "--until would make another"),
        (["simulate", "--dirt", "mud"], ParamsError, "there is no such fault. Choose among rows, duplicates"),
        (["simulate", "--dirt", "duplicates=2"], ParamsError, "not a share between 0 and 1"),
        (["simulate", "--dirt", "schema_drift"], ParamsError, "happens on a day"),
        (["truth", "plausibility", "--truth", "nowhere"], SourceError, "there is no truth here"),
        (["truth", "oracle", "--capacity", "many"], ParamsError, "is not NAME=LINES"),
        (["truth", "oracle", "--scores", "nowhere.parquet"], SourceError, "there are no scores"),
    ],
)
def test_what_a_user_gets_wrong_about_the_made_up_shop_is_said(call, arguments, error, finding):
    result = call(*arguments)
    assert isinstance(result.exception, error)
    assert finding in str(result.exception)
