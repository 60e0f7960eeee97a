"""One ledger for several folders and hosts: one of them decides, and one that has lost its lock writes nothing more."""

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
import sqlalchemy

from returns_risk.ledger import Ledger
from returns_risk.nightly import run as run_module
from tests.chain.conftest import BIN

EXPORT = Path("exports/as_of=2026-03-02")
COUNT = "SELECT count(*) FROM ledger_entries"
NIGHT = ("nightly", "--as-of", "2026-03-02")
OTHER = (
    "INSERT INTO ledger_writers VALUES ('nightly run of demo', 'x', 'process 7 on another-host', 'another', '7 1', {})"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request, tmp_path):
    return request.getfixturevalue("postgresql") if request.param == "postgresql" else f"sqlite:///{tmp_path}/shared.db"


def test_of_two_folders_with_one_ledger_one_decides_and_a_long_read_is_in_nobodys_way(
    tmp_path, champion, workspace, shared
):
    environment = workspace.environment | {"RETURNS_RISK_LEDGER": shared}
    folders = [tmp_path / name for name in ("one", "other")]
    Ledger(shared).append("feedback", "other", "2026-03-02T04:00:00+00:00", {"order_id": "O1"})
    for folder in folders:
        shutil.copytree(champion, folder)
        subprocess.run([BIN / "returns-risk", "ledger", "verify", "--accept"], cwd=folder, env=environment, check=True)
    engine = sqlalchemy.create_engine(shared, isolation_level="SERIALIZABLE")
    with engine.connect() as reader:
        if shared.startswith("sqlite"):
            reader.exec_driver_sql("BEGIN")
        assert reader.exec_driver_sql(COUNT).scalar() == 1
        nights = [
            subprocess.Popen(
                [BIN / "returns-risk", *NIGHT], cwd=one, env=environment, text=True, stderr=subprocess.PIPE
            )
            for one in folders
        ]
        error = [night.communicate()[1].splitlines()[-1] for night in nights]
        assert reader.exec_driver_sql(COUNT).scalar() == 1
    codes = [night.returncode for night in nights]
    assert sorted(codes) == [0, 17], error
    winner, loser = codes.index(0), codes.index(17)
    assert f"process {nights[winner].pid} on " in error[loser]
    assert "holds the lock of the nightly run of demo. Exiting without changes." in error[loser]
    assert [(folder / EXPORT).exists() for folder in folders] == [code == 0 for code in codes]
    with engine.connect() as connection:
        kinds = connection.exec_driver_sql("SELECT kind FROM ledger_entries ORDER BY number").scalars().all()
        twice = "SELECT line_id FROM ledger_lines GROUP BY line_id HAVING count(*) > 1"
        assert (kinds, connection.exec_driver_sql(twice).all()) == (["feedback", "run", "export"], [])
    engine.dispose()


@pytest.mark.usefixtures("house")
def test_a_night_that_lost_its_lock_records_nothing_and_puts_nothing_in_place(call, monkeypatch, postgresql):
    def lose_to_another_host():
        with sqlite3.connect("ledger/ledger.db") as ledger:
            ledger.execute("DELETE FROM ledger_writers")
            ledger.execute(OTHER.format("strftime('%s', 'now') + 100"))
        ledger.close()

    def lose_connection():
        engine = sqlalchemy.create_engine(postgresql)
        with engine.connect() as connection:
            ended = (
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'returns%%'"
            )
            assert connection.exec_driver_sql(ended).scalar() == 1
        engine.dispose()

    def night(lose, before):
        with monkeypatch.context() as patch:
            real = getattr(run_module, before)
            patch.setattr(f"returns_risk.nightly.run.{before}", lambda *given: (lose(), real(*given))[1])
            code, _, error = call(*NIGHT)
        assert not EXPORT.exists()
        return code, error

    # A killed night of another host is waited for until its lease ends.
    assert call(*NIGHT[:2], "2026-03-20")[0] == 5  # the extract is too old; the ledger has all its tables
    lose_to_another_host()
    code, _, error = call(*NIGHT)
    assert code == 17
    assert "process 7 on another-host holds the lock of the nightly run of demo" in error
    with sqlite3.connect("ledger/ledger.db") as ledger:
        ledger.execute("UPDATE ledger_writers SET expires_at = strftime('%s', 'now') - 1")
    ledger.close()
    code, error = night(lose_to_another_host, "record_run")
    assert code == 17
    assert "this run lost the lock of the nightly run of demo to process 7 on another-host" in error
    assert call("ledger", "verify")[1].startswith("2 entries")
    monkeypatch.setenv("RETURNS_RISK_LEDGER", postgresql)
    assert call("ledger", "verify", "--accept")[0] == 0
    assert night(lose_connection, "record_run")[0] == 16
    assert call("ledger", "verify")[1].startswith("0 entries")
    assert night(lose_connection, "publish")[0] == 16
    assert call("ledger", "verify")[1].startswith("1 entries")
    code, _, error = call(*NIGHT)
    assert code == 0, error
    assert call("ledger", "verify")[1].startswith("2 entries")
