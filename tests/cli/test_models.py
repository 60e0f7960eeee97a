"""The commands `returns-risk models`."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.errors import GateError, LedgerError, RegistryError
from tests.small_models import make_shop
from tests.tampering import tamper

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shop(tmp_path_factory, empty_store):
    """Version 1 is champion, the better version 2 is challenger."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copyfile(empty_store, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.setenv("COLUMNS", "200")
        project = make_shop(folder, ROOT)
        project.train(seed=1, trees=10, noise=0.5, name="first")
        assert CliRunner().invoke(app, ["models", "promote"]).exit_code == 0
        project.train(seed=2, name="second")
        yield project


@pytest.fixture
def call(shop):
    def run(*arguments):
        return CliRunner().invoke(app, ["models", *arguments])

    assert shop.folder.exists()
    return run


def rows(printed):
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in printed.splitlines() if "│" in line]


def hashes(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def test_versions_are_listed_with_aliases_and_promotions(call, shop):
    printed = call("list").stdout
    assert "returns-risk-demo: 2 versions" in printed
    second, first = rows(printed)
    assert (first[0], first[1], first[3]) == ("1", "champion", "2026-03-02")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 promoted", first[-1])
    assert (second[0], second[1], second[-1]) == ("2", "challenger", "")
    assert len(first[2]) == 12
    assert shop.params.source.name == "demo"


def test_a_comparison_shows_differences_with_intervals_and_changes_nothing(call):
    before = call("list").stdout
    printed = call("compare").stdout
    table = {row[0]: row for row in rows(printed)}
    assert float(table["log loss"][3]) < 0
    assert re.fullmatch(r"\[-0\.\d{4}, -0\.\d{4}\]", table["log loss"][4])
    assert "market_name: DE" in table
    assert float(table["discount"][1].rstrip("%")) > float(table["line_value"][1].rstrip("%"))
    assert re.search(r"drift 0\.\d{3}: 0 for the same shares", printed)
    assert "ordered 2025-12-01 to 2025-12-31" in printed
    assert "the gate's decision: promote" in printed
    assert "the gate's decision: refuse" in call("compare", "challenger", "1").stdout
    assert call("list").stdout == before


def test_promotion_refusal_and_rollback_end_with_the_earlier_bundle(call, shop, tmp_path):
    assert "version 1, bundle" in call("fetch", "champion", "--out", str(tmp_path / "before")).stdout
    assert call("promote").stdout.splitlines()[-1] == "version 2 is champion, promoted"
    assert call("fetch", "champion", "--out", str(tmp_path / "risk")).exit_code == 0
    assert hashes(tmp_path / "risk") == hashes(shop.folder / "models/second")

    shop.train(seed=3, trees=3, noise=0.9)
    refused = call("promote")
    assert isinstance(refused.exception, GateError)
    assert refused.stdout.splitlines()[-1] == "version 3 is refused; the champion stays"
    assert str(refused.exception).startswith("gate: version 3 is refused and the champion stays: log_loss: challenger")
    assert [row[1] for row in rows(call("list").stdout)] == ["challenger", "champion", "previous"]

    undone = call("rollback", "--reason", "complaints")
    assert undone.stdout.splitlines()[-1] == "version 1 is champion, by rollback (complaints)"
    assert call("fetch", "champion", "--out", str(tmp_path / "risk")).exit_code == 0
    assert hashes(tmp_path / "risk") == hashes(tmp_path / "before") == hashes(shop.folder / "models/first")
    assert rows(call("list").stdout)[2][-1].endswith(" by rollback")

    forced = call("promote", "--version", "3", "--force", "--reason", "the market changed")
    assert forced.exit_code == 0
    assert "the gate's decision: refuse" in forced.stdout
    assert forced.stdout.splitlines()[-1] == "version 3 is champion, promoted"
    assert rows(call("list").stdout)[0][-1].endswith(" promoted by force")
    text = "ledger: 9 entries on models, unchanged and in agreement with the registry"
    assert call("verify").stdout.strip() == text


def test_a_first_model_that_is_worse_than_the_base_rate_is_refused(tmp_path, empty_store, monkeypatch):
    shutil.copyfile(empty_store, tmp_path / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    make_shop(tmp_path, ROOT).train(trees=3, noise=1.0)
    refused = CliRunner().invoke(app, ["models", "promote"])
    assert isinstance(refused.exception, GateError)
    assert refused.stdout.splitlines()[-1] == "version 1 is refused; there is no champion"
    assert re.match(
        r"gate: version 1 is refused and there is no champion: log_loss: model 0\.\d+, base_rate 0\.\d+, difference "
        r"\+0\.\d+ with interval \[-0\.\d+, \+0\.\d+\]: worse",
        str(refused.exception),
    )
    assert "challenger" in CliRunner().invoke(app, ["models", "list"]).stdout
    forced = CliRunner().invoke(app, ["models", "promote", "--force", "--reason", "a first model is needed"])
    assert forced.stdout.splitlines()[-1] == "version 1 is champion, promoted"


def test_a_refusal_ends_with_its_exit_code_and_one_line(call, shop):
    assert call("list").exit_code == 0
    command = [sys.executable, "-m", "returns_risk", "models", "promote", "--version", "champion"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=shop.folder, env=dict(os.environ))
    assert done.returncode == 13
    assert re.fullmatch(
        r"error: returns-risk-demo: version \d is the champion already\. Train another first\.\n", done.stderr
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["promote", "--force"],
        ["promote", "--force", "--reason", "  "],
        ["rollback"],
        ["rollback", "--reason", ""],
        ["fetch", "champion"],
    ],
)
def test_options_for_the_ledger_are_required(call, shop, arguments):
    ledger = shop.folder / "ledger/ledger.db"
    before = ledger.read_bytes()
    assert call(*arguments).exit_code == 2
    assert ledger.read_bytes() == before


def test_a_changed_ledger_is_reported(call, shop):
    ledger = shop.folder / "ledger/ledger.db"
    before = ledger.read_bytes()
    tamper(ledger, "DELETE FROM ledger_entries WHERE number > (SELECT MAX(number) FROM ledger_entries) - 2")
    error = call("verify").exception
    assert isinstance(error, RegistryError)
    assert "which is not in the ledger" in str(error) or "the alias is on" in str(error)
    ledger.write_bytes(before)
    tamper(ledger, "UPDATE ledger_entries SET content = REPLACE(content, 'promote', 'Promote') WHERE number = 1")
    for command in (["verify"], ["promote"], ["list"], ["rollback", "--reason", "x"]):
        error = call(*command).exception
        assert isinstance(error, LedgerError)
        assert "entry 1 was changed" in str(error)
    ledger.write_bytes(before)
    assert call("verify").exit_code == 0


def test_a_missing_version_is_refused_with_the_number_of_versions(call, tmp_path):
    error = call("fetch", "9", "--out", str(tmp_path / "risk")).exception
    assert isinstance(error, RegistryError)
    assert "there is no version 9 among " in str(error)
