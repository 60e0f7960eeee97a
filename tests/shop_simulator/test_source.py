"""The demo source: each contract table comes through, whole."""

from datetime import date
from pathlib import Path

import pandas as pd

from returns_risk.config.policy import load_policy
from returns_risk.contract.days import day_number
from returns_risk.contract.schema import CONTRACT
from returns_risk.history import find_outcomes
from returns_risk.snapshot import Shop
from returns_risk.sources import Source
from shop_simulator.world import MARKETS

Tables = dict[str, pd.DataFrame]
ROOT = Path(__file__).parents[2]


def test_no_row_is_rejected(source: Source) -> None:
    assert {name: len(rows) for name, rows in source.rejected.items()} == dict.fromkeys(CONTRACT, 0)


def test_every_row_of_the_export_arrives(source: Source, tables: Tables) -> None:
    raw = {"order_lines": "order_lines", "returns": "returns", "products": "articles", "customers": "customers"}
    assert {name: len(rows) for name, rows in source.tables.items()} == {
        name: len(tables[file]) for name, file in raw.items()
    }


def test_the_extract_has_all_columns_of_the_contract(source: Source) -> None:
    assert source.absent == {name: [] for name in CONTRACT}
    for name, table in CONTRACT.items():
        assert list(source.tables[name].columns) == [c.name for c in table.columns if c.stored]


def test_only_what_may_be_unknown_is_missing(source: Source) -> None:
    missing = {
        f"{name}.{column}"
        for name, table in source.tables.items()
        for column in table.columns[table.isna().any()].tolist()
    }
    assert missing == {
        "order_lines.voucher",
        "order_lines.shipped_at",
        "order_lines.delivered_at",
        "order_lines.cancelled_at",
        "customers.birth_year",
    }


def test_ids_keep_leading_zeros_and_make_the_line_id(source: Source) -> None:
    first = source.tables["order_lines"].iloc[0]
    assert (first["order_id"], first["line_id"]) == ("0000400001", "0000400001-1")
    assert source.tables["products"]["sku"].iloc[0] == "0042010101"


def test_the_last_night_has_candidates(source: Source) -> None:
    shop = Shop(source.tables, load_policy(ROOT / "policy.yaml"), "Europe/Berlin")
    snapshot = shop.snapshot(date(2026, 3, 2))
    rows = snapshot.candidates(open_days=14)
    assert 80 <= len(rows) <= 250
    assert snapshot.outcomes.ordered_on[rows.position].min() >= day_number(date(2026, 2, 25))


def test_few_returns_come_after_the_window_of_the_policy(source: Source) -> None:
    lines, returns = source.tables["order_lines"], source.tables["returns"]
    outcomes = find_outcomes(lines, returns, load_policy(ROOT / "policy.yaml"), "Europe/Berlin")
    late = (outcomes.return_on > outcomes.closes_on[outcomes.return_line]).mean()
    assert 0.004 <= late <= 0.02


def test_the_truth_and_the_labels_agree_on_what_came_back_in_time(source: Source, settled: pd.DataFrame) -> None:
    lines, returns = source.tables["order_lines"], source.tables["returns"]
    outcomes = find_outcomes(lines, returns, load_policy(ROOT / "policy.yaml"), "Europe/Berlin")
    in_time = outcomes.return_on <= outcomes.closes_on[outcomes.return_line]
    labelled = set(lines["line_id"].iloc[outcomes.return_line[in_time]])
    differ = settled.loc[settled["line_id"].isin(labelled) != settled["would_return"], "line_id"]
    # The policy takes a parcel for delivered some days past the promise, however long it took in truth.
    way = lines.set_index("line_id").loc[differ]
    assert (way["delivered_at"] - way["promised_at"] > pd.Timedelta(days=4)).all()
    assert len(differ) < 0.001 * len(settled)


def test_the_markets_terms_are_those_of_the_policy() -> None:
    policy = load_policy(ROOT / "policy.yaml")
    windows = {market.code: market.return_window_days for market in MARKETS}
    assert windows == {name: terms.return_window_days for name, terms in policy.markets.items()}
