"""The files: the same for the same seed, nothing from the future, nothing of the truth."""

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.simulate import simulate_shop, write_shop
from returns_risk.simulate.comments import PERSONAL_DATA

FILES = ["orders.csv", "order_lines.csv", "returns.csv", "articles.csv", "customers.csv"]
UNTIL = date(2026, 3, 2)
Tables = dict[str, pd.DataFrame]


def written(folder: Path, seed: int) -> dict[str, bytes]:
    paths = write_shop(folder, simulate_shop(seed, UNTIL, days=120, lines=2_000))
    return {path.name: path.read_bytes() for path in paths}


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    assert written(tmp_path / "one", 7) == written(tmp_path / "two", 7)


def test_another_seed_is_another_shop(tmp_path: Path) -> None:
    one, two = written(tmp_path / "one", 7), written(tmp_path / "two", 8)
    assert [name for name in FILES if one[name] == two[name]] == []


def test_five_files_are_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    written(tmp_path, 7)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("lines", [1_000, 2_000, 10_000])
def test_there_are_about_as_many_lines_as_asked(lines: int) -> None:
    tables = simulate_shop(3, UNTIL, days=90, lines=lines)
    assert len(tables["order_lines"]) == pytest.approx(lines, rel=0.05)


def test_nothing_is_dated_at_or_after_midnight_in_berlin(tables: Tables) -> None:
    dated = {
        "orders": ["ordered_at"],
        "order_lines": ["shipped_at", "delivered_at", "cancelled_at"],
        "returns": ["received_at"],
        "customers": ["registered_at"],
        "articles": ["first_sale_on"],
    }
    latest = {f"{name}.{column}": tables[name][column].max() for name, columns in dated.items() for column in columns}
    assert max(latest.values()) < "2026-03-01T23:00:00Z"
    assert min(latest.values()) > "2026-02"


def test_orders_begin_with_the_first_day() -> None:
    orders = simulate_shop(7, UNTIL, days=30, lines=3_000)["orders"]
    local = pd.to_datetime(orders["ordered_at"]).dt.tz_convert("Europe/Berlin")
    assert orders["ordered_at"].min() >= "2026-01-30T23:00:00Z"
    assert orders["ordered_at"].max() < "2026-03-01T23:00:00Z"
    assert local.dt.date.nunique() == 30


def test_times_are_iso_8601_in_utc(tables: Tables) -> None:
    pattern = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    assert tables["orders"]["promised_at"].map(pattern.fullmatch).notna().all()
    assert tables["order_lines"]["shipped_at"].map(lambda text: text == "" or pattern.fullmatch(text)).all()


def test_ids_keep_their_leading_zeros(tables: Tables) -> None:
    assert tables["orders"]["order_no"].str.fullmatch(r"0\d{9}").all()
    assert tables["articles"]["article_no"].str.fullmatch(r"0\d{9}").all()
    assert tables["articles"]["style_no"].str.fullmatch(r"0\d{5}").all()
    assert tables["customers"]["customer_no"].str.fullmatch(r"C0\d{5}").all()


def test_keys_are_unique_and_references_resolve(tables: Tables) -> None:
    lines, returns = tables["order_lines"], tables["returns"]
    assert not lines.duplicated(["order_no", "position"]).any()
    assert not returns.duplicated(["order_no", "position"]).any()
    assert tables["articles"]["article_no"].is_unique
    assert lines["article_no"].isin(tables["articles"]["article_no"]).all()
    assert tables["orders"]["customer_no"].isin(tables["customers"]["customer_no"]).all()
    came = returns.merge(lines, on=["order_no", "position"], how="left", suffixes=("_back", ""), validate="one_to_one")
    assert (came["received_at"] > came["delivered_at"]).all()
    assert came["qty_back"].between(1, came["qty"]).all()


def test_what_happens_to_a_line_happens_in_its_order(tables: Tables) -> None:
    lines = tables["order_lines"].merge(tables["orders"], on="order_no", validate="many_to_one")
    for early, late in [("ordered_at", "shipped_at"), ("shipped_at", "delivered_at"), ("ordered_at", "cancelled_at")]:
        both = lines[lines[late] != ""]
        assert (both[early] < both[late]).all(), late
    assert (lines.loc[lines["status"] == "cancelled", "shipped_at"] == "").all()
    waits = _days(lines, "ordered_at", "shipped_at")
    assert (waits.min(), waits.max()) == (0, 3)
    travels = _days(lines, "shipped_at", "delivered_at")
    assert (travels.min(), travels.max()) == (1, 6)


def _days(lines: pd.DataFrame, early: str, late: str) -> pd.Series:
    done = lines[lines[late] != ""]
    one, two = (
        pd.to_datetime(done[name]).dt.tz_convert("Europe/Berlin").dt.tz_localize(None) for name in (early, late)
    )
    return (two.dt.normalize() - one.dt.normalize()).dt.days


def test_an_order_is_placed_by_a_registered_customer_for_articles_on_sale(tables: Tables) -> None:
    lines = (
        tables["order_lines"]
        .merge(tables["orders"], on="order_no", validate="many_to_one")
        .merge(tables["customers"], on="customer_no", validate="many_to_one")
        .merge(tables["articles"], on="article_no", validate="many_to_one")
    )
    assert (lines["registered_at"] <= lines["ordered_at"]).all()
    local = pd.to_datetime(lines["ordered_at"]).dt.tz_convert("Europe/Berlin").dt.strftime("%Y-%m-%d")
    assert (lines["first_sale_on"] <= local).all()


def test_no_latent_column_is_exported(tables: Tables) -> None:
    assert {name: list(table.columns) for name, table in tables.items()} == {
        "orders": [
            "order_no", "customer_no", "ordered_at", "country", "currency", "sales_channel", "device", "payment",
            "voucher", "warehouse", "promised_at",
        ],
        "order_lines": [
            "order_no", "position", "article_no", "qty", "price", "list_price", "status", "shipped_at", "delivered_at",
            "cancelled_at",
        ],
        "returns": [
            "return_no", "order_no", "position", "received_at", "qty", "reason_code", "comment", "condition",
        ],
        "articles": [
            "article_no", "style_no", "brand", "product_group", "size", "colour", "first_sale_on", "list_price",
            "photo",
        ],
        "customers": [
            "customer_no", "registered_at", "birth_year", "country", "language", "segment", "profiling_opt_out",
        ],
    }  # fmt: skip


def test_some_comments_hold_made_up_personal_data(tables: Tables) -> None:
    comments = tables["returns"]["comment"]
    assert (comments != "").mean() == pytest.approx(0.2, abs=0.03)
    for text in PERSONAL_DATA:
        assert comments.str.contains(text, regex=False).any(), text
