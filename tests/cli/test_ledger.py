"""What the ledger is asked about an order."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.errors import LedgerError
from returns_risk.ledger import Ledger

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RETURNS_RISK_LEDGER", raising=False)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    content = {"order_id": "O7", "disposition": "not_possible", "comment": "gone already"}
    Ledger("sqlite:///ledger/ledger.db").append("feedback", "demo", "2026-03-02T04:00:00+00:00", content)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("command", [["ledger", "show"], ["explain"]])
def test_an_order_the_ledger_does_not_know_is_an_error_with_any_command(call, command):
    error = call(*command, "O8").exception
    assert isinstance(error, LedgerError)
    assert error.exit_code == 16
    assert str(error).startswith("ledger: no run of demo scored an order O8. Check the id")


def test_an_order_that_only_operations_spoke_of_is_shown(call):
    shown = call("ledger", "show", "O7")
    assert shown.exit_code == 0
    assert shown.stdout == "feedback of 2026-03-02T04:00:00+00:00: not possible: gone already\n"
