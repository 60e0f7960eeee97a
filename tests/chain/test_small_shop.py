"""A shop of one line a day, with categories and without sizes.

Nothing in it is large enough to be measured by slice, and the chain ends all the same.
"""

import csv
import json
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.chain.conftest import copy_chain
from tests.keys import KEY

AS_OF = datetime(2026, 3, 2)  # noqa: DTZ001
SILENT = AS_OF - timedelta(days=130)  # customers give no reasons from then on
LINES = """SELECT order_no AS order_id, order_no AS line_id, ordered_at, customer_no AS customer_id, article_no AS sku,
    '1' AS quantity, price AS unit_price, shipped_at, 'DE' AS market
FROM read_csv('lines.csv', all_varchar = true)
"""
RETURNS = """SELECT order_no AS line_id, returned_at, '1' AS quantity, reason
FROM read_csv('returns.csv', all_varchar = true)
"""
PRODUCTS = """SELECT DISTINCT article_no AS sku, 'lamps' AS category FROM read_csv('lines.csv', all_varchar = true)
"""
STAGES = ("validate", "featurize", "backtest", "train", "evaluate", "score")


@pytest.fixture
def small(tmp_path, monkeypatch, set_params):
    copy_chain(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RETURNS_RISK_KEY", KEY)
    write_source()
    set_params(source__name="small", source__raw="data/raw/small", backtest__feature_shares=[])
    set_params(backtest__slice_lines=200, featurize__audit_nights=0)
    recipe = Path("models/recipes/reason.yaml")
    recipe.write_text(recipe.read_text().replace("min_lines: 40 ", "min_lines: 10 "))
    return tmp_path


def write_source(orders=450, days=460):
    draw, lines, returns = random.Random(1), [], []
    for number in range(orders):
        at = AS_OF - timedelta(hours=2) - timedelta(days=days) * (orders - 1 - number) / (orders - 1)
        shipped, back = at + timedelta(days=1), at + timedelta(days=13)
        sent = str(shipped) if shipped < AS_OF - timedelta(hours=1) else ""
        names = (f"A{number}", f"C{draw.randrange(orders // 2)}", f"P{draw.randrange(12)}")
        lines.append((names[0], str(at), *names[1:], draw.choice(["19.9", "49.5"]), sent))
        if draw.random() < 0.3 and back < AS_OF:
            reason = "" if at > SILENT else draw.choice(["too_small", "too_large"])
            returns.append((names[0], str(back), reason))
    write("lines", ["order_no", "ordered_at", "customer_no", "article_no", "price", "shipped_at"], lines)
    write("returns", ["order_no", "returned_at", "reason"], returns)
    selects = Path("sources/small")
    selects.mkdir(parents=True)
    (selects / "order_lines.sql").write_text(LINES)
    (selects / "returns.sql").write_text(RETURNS)
    (selects / "products.sql").write_text(PRODUCTS)


def write(name, header, rows):
    file = Path(f"data/raw/small/{name}.csv")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])


def test_the_chain_of_a_small_shop_ends_and_its_cards_say_what_could_not_be_measured(small, run_stage):
    assert {stage: run_stage(stage)[0] for stage in STAGES} == dict.fromkeys(STAGES, 0)
    for name in ("slices", "cold_start", "evidence"):
        header = (small / f"models/backtest/risk/{name}.csv").read_text().splitlines()[0]
        assert header.split(",")[1:4] == ["lines", "return_rate", "mean_risk"] or header.startswith("dimension,slice")
    card = " ".join((small / "models/cards/risk.md").read_text().split())
    assert "No slice of the backtest is large enough to measure" in card
    assert "How good it is on single slices is not known" in card
    # Reasons were learnt, and nobody gave one in the test period.
    metrics = json.loads((small / "models/metrics.json").read_text())
    assert metrics["reason"]["model"] == {"lines": 0.0, "classes": 2.0}
    assert metrics["risk"]["model"]["lines"] > 0


def test_a_shop_without_any_return_is_told_so_at_once(small, run_stage):
    write("returns", ["order_no", "returned_at", "reason"], [])
    code, line = run_stage("validate")
    assert code == 5
    assert "returns: rule returns.not_empty is broken: there is no return at all, so nothing can be learnt" in line
    assert (small / "data/quarantine/returns.parquet").exists()
