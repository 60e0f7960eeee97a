"""Who had opted out by the last extract stays opted out until a row says otherwise."""

import pandas as pd
import pytest

from returns_risk.validation import Validation, apply_opt_outs

LINES = pd.DataFrame({"customer_id": ["A", "B", "C"]}, dtype="str")


def marked(customers, previous=("A",)):
    tables = {"order_lines": LINES} | ({} if customers is None else {"customers": customers})
    quarantine = {name: pd.DataFrame({"customer_id": [], "rule": []}, dtype="str") for name in tables}
    tables = apply_opt_outs(Validation(tables, quarantine, tables, ()), pd.Series(previous, dtype="str"))
    rows = tables.get("customers", pd.DataFrame())
    if "opted_out" not in rows:
        return None
    return {
        name: rows.loc[rows[name].fillna(value=False), "customer_id"].tolist() for name in ("opted_out", "quarantined")
    }


def customers(*opted_out):
    flags = pd.array(list(opted_out), dtype="boolean")
    return pd.DataFrame({"customer_id": pd.Series(["A", "B", "C"][: len(opted_out)], dtype="str"), "opted_out": flags})


@pytest.mark.parametrize(
    ("tonight", "opted_out", "quarantined"),
    [
        (customers(True, False, False), ["A"], []),
        (customers(False, False, True), ["C"], []),  # A has agreed
        (customers(None, None, True), ["C"], []),  # the shop writes nothing for those who agree
        (customers(None, False, False), ["A"], ["A"]),  # the value of A is lost
        (customers(None, None, None), ["A"], ["A"]),  # all values are lost
        (customers(True, False, False)[["customer_id"]], ["A"], ["A"]),  # the column is lost
        (customers(True, False, False).tail(2), ["A"], ["A"]),  # the row is lost
        (None, ["A"], ["A"]),  # the table is lost
    ],
)
def test_an_opt_out_of_the_last_extract_holds_until_a_row_says_otherwise(tonight, opted_out, quarantined):
    assert marked(tonight) == {"opted_out": opted_out, "quarantined": quarantined}


@pytest.mark.parametrize("tonight", [None, customers(True)[["customer_id"]]])
def test_a_source_that_never_had_opt_outs_marks_nobody(tonight):
    assert marked(tonight, previous=()) is None
