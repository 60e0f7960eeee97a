"""Orders that a night planned and nobody reported on are in the workbook of the next night, as on its page."""

import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

EARLIER, TONIGHT = (Path(f"exports/as_of=2026-03-0{day}") for day in (1, 2))


@pytest.mark.usefixtures("house_after_earlier_night")
def test_the_workbook_of_a_night_has_the_orders_that_its_page_carries_over(call):
    planned = pd.read_parquet(EARLIER / "flagged_orders.parquet")
    orders = planned.loc[planned["decision"].isin(["act", "review"]), "order_id"].drop_duplicates().tolist()
    Path("back.csv").write_text(f"Bestellnummer;Rückmeldung\n{orders[0]};erledigt\n", encoding="utf-8")
    assert call("feedback", "import", "back.csv")[0] == 0
    assert call("nightly", "--as-of", "2026-03-02")[0] == 0
    script = re.search(r'<script[^>]* id="data">(.*?)</script>', (TONIGHT / "report.html").read_text(), re.DOTALL)
    assert script is not None
    pages = {order["id"]: order for order in json.loads(script[1])["orders"] if order["planned"]}
    carried = {name for name, order in pages.items() if order["since"]}
    assert carried
    assert orders[0] not in carried
    book = openpyxl.load_workbook(TONIGHT / "flagged_orders.xlsx")
    header, *rows = book["To do"].iter_rows(values_only=True)
    listed = [dict(zip(header, row, strict=True)) for row in rows]
    assert {row["order id"]: str(row["carried over"])[:10] for row in listed if row["carried over"]} == {
        name: pages[name]["since"] for name in carried
    }
    assert {row["order id"]: row["expected saving (EUR)"] for row in listed} == pytest.approx(
        {name: order["value"] for name, order in pages.items()}
    )
    texts = {line["message"]["body"] for name in carried for line in pages[name]["lines"] if line.get("message")}
    assert texts <= {row[-1] for row in book["Messages"].iter_rows(values_only=True)}
    plan = json.loads((TONIGHT / "manifest.json").read_text())["plan"]
    summary = dict(list(book["Summary"].iter_rows(values_only=True)))
    assert summary["expected saving (EUR)"] == pytest.approx(plan["value"])
    assert summary["orders carried over from earlier nights; the other figures are of tonight alone"] == len(carried)
