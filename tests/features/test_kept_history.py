"""Whatever the nights bring, the kept history is what a rebuild would give, and so are the features taken from it."""

import multiprocessing
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.contract.days import day_number
from returns_risk.errors import HistoryError
from returns_risk.features import FeatureRequest, FeatureSet, drop_unavailable
from returns_risk.features.tonight import tonight_features
from returns_risk.features.upkeep import known_history
from returns_risk.history import state
from returns_risk.history.manifest import read_manifest
from returns_risk.history.segments import read_segment, write_segment
from returns_risk.io.files import locked
from tests.features.nasty_shops import AS_OFS, DEFINITIONS, featurize, nasty_shops, recall
from tests.random_shops import FIRST, POLICY, ZONE, times

NIGHTS = st.lists(AS_OFS, min_size=1, max_size=4).map(sorted)
FATES = ("there", "late", "corrected", "moved", "gone")


def definitions_of(tables, as_of):
    return recall(tables, as_of)[2]


def known(tables, as_of):
    return known_history(definitions_of(tables, as_of), tables, POLICY, ZONE, as_of)


def delivered(tables, fates, last_night):
    """The tables as the shop delivers them on its first nights or on its last: rows come late, change and vanish."""
    lines, returns = tables["order_lines"].copy(), tables["returns"]
    fate = np.array([fates[row % len(fates)] for row in range(len(lines))])
    if last_night:
        lines.loc[fate == "corrected", "quantity"] += 1
        lines.loc[fate == "moved", "customer_id"] = "B"
        lines = lines[fate != "gone"]
    else:
        lines = lines[fate != "late"]
        returns = returns[np.array([fates[-1 - row % len(fates)] != "late" for row in range(len(returns))], dtype=bool)]
    returns = returns[returns["line_id"].isin(lines["line_id"])]
    return tables | {"order_lines": lines.reset_index(drop=True), "returns": returns.reset_index(drop=True)}


def tonight(tables, as_of, folder):
    lines, outcomes, definitions = recall(tables, as_of)
    rows = np.flatnonzero(outcomes.ordered_on < day_number(as_of))
    at = np.full(len(rows), day_number(as_of), dtype=np.int32)
    features = tonight_features(definitions, FeatureRequest(lines, outcomes, rows, at, ZONE), folder)
    return features.set_axis(pd.Index(list(lines["line_id"].iloc[rows]), dtype="str"))


@given(nasty_shops(), NIGHTS, st.lists(st.sampled_from(FATES), min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_after_any_nights_with_late_and_corrected_rows_all_is_as_rebuilt(tmp_path_factory, tables, nights, fates):
    folder = tmp_path_factory.mktemp("history")
    change = state.rebuild
    for as_of in nights[:-1]:
        change(folder, known(delivered(tables, fates, last_night=False), as_of))
        change = state.append
    tables = delivered(tables, fates, last_night=True)
    change(folder, known(tables, nights[-1]))
    assert state.check(folder, known(tables, nights[-1])) == []
    expected = featurize(tables, nights[-1])
    pd.testing.assert_frame_equal(tonight(tables, nights[-1], folder), expected, check_exact=True)


@given(nasty_shops(), AS_OFS)
@settings(deadline=None, max_examples=20)
def test_a_former_night_can_be_taken_from_a_later_history(tmp_path_factory, tables, as_of):
    folder = tmp_path_factory.mktemp("history")
    state.rebuild(folder, known(tables, as_of + timedelta(days=9)))
    pd.testing.assert_frame_equal(tonight(tables, as_of, folder), featurize(tables, as_of), check_exact=True)


def shop(days=12, lines_a_day=3):
    """A shop that sells the same every day and of which every second line comes back two days later."""
    count = days * lines_a_day
    ordered = times(
        [pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(days=n // lines_a_day, hours=9) for n in range(count)]
    )
    ids = pd.Series([f"L{n}" for n in range(count)], dtype="str")
    lines = pd.DataFrame(
        {
            "order_id": ids,
            "line_id": ids,
            "ordered_at": ordered,
            "customer_id": pd.Series(["ABC"[n % 3] for n in range(count)], dtype="str"),
            "sku": pd.Series(["s1", "s2"] * (count // 2), dtype="str"),
            "quantity": pd.array([1] * count, dtype="Int64"),
            "unit_price": [9.99] * count,
        }
    )
    returns = lines[::2].assign(returned_at=ordered + pd.Timedelta(days=2))[["line_id", "returned_at", "quantity"]]
    return {"order_lines": lines, "returns": returns.reset_index(drop=True)}


def test_late_rows_are_told_and_only_their_days_made_anew(tmp_path):
    tables = shop()
    late = tables | {"order_lines": tables["order_lines"].drop(index=3), "returns": tables["returns"]}
    late["returns"] = late["returns"][late["returns"]["line_id"].isin(late["order_lines"]["line_id"])]
    first = state.rebuild(tmp_path, known(late, FIRST + timedelta(days=10)))
    assert (first.rebuilt, first.written, first.segments) == ([], 1, 1)
    change = state.append(tmp_path, known(tables, FIRST + timedelta(days=11)))
    # L3 was ordered on the second day and, without market and delivery, closed five days later.
    assert change.rebuilt == [day_number(FIRST) + 1, day_number(FIRST) + 6]
    assert change.added == 1
    assert state.check(tmp_path, known(tables, FIRST + timedelta(days=11))) == []


def files_of(folder):
    return [folder / "manifest.json", *sorted(folder.glob("*/*"))]


def test_running_twice_writes_nothing(tmp_path):
    night = known(shop(), FIRST + timedelta(days=10))
    state.rebuild(tmp_path, night)
    before = {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in files_of(tmp_path)}
    change = state.append(tmp_path, night)
    assert (change.added, change.rebuilt, change.written) == (0, [], 0)
    assert before == {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in files_of(tmp_path)}


def test_many_nights_leave_few_segments_and_quiet_ones_write_nothing(tmp_path):
    tables = shop(days=40)
    nights = [known(tables, FIRST + timedelta(days=day)) for day in range(1, 61)]
    state.rebuild(tmp_path, nights[0])
    changes = [state.append(tmp_path, night) for night in nights[1:]]
    assert max(change.segments for change in changes) <= 7
    assert all(change.rebuilt == [] for change in changes)
    # The last window closes on day 45.
    assert sum(change.written for change in changes[45:]) == 0
    assert state.check(tmp_path, nights[-1]) == []
    assert len([*tmp_path.glob("customer/*.parquet")]) == changes[-1].segments


def test_ended_at_any_write_the_former_history_stands_and_the_next_run_completes(tmp_path, monkeypatch):
    tables = shop()
    before, after = (known(tables, FIRST + timedelta(days=days)) for days in (8, 12))
    state.rebuild(tmp_path, before)
    writes = 0
    for fatal in range(20):
        left = fatal

        def write(file, tiles):
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
            write_segment(file, tiles)

        with monkeypatch.context() as patch:
            patch.setattr(state, "write_segment", write)
            try:
                state.append(tmp_path, after)
                break
            except KeyboardInterrupt:
                writes += 1
        assert state.check(tmp_path, before) == []
    assert writes > 1
    assert state.check(tmp_path, after) == []
    named = {f"{one.number:06d}.parquet" for one in read_manifest(tmp_path).segments}
    assert {file.name for file in tmp_path.glob("*/*")} == named


def test_a_history_of_other_definitions_or_days_is_refused(tmp_path):
    tables, as_of = shop(), FIRST + timedelta(days=10)
    with pytest.raises(HistoryError, match=r"there is no history yet. Run returns-risk history rebuild"):
        state.append(tmp_path, known(tables, as_of))
    state.rebuild(tmp_path, known(tables, as_of))
    with pytest.raises(HistoryError, match="the history is of 2026-03-30, later than 2026-03-29"):
        state.append(tmp_path, known(tables, as_of - timedelta(days=1)))
    with pytest.raises(HistoryError, match=r"the history is of 2026-03-30, not of 2026-03-31. Run .* append"):
        state.check(tmp_path, known(tables, as_of + timedelta(days=1)))
    with pytest.raises(HistoryError, match=r"1 days before the candidates' night. Run returns-risk history append"):
        tonight(tables, as_of + timedelta(days=1), tmp_path)
    fewer = drop_unavailable(FeatureSet(definitions=DEFINITIONS.definitions[:1]), ["customer_id"])
    with pytest.raises(HistoryError, match=r"columns of the history is .*Run returns-risk history rebuild"):
        state.append(tmp_path, known_history(fewer, tables, POLICY, ZONE, as_of))
    other = DEFINITIONS.definitions[2].model_copy(
        update={"key": ("sku",), "rates": False, "money_rates": False, "parent": None, "reasons": {}}
    )
    lines, outcomes, _ = recall(tables, as_of)
    asked = FeatureRequest(lines, outcomes, np.arange(1), np.array([day_number(as_of)], dtype=np.int32), ZONE)
    with pytest.raises(HistoryError, match="the history of entity customer is"):
        tonight_features(FeatureSet(definitions=(other,)), asked, tmp_path)


def test_damage_is_found(tmp_path):
    night = known(shop(), FIRST + timedelta(days=10))
    state.rebuild(tmp_path, night)
    (file,) = tmp_path.glob("customer/*.parquet")
    tiles = read_segment(file)
    tiles.money[0] += 1
    write_segment(file, tiles)
    assert [(one.entity, one.keys, one.of) for one in state.check(tmp_path, night)] == [("customer", 1, 3)]
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(HistoryError, match=r"000001.parquet: cannot be read as tiles"):
        state.check(tmp_path, night)
    file.unlink()
    with pytest.raises(HistoryError, match=r"000001.parquet: cannot be read as tiles"):
        tonight(shop(), FIRST + timedelta(days=10), tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(HistoryError, match=r"manifest.json: cannot be read"):
        state.append(tmp_path, night)
    state.rebuild(tmp_path, night)
    assert state.check(tmp_path, night) == []


def hold(folder, held, done):
    with locked(folder / ".lock"):
        held.set()
        done.wait(60)


def test_of_two_processes_one_changes_the_history_and_the_other_is_told_by_whom(tmp_path):
    night = known(shop(), FIRST + timedelta(days=10))
    context = multiprocessing.get_context("fork")
    held, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, held, done))
    other.start()
    assert held.wait(60)
    with pytest.raises(HistoryError, match=f"process {other.pid} is changing the history"):
        state.rebuild(tmp_path, night)
    other.kill()
    other.join()
    assert state.rebuild(tmp_path, night).written == 1
