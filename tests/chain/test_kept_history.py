"""The kept history by its commands, on a shop that the chain has run on."""

import shutil
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.config.params import load_params
from returns_risk.contract.days import start_of_day
from returns_risk.contract.parquet import read_open_tables, read_tables
from returns_risk.errors import HistoryError

VALIDATED = Path("data/validated")


def call(*arguments):
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments))
    if done.exception is not None and done.exit_code != 0:
        raise done.exception
    return done.stdout


@pytest.fixture
def night_before(finished_shop):
    """Parameters of the night before."""
    params = yaml.safe_load((finished_shop / "params.yaml").read_text())
    params["as_of"] = str(load_params().as_of - timedelta(days=1))
    (finished_shop / "before.yaml").write_text(yaml.safe_dump(params))
    return "before.yaml"


def test_features_of_tonight_are_those_of_the_chain_to_the_byte(night_before):
    assert "1 of 1 segments written" in call("history", "rebuild", "--params", night_before)
    assert "1 days added" in call("history", "append")
    assert "all as kept" in call("history", "check")
    call("features", "tonight", "--out", "tonight.parquet")
    assert Path("tonight.parquet").read_bytes() == Path("features/candidates.parquet").read_bytes()
    with pytest.raises(HistoryError, match=r"later than .* or run returns-risk history rebuild"):
        call("history", "append", "--params", night_before)


@pytest.mark.usefixtures("finished_shop")
def test_without_a_history_the_remedy_is_named():
    shutil.rmtree("data/history", ignore_errors=True)
    for command in (("history", "append"), ("history", "check"), ("features", "tonight")):
        with pytest.raises(HistoryError, match=r"data/history: there is no history yet\. Run returns-risk history"):
            call(*command)


@pytest.mark.usefixtures("finished_shop")
def test_a_history_that_is_not_what_the_tables_say_is_told():
    call("history", "rebuild")
    file = VALIDATED / "order_lines.parquet"
    lines = pd.read_parquet(file)
    lines["quantity"] = lines["quantity"].where(lines.index != 7, lines["quantity"] + 1)
    lines.to_parquet(file)
    with pytest.raises(HistoryError, match=r"customer \(1 of .* keys\).* run returns-risk history append"):
        call("history", "check")
    assert "earlier days from" in call("history", "append")
    assert "all as kept" in call("history", "check")


@pytest.mark.usefixtures("finished_shop")
def test_of_the_tables_only_what_belongs_to_tonight_is_read():
    params = load_params()
    since = start_of_day(params.as_of - timedelta(days=3), params.source.time_zone)
    every, read = read_tables(VALIDATED), read_open_tables(VALIDATED, since)
    assert list(read) == list(every)
    lines = every["order_lines"]
    recent = lines["ordered_at"] >= since
    if "recorded_at" in lines:
        recent |= lines["recorded_at"] >= since
    expected = lines[lines["order_id"].isin(lines.loc[recent, "order_id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(read["order_lines"], expected)
    assert 0 < len(expected) < len(lines) / 10
    for name, column in [("returns", "line_id"), ("products", "sku"), ("customers", "customer_id")]:
        belonging = every[name][every[name][column].isin(expected[column])].reset_index(drop=True)
        pd.testing.assert_frame_equal(read[name], belonging)
