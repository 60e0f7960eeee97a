"""A later end only adds days, and applied interventions take effect."""

import hashlib
import json
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.errors import ParamsError, SourceError
from shop_simulator import Applied, Definition, Places, next_day, read_applied, simulate, write_shop
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.raw import raw_tables
from shop_simulator.truth import truth_table

NAMES = [intervention.name for intervention in INTERVENTIONS]


def places_in(folder: Path) -> Places:
    return Places(folder / "raw", folder / "truth", folder / "applied.csv")


def hashes(places: Places) -> dict[str, str]:
    files = [*places.raw.iterdir(), *places.truth.iterdir()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def apply(places: Places, rows: list[tuple[str, str, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["line_id", "intervention", "applied_on"])
    frame.to_csv(places.applied, index=False)


def open_lines(places: Places) -> list[str]:
    lines = pd.read_csv(places.raw / "order_lines.csv", dtype=str, keep_default_na=False)
    waiting = lines[lines["status"] == "open"]
    return (waiting["order_no"] + "-" + waiting["position"]).tolist()


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), first=st.integers(2, 40), more=st.integers(0, 40))
def test_more_days_change_nothing_of_the_days_before(seed: int, first: int, more: int) -> None:
    definition = Definition(seed, date(2025, 11, 20), 6)
    early = simulate(definition, definition.start + timedelta(days=first))
    late = simulate(definition, definition.start + timedelta(days=first + more))
    for name in ("order_no", "customer_no", "ordered_at", "country", "promised_at"):
        column = raw_tables(late)["orders"][name].slice(0, len(early.orders))
        assert column.to_pylist() == raw_tables(early)["orders"][name].to_pylist()
    for name in ("order", "sku", "unit_price", "probability", "returned_if", "reasons", "if_done"):
        assert np.array_equal(late.lines[name][: len(early.lines)], early.lines[name])
    assert np.array_equal(late.returns["received"][: len(early.returns)], early.returns["received"])


def test_day_by_day_is_the_same_as_all_at_once(tmp_path: Path) -> None:
    definition = Definition(9, date(2026, 1, 5), 8)
    nightly, once = places_in(tmp_path / "nightly"), places_in(tmp_path / "once")
    write_shop(nightly, definition, date(2026, 2, 1))
    for _ in range(5):
        next_day(nightly)
    write_shop(once, definition, date(2026, 2, 6))
    assert hashes(nightly) == hashes(once)


def test_nights_with_interventions_are_replayed_alike(tmp_path: Path) -> None:
    definition = Definition(9, date(2025, 12, 1), 40)
    nightly, once = places_in(tmp_path / "nightly"), places_in(tmp_path / "once")
    write_shop(nightly, definition, date(2026, 1, 10))
    rows: list[tuple[str, str, str]] = []
    done: set[str] = set()
    for night in range(10):
        today = (date(2026, 1, 10) + timedelta(days=night)).isoformat()
        fresh = [line for line in open_lines(nightly) if line not in done][:12]
        rows += [(line, NAMES[number % 4], today) for number, line in enumerate(fresh)]
        done |= set(fresh)
        apply(nightly, rows)
        next_day(nightly)
    once.raw.parent.mkdir()
    apply(once, rows[::-1])
    write_shop(once, definition, date(2026, 1, 20))
    assert hashes(nightly) == hashes(once)
    truth = pd.read_parquet(nightly.truth / "lines.parquet").set_index("line_id")
    assert truth.loc[[row[0] for row in rows], "applied"].tolist() == [row[1] for row in rows]


def test_an_intervention_gives_the_line_the_fate_that_was_foretold() -> None:
    definition = Definition(4, date(2025, 10, 1), 250)
    plain = truth_table(simulate(definition, date(2026, 1, 15))).to_pandas()
    chosen = plain[(plain["ordered_on"] == "2025-11-10")]["line_id"].tolist()
    rows = {line: NAMES[number % 4] for number, line in enumerate(chosen)}
    applied = _applied(rows, "2025-11-11")
    treated = truth_table(simulate(definition, date(2026, 1, 15), applied)).to_pandas().set_index("line_id")
    plain = plain.set_index("line_id")
    reached = treated.loc[chosen][lambda lines: lines["applied"] != ""]
    assert len(reached) > 100
    assert reached["applied"].astype(str).tolist() == [rows[line] for line in reached.index]
    cancelled = 0
    for line in reached.itertuples():
        name = rows[str(line.Index)]
        if getattr(line, f"would_cancel_if_{name}") or not plain.loc[line.Index, "shipped"]:
            assert not line.shipped
            assert not line.returned
            cancelled += 1
        else:
            assert (line.returned and not line.overdue) == getattr(line, f"would_return_if_{name}")
    assert cancelled > 0
    # A day before, nothing had been done yet, and who had shipped already is not reached.
    early = plain.index[plain["ordered_on"] <= "2025-11-10"].difference(chosen)
    assert treated.loc[early, "returned"].equals(plain.loc[early, "returned"])
    assert len(reached) < len(chosen)


def test_annoyed_customers_order_less() -> None:
    definition = Definition(4, date(2025, 10, 1), 100)
    plain = simulate(definition, date(2025, 10, 3))
    lines = truth_table(plain).to_pandas()
    annoyed = lines[lines["would_annoy_if_confirm_with_customer"] & ~lines["shipped"]]
    assert len(annoyed) > 0
    rows = dict.fromkeys(annoyed["line_id"], "confirm_with_customer")
    treated = simulate(definition, date(2025, 10, 4), _applied(rows, "2025-10-03"))
    customers = np.array([int(number[1:]) - 1 for number in annoyed["customer_no"]])
    before, after = plain.customers["activity"][customers], treated.customers["activity"][customers]
    assert (after[after > 0] == 0.5 * before[after > 0]).all()
    assert (after > 0).any()


def test_the_file_of_interventions_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "applied.csv"
    good = "0000400001-1,sizing_guidance,2026-01-01"
    head = "line_id,intervention,applied_on"
    for text, finding in [
        ("line_id,intervention\n1,2\n", r"columns \['applied_on'\] are missing"),
        (f"{head}\n{good}\n0000400002-1,call,2026-01-01\n", r"intervention is none of .*1 of 2 rows, .*line 3: 'call'"),
        (f"{head}\n0000400001-01,sizing_guidance,2026-01-01\n", "line_id is not an order number"),
        (f"{head}\n400001,sizing_guidance,2026-01-01\n", "line_id is not an order number"),
        (f"{head}\n0000400001-1,sizing_guidance,01.02.2026\n", "applied_on is not a date"),
        (f"{head}\n{good}\n{good}\n", "line_id appears twice"),
        ("", "cannot be read as CSV"),
    ]:
        path.write_text(text)
        with pytest.raises(SourceError, match=finding):
            read_applied(path)
    with pytest.raises(SourceError, match="cannot be read as CSV"):
        read_applied(tmp_path)
    assert len(read_applied(tmp_path / "none.csv").day) == 0


def test_a_line_that_was_not_ordered_yet_cannot_be_treated() -> None:
    definition = Definition(4, date(2025, 10, 1), 10)
    with pytest.raises(SourceError, match=r"had not been ordered yet, e\.g\. 0000409999-1"):
        simulate(definition, date(2025, 10, 9), _applied({"0000409999-1": NAMES[0]}, "2025-10-05"))


def test_nothing_is_done_before_the_shop_opens() -> None:
    with pytest.raises(SourceError, match="when no line of the shop had been ordered"):
        simulate(
            Definition(4, date(2025, 10, 1), 10), date(2025, 10, 9), _applied({"0000400001-1": NAMES[0]}, "2025-09-30")
        )


def test_the_past_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    write_shop(places, Definition(4, date(2026, 1, 1), 10), date(2026, 2, 1))
    apply(places, [("0000400001-1", NAMES[0], "2026-01-03")])
    with pytest.raises(ParamsError, match="its past would change"):
        next_day(places)
    apply(places, [(open_lines(places)[0], NAMES[0], "2026-02-01")])
    next_day(places)


def test_only_a_shop_can_be_continued(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    with pytest.raises(ParamsError, match="there is no shop to continue"):
        next_day(places)
    places.truth.mkdir()
    for content in (
        {"until": "yesterday"},
        ["2026-01-01"],
        {"definition": {"seed": 1}, "until": 3, "applied_before": ""},
    ):
        (places.truth / "shop.json").write_text(json.dumps(content))
        with pytest.raises(ParamsError, match="was not written by shop-simulator simulate"):
            next_day(places)


def test_a_shop_opens_in_years_with_known_holidays() -> None:
    with pytest.raises(ParamsError, match="a shop opens in 1980 or later"):
        simulate(Definition(1, date(1969, 1, 1), 5), date(1970, 1, 1))


@pytest.mark.parametrize("until", [date(2026, 1, 1), date(2025, 12, 31), date(2039, 1, 1)])
def test_a_shop_ends_after_its_start_and_within_its_calendar(until: date) -> None:
    with pytest.raises(ParamsError, match="has to come after it, within 11 years"):
        simulate(Definition(1, date(2026, 1, 1), 5), until)


def _applied(rows: dict[str, str], day: str) -> Applied:
    frame = pd.DataFrame({"line_id": list(rows), "intervention": list(rows.values()), "applied_on": day})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "applied.csv"
        frame.to_csv(path, index=False)
        return read_applied(path)
