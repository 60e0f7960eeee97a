"""The files: the same for the same seed, nothing from the future, nothing of the truth."""

import hashlib
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from shop_simulator import Definition, Places, simulate, write_raw, write_shop
from shop_simulator.comments import PERSONAL_DATA
from shop_simulator.raw import raw_tables

FILES = ["orders.csv", "order_lines.csv", "returns.csv", "articles.csv", "customers.csv"]
Tables = dict[str, pd.DataFrame]


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_definition_writes_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shop_simulator", "simulate", "--start", "2026-01-05", "--lines-per-day", "30"]
    for name, salt in (("first", "1"), ("second", "2")):
        places = ["--raw", f"{name}/raw", "--truth", f"{name}/truth", "--dirt", "rows"]
        subprocess.run([*command, *places], cwd=tmp_path, env=os.environ | {"PYTHONHASHSEED": salt}, check=True)
    for kind in ("raw", "truth"):
        assert hashes(tmp_path / "first" / kind) == hashes(tmp_path / "second" / kind)
    assert sorted(hashes(tmp_path / "first" / "raw")) == sorted(FILES)
    assert sorted(hashes(tmp_path / "first" / "truth")) == ["faults.csv", "lines.parquet", "shop.json"]


def test_another_seed_is_another_shop(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_raw(tmp_path / str(seed), simulate(Definition(seed, date(2026, 2, 1), 30), date(2026, 3, 2)))
    item, two = hashes(tmp_path / "1"), hashes(tmp_path / "2")
    assert [name for name in FILES if item[name] == two[name]] == []


@pytest.mark.parametrize("lines_per_day", [10, 50, 300])
def test_a_year_has_about_as_many_lines_as_requested(lines_per_day: int) -> None:
    shop = simulate(Definition(3, date(2025, 2, 3), lines_per_day), date(2026, 2, 3))
    assert len(shop.lines) == pytest.approx(365 * lines_per_day, rel=0.2)


def test_nothing_is_dated_at_or_after_midnight_in_berlin(tables: Tables) -> None:
    dated = {
        "orders": ["ordered_at"],
        "order_lines": ["shipped_at", "delivered_at", "cancelled_at", "booked_at"],
        "returns": ["received_at", "booked_at"],
        "customers": ["registered_at"],
        "articles": ["first_sale_on"],
    }
    latest = {f"{name}.{column}": tables[name][column].max() for name, columns in dated.items() for column in columns}
    assert max(latest.values()) < "2026-03-01T23:00:00Z"
    assert min(latest.values()) > "2026-02"


def test_orders_begin_with_the_first_day_and_no_day_is_without() -> None:
    shop = simulate(Definition(7, date(2026, 1, 31), 3), date(2026, 3, 2))
    orders = raw_tables(shop)["orders"].to_pandas()
    local = pd.to_datetime(orders["ordered_at"]).dt.tz_convert("Europe/Berlin")
    assert orders["ordered_at"].min() >= "2026-01-30T23:00:00Z"
    assert orders["ordered_at"].max() < "2026-03-01T23:00:00Z"
    assert local.dt.date.nunique() == 30


def test_times_are_iso_8601_in_utc(tables: Tables) -> None:
    pattern = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    assert tables["orders"]["promised_at"].map(pattern.fullmatch).notna().all()
    assert tables["order_lines"]["shipped_at"].map(lambda text: text == "" or pattern.fullmatch(text)).all()


def test_the_shops_times_are_converted_to_utc_across_both_changes_of_the_clock(tables: Tables) -> None:
    promised = pd.to_datetime(tables["orders"]["promised_at"])
    assert set(promised.dt.tz_convert("Europe/Berlin").dt.strftime("%H:%M")) == {"20:00"}
    assert set(promised.dt.strftime("%H:%M")) == {"18:00", "19:00"}


def test_ids_keep_their_leading_zeros(tables: Tables) -> None:
    assert tables["orders"]["order_no"].str.fullmatch(r"0\d{9}").all()
    assert tables["articles"]["article_no"].str.fullmatch(r"0\d{9}").all()
    assert tables["articles"]["style_no"].str.fullmatch(r"0\d{5}").all()
    assert tables["customers"]["customer_no"].str.fullmatch(r"C\d{7}").all()


def test_keys_are_unique_and_references_resolve(tables: Tables) -> None:
    lines, returns = tables["order_lines"], tables["returns"]
    assert not lines.duplicated(["order_no", "position"]).any()
    assert not returns.duplicated(["order_no", "position"]).any()
    assert tables["articles"]["article_no"].is_unique
    assert tables["customers"]["customer_no"].is_unique
    assert lines["article_no"].isin(tables["articles"]["article_no"]).all()
    assert tables["orders"]["customer_no"].isin(tables["customers"]["customer_no"]).all()
    came = returns.merge(lines, on=["order_no", "position"], how="left", suffixes=("_back", ""), validate="one_to_one")
    assert (came["received_at"] > came["delivered_at"]).all()
    assert came["qty_back"].between(1, came["qty"]).all()
    assert (came["qty_back"] < came["qty"]).any()


def test_what_happens_to_a_line_happens_in_its_order(tables: Tables) -> None:
    lines = tables["order_lines"].merge(tables["orders"], on="order_no", validate="many_to_one")
    for early, late in [("ordered_at", "shipped_at"), ("shipped_at", "delivered_at"), ("ordered_at", "cancelled_at")]:
        both = lines[lines[late] != ""]
        assert (both[early] < both[late]).all(), late
    assert (lines.loc[lines["status"] == "cancelled", ["shipped_at", "delivered_at"]] == "").all(axis=None)
    assert ((lines["carrier"] == "") == (lines["shipped_at"] == "")).all()


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
            "order_no", "position", "article_no", "qty", "price", "list_price", "status", "carrier", "shipped_at",
            "delivered_at", "cancelled_at", "booked_at",
        ],
        "returns": [
            "return_no", "order_no", "position", "received_at", "qty", "reason_code", "comment", "condition",
            "booked_at",
        ],
        "articles": [
            "article_no", "style_no", "brand", "department", "product_group", "size", "colour", "generation",
            "first_sale_on", "list_price", "photo",
        ],
        "customers": [
            "customer_no", "registered_at", "birth_year", "country", "language", "segment", "profiling_opt_out",
        ],
    }  # fmt: skip


def test_comments_may_hold_invented_personal_data_and_many_are_careless(tables: Tables) -> None:
    comments = tables["returns"]["comment"]
    written = comments[comments != ""]
    assert len(written) / len(comments) == pytest.approx(0.2, abs=0.03)
    indiscreet = written[written.map(lambda text: any(data in text for data in PERSONAL_DATA))]
    assert len(indiscreet) / len(written) == pytest.approx(0.05, abs=0.02)
    assert written.map(str.islower).mean() > 0.1
    assert written.map(str.isupper).mean() > 0.03


def test_a_run_that_fails_leaves_the_previous_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places(tmp_path / "raw", tmp_path / "truth", tmp_path / "applied.csv")
    definition = Definition(1, date(2026, 2, 1), 5)
    write_shop(places, definition, date(2026, 2, 20))
    before = hashes(places.raw)

    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pyarrow.csv.write_csv", fail)
    with pytest.raises(KeyboardInterrupt):
        write_shop(places, definition, date(2026, 2, 21))
    assert hashes(places.raw) == before
