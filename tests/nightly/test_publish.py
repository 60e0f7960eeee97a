"""An export is published whole, and after a kill the files tell whether it was."""

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.params import load_params
from returns_risk.errors import ExportError
from returns_risk.ledger import Ledger
from returns_risk.nightly import Night, run_night, withdraw_night
from returns_risk.nightly.publish import hash_export, is_published, publish, settle_last_run

ROOT = Path(__file__).parents[2]
AT = "2026-03-02T04:00:00+00:00"
LINES = pd.DataFrame({"line_id": ["l1"], "order_id": ["o1"], "decision": ["act"]})


@pytest.fixture
def night(tmp_path, monkeypatch):
    """Return a function that gives the night of a day."""
    monkeypatch.chdir(tmp_path)
    params = load_params(ROOT / "params.yaml")

    def of_day(day, **options):
        at_day = params.model_copy(update={"as_of": date(2026, 3, day)})
        return Night(at_day, "champion", Ledger("sqlite:///ledger.db", Path("state")), AT, **options)

    return of_day


def stage(night, text="staged"):
    """Stage an export and record its run."""
    night.staged.mkdir(parents=True, exist_ok=True)
    for name in ("flagged_orders.csv", "manifest.json"):
        (night.staged / name).write_text(f"{text} {name}")
    content = {"backfill": False, "summary": {"export": {"files": hash_export(night.staged)}}}
    return night.ledger.append_run(night.source, night.as_of, AT, content | {"text": text}, LINES)


def plans(night):
    return len(night.ledger.planned_lines(night.source, "2026-03-31"))


def test_a_published_export_is_recorded_and_keeps_the_files_of_people(night):
    tonight = night(2)
    run = stage(tonight)
    publish(tonight, run)
    assert (is_published(tonight, run), tonight.ledger.is_exported(run), plans(tonight)) == (True, True, 1)
    (tonight.export / "flagged_orders.csv").write_text("filled in")
    (tonight.export / "notes.txt").write_text("of people")
    publish(tonight, run)
    assert is_published(tonight, run)
    assert (tonight.export / "changed-flagged_orders.csv").read_text() == "filled in"
    assert (tonight.export / "notes.txt").read_text() == "of people"
    assert len(tonight.ledger.entries("export")) == 1


def test_what_is_not_staged_as_the_ledger_has_it_is_not_published(night):
    tonight = night(2)
    run = stage(tonight)
    (tonight.staged / "manifest.json").write_text("changed")
    with pytest.raises(ExportError, match="decide the night anew: --rerun"):
        publish(tonight, run)
    assert not tonight.export.exists()


def test_a_night_does_not_replace_the_export_of_another_source(night):
    tonight = night(2)
    tonight.export.mkdir(parents=True)
    (tonight.export / "manifest.json").write_text('{"source": "other"}')
    message = r"as_of=2026-03-02: is the export of the source other, which a night of demo would replace\. Run the"
    with pytest.raises(ExportError, match=message):
        run_night(tonight)
    assert tonight.ledger.entries("run") == []
    run = stage(tonight)
    with pytest.raises(ExportError, match=message):
        publish(tonight, run)
    assert hash_export(tonight.export).keys() == {"manifest.json"}
    withdraw_night(tonight.ledger, "demo", tonight.params.as_of, "wrong", AT, "sqlite:///outbox.db", None)
    assert hash_export(tonight.export).keys() == {"manifest.json"}


def test_after_a_kill_the_files_tell_whether_the_plans_of_a_night_count(night):
    # Staged in this folder and not published: nobody saw it.
    stage(night(2))
    settle_last_run(night(3))
    assert plans(night(3)) == 0
    # Published, and the ledger does not say so: people may have acted on it, also where they have changed a file.
    shutil.copytree(night(2).staged, night(2).export)
    (night(2).export / "flagged_orders.csv").write_text("filled in")
    settle_last_run(night(3))
    assert plans(night(3)) == 1


def test_a_run_that_another_folder_may_have_published_counts_except_for_its_own_night(night):
    stage(night(2))
    shutil.rmtree("data")
    settle_last_run(night(2))
    assert plans(night(2)) == 0  # it is staged and published again
    settle_last_run(night(2, rerun=True))
    assert plans(night(2)) == 1
