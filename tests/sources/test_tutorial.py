"""The SELECTs that the tutorial tells a reader to write."""

import re
from pathlib import Path

TUTORIAL = Path(__file__).parents[2] / "docs/tutorial.md"
ORDER_LINES = """order_no,position,ordered_at,customer_no,article_no,qty,price,country,shipped_at
1001,1,2026-03-01 00:30:00,17,4711,1,9.90,DE,2026-03-01T10:00:00
"""
RETURNS = """order_no,position,received_at,qty,reason
1001,1,2026-04-01 00:30,1,Too_Small
"""


def test_their_times_are_local(read):
    selects = dict(re.findall(r"```sql\n-- sources/myshop/(\w+)\.sql\n(.*?)```", TUTORIAL.read_text(), re.DOTALL))
    tables = read(
        order_lines_csv=ORDER_LINES,
        returns_csv=RETURNS,
        order_lines_sql=selects["order_lines"],
        returns_sql=selects["returns"],
    ).tables
    (line,) = tables["order_lines"].itertuples()
    (returned,) = tables["returns"].itertuples()
    assert str(line.ordered_at) == "2026-02-28 23:30:00+00:00"
    assert str(line.shipped_at) == "2026-03-01 09:00:00+00:00"
    assert str(returned.returned_at) == "2026-03-31 22:30:00+00:00"
