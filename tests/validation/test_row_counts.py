"""The counts of the latest run that passed validation, and the rows that must not be missing from the next extract."""

from datetime import date

import pandas as pd
import pytest

from returns_risk.errors import DataError
from returns_risk.validation.row_counts import (
    Extract,
    describe_extract,
    read_extract,
    require_growth,
    write_extract,
)

AS_OF = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("written", "expected"),
    [(date(2026, 3, 1), {"order_lines": 2}), (AS_OF, {"order_lines": 2}), (date(2026, 3, 3), None)],
)
def test_the_counts_of_a_run_are_remembered_unless_its_as_of_is_later(tmp_path, written, expected):
    file = tmp_path / "volumes.json"
    assert read_extract(file, AS_OF) is None
    write_extract(file, Extract(written.isoformat(), {"order_lines": 2}))
    extract = read_extract(file, AS_OF)
    assert (extract and extract.rows) == expected


def test_a_later_run_replaces_what_was_remembered(tmp_path):
    for rows in (2, 1):
        write_extract(tmp_path / "volumes.json", Extract("2026-03-01", {"order_lines": rows}))
    extract = read_extract(tmp_path / "volumes.json", AS_OF)
    assert extract is not None
    assert extract.rows == {"order_lines": 1}


@pytest.mark.parametrize("column", ["shipped_at", "delivered_at"])
@pytest.mark.parametrize(("lost", "refused"), [(20, False), (21, True)])
def test_times_of_shipment_and_delivery_that_are_gone_refuse_the_extract(make, column, lost, refused):
    days = [f"2026-02-{day:02}" for day in range(1, 21)]
    lines = make(
        "order_lines", *({"line_id": f"{day}-{n}", "ordered_at": day, column: day} for day in days for n in (1, 2))
    )
    tables = {"order_lines": lines, "returns": make("returns").iloc[:0]}
    previous = describe_extract(date(2026, 3, 1), tables, tables, {})
    # A later time of shipment is no missing one.
    later = lines.assign(**{column: lines[column] + pd.Timedelta(days=30)})
    later.loc[later.index[len(later) - lost :], column] = pd.NaT
    tables = tables | {"order_lines": later}
    extract = describe_extract(AS_OF, tables, tables, {})
    if not refused:
        return require_growth(previous, extract, {}, 0.001)
    with pytest.raises(
        DataError, match=rf"order_lines: 21 of \d+ values of {column} up to 2026-03-01 are missing that"
    ):
        require_growth(previous, extract, {}, 0.001)
    return None
