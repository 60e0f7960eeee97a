"""What the interventions did is read from the ledger and the returns, and is what the labels say."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.config.policy import DecisionPolicy, load_policy
from returns_risk.errors import LedgerError
from returns_risk.ledger import Ledger
from returns_risk.monitoring import latest_tables
from returns_risk.snapshot.labels import LABELS

AT = "2025-11-01T04:00:00+00:00"


def plan(ledger, lines, as_of, holdout, *, backfill=False):
    policy = load_policy().model_copy(update={"decision": DecisionPolicy(holdout=holdout)})
    content = {"backfill": backfill, "policy": policy.model_dump_json(), "summary": {"export": {"files": {}}}}
    entry = ledger.append_run("demo", as_of, AT, content, lines)
    ledger.append_export(entry, AT)


@pytest.fixture
def planned(finished_shop):
    """A night on which three of four lines were treated and none of these came back, and what became of them."""
    named = ["order_id", "customer_id", *LABELS]
    labels = pd.read_parquet(finished_shop / "features/training.parquet", columns=named)
    rng = np.random.default_rng(1)
    some = labels.sort_values("line_id").tail(600).reset_index(drop=True)
    treated = ~some["returned"] & (rng.random(len(some)) < 0.8)
    lines = some[["line_id", "order_id", "customer_id"]].assign(
        decision=np.where(treated, "act", "holdout"),
        arm=np.where(treated, "treatment", "control"),
        intervention="sizing_guidance",
        market="DE",
    )
    ledger = Ledger(f"sqlite:///{finished_shop}/ledger/ledger.db", finished_shop / "data/state")
    plan(ledger, lines, "2025-11-01", 0.25)
    return ledger, some, treated


def effect(*more):
    told = ["--tables", "data/validated", "--as-of", "2026-03-02", *more]
    return CliRunner(env={"COLUMNS": "250"}).invoke(app, ["decision", "effect", *told])


def test_the_rates_of_both_arms_are_those_of_the_labels(planned):
    _, some, treated = planned
    (row,) = [line for line in effect().stdout.splitlines() if "sizing_guidance" in line]
    cells = [cell.strip() for cell in row.split("│")[1:-1]]
    assert cells[1:3] == [f"{treated.sum()} + {(~treated).sum()}", "0"]
    rate = some.loc[~treated, "returned"].mean()
    assert cells[3:5] == ["0.0%", f"{rate:.1%}"]
    assert cells[5].startswith(f"{100 * rate:.1f} (")
    assert cells[6].startswith("0.0 (")


def test_lines_that_are_not_final_wait_and_other_shares_are_strata_of_their_own(planned, finished_shop):
    ledger, _, _ = planned
    waiting = pd.read_parquet(finished_shop / "features/candidates.parquet", columns=["line_id", "order_id"])
    told = waiting.iloc[:9].assign(decision="act", arm="treatment", intervention="sizing_guidance", market="DE")
    other = waiting.iloc[9:14].assign(decision="act", arm="treatment", intervention="quality_check", market="DE")
    plan(ledger, told, "2026-03-01", 0.5)
    plan(ledger, other, "2025-12-01", 0.5)
    plan(ledger, told.assign(intervention="tried"), "2025-12-02", 0.5, backfill=True)
    printed = effect().stdout.splitlines()
    (sizes,) = [line for line in printed if "sizing_guidance" in line]
    (quality,) = [line for line in printed if "quality_check" in line]
    assert [cell.strip() for cell in quality.split("│")[2:4]] == ["too few", "5"]
    assert sizes.split("│")[3].strip() == "9"
    assert not [line for line in printed if "tried" in line]


def test_without_plans_or_tables_it_says_so(finished_shop):
    assert isinstance(effect().exception, LedgerError)
    with pytest.raises(LedgerError, match="there are no validated tables of a night"):
        latest_tables("demo")
    alone = CliRunner().invoke(app, ["decision", "effect", "--as-of", "2026-03-02"])
    assert alone.exit_code == 2
    (finished_shop / "data/nightly/demo/as_of=2026-03-01/validated").mkdir(parents=True)
    (finished_shop / "data/nightly/demo/as_of=2026-03-05-backfill/validated").mkdir(parents=True)
    day, folder = latest_tables("demo")
    assert (str(day), folder.parent.name) == ("2026-03-01", "as_of=2026-03-01")


def test_a_withdrawn_night_counts_no_more(planned):
    ledger, *_ = planned
    labels = pd.read_parquet("features/training.parquet", columns=["line_id", "order_id"]).sort_values("line_id")
    wrong = labels.head(50).assign(decision="act", arm="treatment", intervention="wrong")
    plan(ledger, wrong.assign(market="DE"), "2025-11-20", 0.25)
    assert "wrong" in effect().stdout
    told = CliRunner().invoke(app, ["nightly", "withdraw", "--as-of", "2025-11-20", "--reason", "a test"])
    assert told.exit_code == 0
    shown = effect().stdout
    assert "wrong" not in shown
    assert "sizing_guidance" in shown
