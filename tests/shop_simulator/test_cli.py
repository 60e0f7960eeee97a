"""The command ``shop-simulator``."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from returns_risk.errors import ParamsError, SourceError
from shop_simulator.cli import app

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(monkeypatch):
    """Run a command in the repository's folder, wide enough that nothing wraps."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "250")

    def run(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return run


def test_a_shop_is_simulated_continued_and_compared_with_its_truth(call, tmp_path):
    folders = [f"--{name}={tmp_path / name}" for name in ("raw", "truth", "applied")]
    result = call("simulate", *folders, "--start", "2025-09-01", "--lines-per-day", "20", "--dirt", "rows")
    assert "as of 2026-03-02" in result.stdout
    assert "duplicates" in result.stdout
    assert "as of 2026-03-03" in call("simulate", *folders, "--next-day").stdout
    table = call("plausibility", folders[1], "--markdown").stdout.splitlines()
    assert table[0] == "| measure | simulated | published or aimed at | source |"
    assert len({line.count("|") for line in table}) == 1
    scores = pd.read_parquet(tmp_path / "truth/lines.parquet").tail(300)[["line_id", "probability"]]
    scores.rename(columns={"probability": "risk"}).to_parquet(tmp_path / "scores.parquet")
    printed = call(
        "oracle", folders[1], "--scores", str(tmp_path / "scores.parquet"), "--capacity", "quality_check=5"
    ).stdout
    assert "300 lines" in printed
    rows = {line.split("│")[1].strip(): line.split("│")[2:-1] for line in printed.splitlines() if "│" in line}
    assert float(rows["auc"][1]) == float(rows["auc"][2]) > 0.7
    assert rows["quality_check"][0].strip() == "5"
    assert "best plan: saves" in printed


def test_a_file_that_holds_no_scores_is_refused(call, tmp_path):
    result = call(
        "simulate", f"--raw={tmp_path}/raw", f"--truth={tmp_path}/truth", "--start=2026-01-10", "--lines-per-day=5"
    )
    assert result.exit_code == 0
    path = tmp_path / "scores.parquet"
    lines = pd.read_parquet(tmp_path / "truth/lines.parquet")["line_id"].head(3).tolist()
    for risk in ([0.5, float("nan"), 0.1], [0.5, 3.0, 0.1], ["high", "low", "low"]):
        pd.DataFrame({"line_id": lines, "risk": risk}).to_parquet(path)
        error = call("oracle", f"--truth={tmp_path}/truth", f"--scores={path}").exception
        assert isinstance(error, SourceError)
        assert "of 3 rows have a risk that is not between 0 and 1" in str(error)
    path.write_bytes(b"junk")
    assert "cannot be read as Parquet" in str(call("oracle", f"--scores={path}").exception)
    assert "too young" in str(call("plausibility", f"--truth={tmp_path}/truth").exception)
    (tmp_path / "truth/lines.parquet").write_bytes(b"junk")
    assert "cannot be read as Parquet" in str(call("plausibility", f"--truth={tmp_path}/truth").exception)


@pytest.mark.parametrize(
    ("arguments", "error", "finding"),
    [
        (["simulate", "--next-day", "--seed", "3"], ParamsError, "--seed would make another"),
        (["simulate", "--next-day", "--until", "2026-04-01"], ParamsError, "--until would make another"),
        (["simulate", "--dirt", "mud"], ParamsError, "there is no such fault. Choose among rows, duplicates"),
        (["simulate", "--dirt", "duplicates=2"], ParamsError, "not a share between 0 and 1"),
        (["simulate", "--dirt", "schema_drift"], ParamsError, "happens on a day"),
        (["plausibility", "--truth", "nowhere"], SourceError, "there is no truth here"),
        (["oracle", "--capacity", "many"], ParamsError, "is not NAME=LINES"),
        (["oracle", "--scores", "nowhere.parquet"], SourceError, "there are no scores"),
    ],
)
def test_wrong_options_are_refused(call, arguments, error, finding):
    result = call(*arguments)
    assert isinstance(result.exception, error)
    assert finding in str(result.exception)
