"""The ledger grows at its end, and every other change to it shows."""

import hashlib
import json
import os

import pytest

from returns_risk import files
from returns_risk.errors import ExportError, RegistryError
from returns_risk.files import locked
from returns_risk.promotions import Ledger


@pytest.fixture
def filled(ledger):
    for number in (1, 2, 3):
        ledger.append({"action": "promote", "version": number, "reason": "größer", "share": 0.1})
    return ledger


def test_there_is_nothing_in_a_ledger_that_was_never_written(ledger):
    assert ledger.entries() == []
    assert ledger.verify() == (0, "0" * 64)
    assert not ledger.path.exists()


def test_rows_come_back_in_order_and_as_they_were_written(filled):
    rows = filled.entries()
    assert [(row.number, row.entry["version"]) for row in rows] == [(1, 1), (2, 2), (3, 3)]
    assert rows[0].entry == {"action": "promote", "version": 1, "reason": "größer", "share": 0.1}
    assert filled.verify() == (3, rows[2].hash)


def test_a_row_is_chained_to_the_one_before_by_a_hash_anyone_can_compute(filled):
    rows = filled.entries()
    entry = json.dumps(rows[1].entry, sort_keys=True, separators=(",", ":"))
    assert rows[1].hash == hashlib.sha256(f"{rows[0].hash}\n2\n{entry}".encode()).hexdigest()


def test_the_bytes_of_earlier_rows_never_change(filled):
    before = filled.path.read_bytes()
    filled.append({"action": "refuse"})
    assert filled.path.read_bytes().startswith(before)


def swapped(lines):
    return [lines[1], lines[0], lines[2]]


@pytest.mark.parametrize(
    ("tamper", "row"),
    [
        (lambda lines: [lines[0].replace('"version":1', '"version":4'), *lines[1:]], 1),
        (lambda lines: [lines[0], lines[1].replace('"share":0.1', '"share":0.10'), lines[2]], 2),
        (lambda lines: [lines[0], lines[1] + " ", lines[2]], 2),
        (lambda lines: [lines[0], lines[2]], 2),
        (lambda lines: lines[1:], 1),
        (swapped, 1),
        (lambda lines: [*lines, lines[2]], 4),
        (lambda lines: [lines[0], "", *lines[1:]], 2),
        (lambda lines: [*lines[:2], lines[2][:-20]], 3),
        (lambda lines: [lines[0], "[1, 2]", lines[2]], 2),
    ],
)
def test_every_change_to_a_row_shows_with_its_number_and_stops_further_rows(filled, tamper, row):
    lines = filled.path.read_text().splitlines()
    filled.path.write_text("\n".join(tamper(lines)) + "\n")
    before = filled.path.read_bytes()
    for look in (filled.verify, filled.entries, lambda: filled.append({"action": "promote"})):
        with pytest.raises(RegistryError, match=rf"promotions\.jsonl: row {row} is not what was written"):
            look()
    assert filled.path.read_bytes() == before


def test_rows_cut_off_at_the_end_show_to_whoever_holds_the_latest_hash(filled):
    _, latest = filled.verify()
    lines = filled.path.read_text().splitlines(keepends=True)
    filled.path.write_text("".join(lines[:2]))
    assert filled.verify() != (3, latest)


def test_a_process_that_dies_while_writing_leaves_the_rows_there_were(filled, monkeypatch):
    def die(_):
        raise KeyboardInterrupt

    before = filled.path.read_bytes()
    monkeypatch.setattr(files, "_flush", die)
    with pytest.raises(KeyboardInterrupt):
        filled.append({"action": "promote"})
    assert filled.path.read_bytes() == before
    assert len(filled.entries()) == 3


def test_two_processes_never_write_at_once(filled):
    with (
        locked(filled.path.with_name("promotions.jsonl.lock")),
        pytest.raises(RegistryError, match=rf"process {os.getpid()} is writing to it\. Run again when it has ended\."),
    ):
        filled.append({"action": "promote"})
    assert filled.append({"action": "promote"}).number == 4


def test_what_is_no_number_is_not_written(filled):
    with pytest.raises(ValueError, match="Out of range float values"):
        filled.append({"auc": float("nan")})
    assert len(filled.entries()) == 3


def test_a_ledger_that_cannot_be_read_or_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ExportError, match="cannot be written"):
        Ledger(tmp_path / "file/promotions.jsonl").append({})
    (tmp_path / "promotions.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(RegistryError, match="cannot be read"):
        Ledger(tmp_path / "promotions.jsonl").entries()
    (tmp_path / "folder").mkdir()
    with pytest.raises(RegistryError, match=r"folder: cannot be read .*Is a directory"):
        Ledger(tmp_path / "folder").entries()
