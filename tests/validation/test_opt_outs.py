"""Who had opted out by the last extract stays opted out until a row says otherwise."""

import pandas as pd
import pytest

from returns_risk.validation import Validation, apply_opt_outs

LINES = pd.DataFrame({"customer_id": ["A", "B", "C"]}, dtype="str")


def apply(customers, previous):
    tables = {"order_lines": LINES} | ({} if customers is None else {"customers": customers})
    quarantine = {name: pd.DataFrame({"customer_id": [], "rule": []}, dtype="str") for name in tables}
    return apply_opt_outs(Validation(tables, quarantine, tables, ()), previous).get("customers")


def marked(*nights):
    rows = None
    for night in nights:
        rows = apply(night, rows)
    if rows is None or "opted_out" not in rows:
        return None
    return {
        name: rows.loc[rows[name].fillna(value=False), "customer_id"].tolist() for name in ("opted_out", "quarantined")
    }


def customers(*opted_out):
    flags = pd.array(list(opted_out), dtype="boolean")
    return pd.DataFrame({"customer_id": pd.Series(list("ABCD")[: len(opted_out)], dtype="str"), "opted_out": flags})


@pytest.mark.parametrize(
    ("tonight", "opted_out", "quarantined"),
    [
        (customers(True, False, False), ["A"], []),
        (customers(False, False, True), ["C"], []),  # A has agreed
        (customers(None, None, True), ["A", "C"], ["A"]),  # the value of A is lost, whatever C says
        (customers(None, False, False), ["A"], ["A"]),  # the value of A is lost
        (customers(None, None, None), ["A"], ["A"]),  # all values are lost
        (customers(True, False, False)[["customer_id"]], ["A"], ["A"]),  # the column is lost
        (customers(True, False, False).tail(2), ["A"], ["A"]),  # the row is lost
        (None, ["A"], ["A"]),  # the table is lost
    ],
)
def test_an_opt_out_of_the_last_extract_holds_until_a_row_says_otherwise(tonight, opted_out, quarantined):
    held = marked(customers(True, False, False), tonight)
    assert {name: sorted(ids) for name, ids in held.items()} == {"opted_out": opted_out, "quarantined": quarantined}


@pytest.mark.parametrize(
    ("nights", "opted_out"),
    [
        ([(True, True, None, None), (None, True, None, None)], ["B"]),  # the shop writes true or nothing
        ([(True, True, None, None), (None, None, None, True)], ["A", "B", "D"]),  # it repeats no opt-out
        ([(True, True, False, None), (None, True, None, None)], ["A", "B"]),  # it wrote false last night
        ([(True, True, None, None), (None, True, False, None)], ["A", "B"]),  # it writes false tonight
        ([(True, True, False, None), (None, True, None, None), (None, True, None, None)], ["A", "B"]),  # and later
    ],
)
def test_an_empty_value_revokes_only_in_a_table_of_true_or_nothing_that_repeats_others(nights, opted_out):
    assert marked(*[customers(*flags) for flags in nights])["opted_out"] == opted_out


@pytest.mark.parametrize("tonight", [None, customers(True)[["customer_id"]]])
def test_a_source_that_never_had_opt_outs_marks_nobody(tonight):
    assert marked(tonight) is None
