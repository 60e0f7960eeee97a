"""Nothing is lost on the way to the quarantine."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from returns_risk.contract.schema import CONTRACT
from returns_risk.validation.facts import return_facts
from returns_risk.validation.quarantine import split_rows
from returns_risk.validation.rules import ROW_RULES


def test_there_is_one_quarantine_per_table_even_if_empty(run):
    validation = run()
    assert list(validation.quarantine) == list(validation.tables) == list(CONTRACT)
    assert validation.quarantine["returns"].empty
    assert validation.quarantine["returns"].columns.tolist() == [
        *("line_id", "returned_at", "quantity", "return_reason", "comment"),
        *("rule", "reason"),
    ]


def test_the_quarantine_is_text_throughout(dirty_run):
    for frame in dirty_run[0].quarantine.values():
        assert (frame.dtypes == "str").all()
        assert frame[["rule", "reason"]].notna().all(axis=None)


def test_a_row_with_several_faults_stands_once_with_its_first_rule_and_all_reasons(run, make):
    lines = make("order_lines", {}, {"line_id": "L2", "sku": None, "quantity": 0, "unit_price": -1})
    rejected = run(order_lines=lines).quarantine["order_lines"]
    assert rejected["line_id"].tolist() == ["L2"]
    assert rejected["rule"].tolist() == ["order_lines.sku_present"]
    assert rejected["reason"].tolist() == ["sku is missing; quantity is below 1; unit_price is below 0"]
    assert rejected["quantity"].tolist() == ["0"]
    assert rejected["ordered_at"].tolist() == ["2026-03-01 10:00:00+00:00"]
    assert rejected["sku"].isna().all()


def test_rows_that_reading_rejected_come_first_with_their_reason(run, make):
    unread = make("order_lines", {"line_id": "X1"}).astype("str")
    unread = unread.assign(rule="order_lines.ordered_at_type", reason="ordered_at is not a timestamp")
    lines = make("order_lines", {}, {"line_id": "L2", "quantity": 0})
    rejected = run(order_lines=lines, rejected={"order_lines": unread}).quarantine["order_lines"]
    assert rejected["line_id"].tolist() == ["X1", "L2"]
    assert rejected["reason"].tolist() == ["ordered_at is not a timestamp", "quantity is below 1"]


def test_each_row_is_accepted_or_rejected(dirty, dirty_run):
    for name, frame in dirty.items():
        assert len(dirty_run[0].tables[name]) + len(dirty_run[0].quarantine[name]) == len(frame)


def test_what_is_given_is_not_changed(dirty, run):
    before = {name: frame.copy(deep=True) for name, frame in dirty.items()}
    run(**dirty)
    for name, frame in dirty.items():
        pd.testing.assert_frame_equal(frame, before[name])


@pytest.mark.parametrize("seed", [1, 2])
def test_permuted_rows_give_the_same_accepted_rows(run, dirty, dirty_run, seed):
    permuted = {name: frame.sample(frac=1, random_state=seed) for name, frame in dirty.items()}
    second = run(**permuted)
    for name, accepted in dirty_run[0].tables.items():
        order = accepted.columns.tolist()
        pd.testing.assert_frame_equal(
            second.tables[name].sort_values(order, ignore_index=True), accepted.sort_values(order, ignore_index=True)
        )


DIRT = st.fixed_dictionaries(
    {
        "line_id": st.sampled_from(["L1", "L2", "L3", None]),
        "quantity": st.sampled_from([-1, 0, 1, 2, None]),
        "ordered_at": st.sampled_from(["2026-03-01", "2026-03-02", "1980-01-01", None]),
        "shipped_at": st.sampled_from(["2026-02-01", "2026-03-01 12:00", None]),
    }
)
SLOW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(dirt=st.lists(DIRT, max_size=8))
def test_random_dirt_is_parted_without_loss_and_in_order(run, make, dirt):
    lines = make("order_lines", *(row | {"order_id": f"O{i}"} for i, row in enumerate(dirt)))
    validation = run(order_lines=lines, returns=make("returns", {}, {"line_id": "L2"}))
    kept = validation.tables["order_lines"]["order_id"].str[1:].astype("int64").tolist()
    rejected = validation.quarantine["order_lines"]["order_id"].str[1:].astype("int64").tolist()
    assert kept == sorted(kept)
    assert rejected == sorted(rejected)
    assert sorted(kept + rejected) == list(range(len(dirt)))
    assert validation.tables["order_lines"]["line_id"].is_unique
    known = set(validation.tables["order_lines"]["line_id"])
    assert set(validation.tables["returns"]["line_id"]) <= known


@given(st.lists(st.lists(st.integers(0, 9), max_size=6, unique=True), min_size=3, max_size=3))
@settings(deadline=None)
def test_each_row_is_in_exactly_one_part_for_any_broken_rules(positions):
    rules = [rule for rule in ROW_RULES["returns"] if rule.severity == "error"][:3]
    broken = {
        rule.name: pd.array(sorted(rows), dtype="int64").to_numpy() for rule, rows in zip(rules, positions, strict=True)
    }
    frame = pd.DataFrame({"quantity": range(10)})
    accepted, rejected = split_rows(frame, rules, broken)
    broken_rows = sorted({row for rows in positions for row in rows})
    assert rejected["quantity"].astype("int64").tolist() == broken_rows
    assert accepted["quantity"].tolist() == [row for row in range(10) if row not in broken_rows]
    firsts = [next(rule.name for rule in rules if row in broken[rule.name]) for row in broken_rows]
    assert rejected["rule"].tolist() == firsts


@given(
    st.lists(st.tuples(st.sampled_from(["L1", "L2"]), st.integers(1, 3), st.integers(1, 5)), max_size=12),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_line_gets_more_units_back_than_it_had_in_whatever_order_rows_come(make, as_of, rows, random):
    lines = make("order_lines", {"quantity": 4}, {"line_id": "L2", "quantity": 1})
    cells = [{"line_id": i, "quantity": q, "returned_at": f"2026-03-01 1{hour}:00"} for i, q, hour in rows]

    def accepted(order):
        frame = make("returns", *order)
        fits = return_facts(frame, lines, pd.Series(dtype="str"), as_of)["quantity_within_ordered"]
        return frame[fits.astype("bool")]

    kept = accepted(cells)
    assert (
        kept.groupby("line_id")["quantity"]
        .sum()
        .le(pd.Series({"L1": 4, "L2": 1}))
        .reindex(["L1", "L2"])
        .ne(False)
        .all()
    )
    shuffled = accepted(random.sample(cells, len(cells)))
    columns = ["line_id", "returned_at", "quantity"]
    assert sorted(kept[columns].itertuples(index=False)) == sorted(shuffled[columns].itertuples(index=False))
