"""Every command of `returns-risk` and `shop-simulator` on a shop after several nights."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import typer.main
import yaml

from returns_risk.cli.app import app
from shop_simulator.cli import app as simulator
from tests.chain.conftest import Workspace
from tests.keys import KEY
from tests.once import made_once
from tests.receiver import listening

pytestmark = pytest.mark.usefixtures("offline")
NIGHTS = ["2026-03-02", "2026-03-03", "2026-06-10"]
EXPORT = f"exports/as_of={NIGHTS[-1]}"
SHOP = ["simulate", "--seed", "3", "--start", "2025-01-26", "--lines-per-day", "14"]
SIMULATOR = {
    "simulate": ["--next-day"],
    "plausibility": [],
    "oracle": ["--scores", f"{EXPORT}/scores.parquet"],
}
COMMANDS = {
    "show": [],
    "sources new": ["myshop", "--from", "woocommerce"],
    "sources check": ["demo", "--raw", "data/raw/demo", "--time-zone", "Europe/Berlin"],
    "features list": [],
    "features explain": ["sku_return_rate_90d"],
    "features audit": ["--nights", "1", "--lines", "50"],
    "models list": [],
    "models verify": [],
    "models compare": ["1", "2"],
    "models promote": ["--version", "2", "--force", "--reason", "a test"],
    "models rollback": ["--reason", "a test"],
    "models fetch": ["2", "--out", "fetched"],
    "models tune": ["--trials", "1"],
    "policy check": [],
    "decision power": ["--effect", "0.3", "--return-rate", "0.5", "--lines", "30"],
    "decision effect": [],
    "nightly": ["--as-of", NIGHTS[-1], "--rerun"],
    "nightly status": ["--as-of", NIGHTS[-1]],
    "ledger verify": [],
    "ledger show": ["ORDER"],
    "explain": ["ORDER"],
    "feedback import": ["done.csv"],
    "publish": ["--database", "sqlite:///table.db"],
    "outbox deliver": ["--url", "RECEIVER"],
    "outbox status": [],
    "outbox redrive": [],
    "outbox dismiss": ["--reason", "a test"],
    "nightly withdraw": ["--as-of", NIGHTS[-1], "--reason", "a test"],
    "key rotate": [],
    "key show": [],
}
BEFORE = {
    "models rollback": ["models promote"],
    "outbox status": ["outbox deliver"],
    "outbox redrive": ["outbox deliver"],
    "outbox dismiss": ["outbox deliver"],
}


def list_commands(command, path=()):
    """List all commands below a group, each as its words on the command line."""
    subcommands = getattr(command, "commands", {})
    callable_itself = [" ".join(path)] if path and (not subcommands or command.invoke_without_command) else []
    return callable_itself + [
        name for key, subcommand in subcommands.items() for name in list_commands(subcommand, (*path, key))
    ]


@pytest.fixture(scope="session")
def past_nights(tmp_path_factory, champion, environment):
    """A shop after two nights in a row and one when the return windows of their lines have closed."""

    def make(folder):
        shutil.copytree(champion, folder, dirs_exist_ok=True)
        space = Workspace(folder, environment)
        key = folder / "data/pseudonym.key"
        key.touch(mode=0o600)
        key.write_text(KEY)
        policy = folder / "policy.yaml"
        policy.write_text(policy.read_text().replace("holdout: 0.10", "holdout: 0.50"))
        for as_of in NIGHTS:
            space.run("shop-simulator", *SHOP, "--until", as_of)
            space.run("returns-risk", "nightly", "--as-of", as_of)
        params = yaml.safe_load((folder / "params.yaml").read_text())
        params["train"]["learning_rate"] = 0.2
        (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
        space.run("python", "pipelines/train.py")

    return made_once(tmp_path_factory, "past-nights", make)


@pytest.fixture
def shop(past_nights, tmp_path, monkeypatch):
    """A copy for one command."""
    folder = shutil.copytree(past_nights, tmp_path / "shop")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_SECRET", "a secret that both sides know")
    return folder


@pytest.fixture
def receiver():
    with listening() as endpoint:
        yield endpoint


@pytest.fixture
def order(shop):
    """An order that was acted on, with a file that says so."""
    lines = pd.read_parquet(shop / EXPORT / "flagged_orders.parquet")
    order = lines.loc[lines["decision"] == "act", "order_id"].iloc[0]
    (shop / "done.csv").write_text(f"order_id,disposition\n{order},done\n")
    return order


def test_every_command_is_called():
    assert sorted(COMMANDS) == sorted(list_commands(typer.main.get_command(app)))
    assert sorted(SIMULATOR) == sorted(list_commands(typer.main.get_command(simulator)))


@pytest.mark.usefixtures("shop")
def test_the_effect_of_past_nights_can_be_read(call):
    code, printed, _ = call("decision", "effect")
    assert code == 0
    (row,) = [line for line in printed.splitlines() if "confirm_with_customer" in line]
    treated, controls = row.split("│")[2].split("+")
    assert int(treated) > 0
    assert int(controls) > 0


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("name", SIMULATOR)
def test_each_command_of_the_simulator_succeeds(call, name):
    assert call(name, *SIMULATOR[name], app=simulator)[0] == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_succeeds(call, order, receiver, monkeypatch, name):
    # With a key in the environment there is none to rotate.
    monkeypatch.delenv("RETURNS_RISK_KEY", raising=False)
    values = {"ORDER": order, "RECEIVER": receiver.url}
    for command in [*BEFORE.get(name, []), name]:
        arguments = [values.get(argument, argument) for argument in COMMANDS[command]]
        code, _, error = call(*command.split(), *arguments)
        assert code == 0, error
    if name == "outbox deliver":
        assert len(receiver.ids) > 1
    if name == "publish":
        assert Path("table.db").exists()
