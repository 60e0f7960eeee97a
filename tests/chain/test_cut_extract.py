"""A half-written extract ends the night with 5 and one line, and leaves no trace; the whole one then passes."""

import json
from pathlib import Path

import pandas as pd
import pytest

RAW = Path("data/raw/demo")
LINES = RAW / "order_lines.csv"
EXPORT = Path("exports/as_of=2026-03-02")
NIGHT = ("nightly", "--as-of", "2026-03-02")

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def refused(call):
    """Run the night, which must end with 5, one line and the ledger as it was."""

    def run(*parts, night=NIGHT):
        before = call("ledger", "verify")[1]
        code, _, error = call(*night)
        assert code == 5, error
        assert len(error.splitlines()) == 1
        for part in parts:
            assert part in error
        assert call("ledger", "verify")[1] == before
        assert not EXPORT.exists()

    return run


def test_a_file_that_was_cut_within_its_last_cell_ends_the_first_night_already(call, refused):
    whole = LINES.read_bytes()
    LINES.write_bytes(whole[: whole.rindex(b"\n", 0, int(len(whole) * 0.998)) - 1])
    refused(f"{LINES}: the last cell has 19 of 20 characters. The file was cut off", "Deliver it again in full.")
    # Complete, but for the last line break: that is how some systems write all their files.
    LINES.write_bytes(whole.removesuffix(b"\n"))
    assert call(*NIGHT)[0] == 0
    assert EXPORT.exists()


def test_rows_that_are_gone_and_candidates_that_collapse_end_a_later_night(call, refused, set_params):
    set_params(validate__tolerated_share=0.05)
    shipped = LINES.read_bytes().splitlines(keepends=True)
    lines, headers = pd.read_csv(LINES, dtype=str), pd.read_csv(RAW / "orders.csv", dtype=str)
    ordered = lines["order_no"].map(headers.set_index("order_no")["ordered_at"])
    # A busy week: nothing of it has shipped.
    lines.loc[ordered >= "2026-02-20", ["shipped_at", "delivered_at"]] = None
    lines.to_csv(LINES, index=False)
    for day in ("2026-02-26", "2026-02-27", "2026-02-28"):
        assert call("nightly", "--as-of", day)[0] == 0
    whole = LINES.read_bytes()
    rows = whole.splitlines(keepends=True)
    # Twenty rows may be gone: a small shop deletes the data of a customer.
    LINES.write_bytes(b"".join(rows[:2000] + rows[2040:]))
    refused("order_lines: 40 of ", "rows up to 2026-02-28 are missing", "validate.history_drop tolerates 20")
    LINES.write_bytes(whole.removesuffix(b"\n"))
    refused("order_lines.csv: does not end in a line break, as it did for the run as of 2026-02-28")
    customers = (RAW / "customers.csv").read_text()
    (RAW / "customers.csv").write_text(customers.replace('"Y"', '"N"'))
    LINES.write_bytes(whole)
    refused("customers.opted_out: ", "opt-outs (100.00%, tolerated 50.00%) break rule customers.opt_outs_kept")
    (RAW / "customers.csv").write_text(customers)
    LINES.write_bytes(b"".join(shipped[: 1 + int((ordered < "2026-02-27T23").sum())]))
    refused("candidates are open at the as-of 2026-03-02; each of the last 3 nights had", "--few-candidates")
    assert json.loads(Path("data/state/volumes-demo-nightly.json").read_text())["as_of"] == "2026-02-28"
    assert call(*NIGHT, "--few-candidates")[0] == 0
