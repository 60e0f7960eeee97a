"""The table holds what the export says, night by night, in SQLite and in PostgreSQL, and fails as a whole."""

import json
from datetime import UTC, date

import pandas as pd
import pytest
import sqlalchemy

from returns_risk.errors import DeliveryError
from returns_risk.export.database import publish_table
from tests.small_exports import EVIDENCE, write_night

NIGHT = date(2026, 3, 2)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:///{tmp_path}/shop.db" if request.param == "sqlite" else request.getfixturevalue("postgresql")


@pytest.fixture
def flagged(tmp_path):
    return pd.read_parquet(write_night(tmp_path / "export") / "flagged_orders.parquet")


def query(url, text):
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        done = connection.exec_driver_sql(text)
        return [dict(row._mapping) for row in done] if done.returns_rows else []


def rows(url):
    return query(url, "SELECT * FROM flagged_orders ORDER BY as_of, line_id")


def test_a_night_is_in_the_table_as_it_is_in_the_export(url, flagged):
    assert publish_table(flagged, url, "demo", NIGHT) == 5
    stored = rows(url)
    assert [row["line_id"] for row in stored] == ["O1-1", "O1-2", "O2-1", "O2-2", "O3-1"]
    # SQLite has no time zones: the times are UTC.
    times = (
        {name: f"{stored[0].pop(name):.16}" for name in ("ship_by", "reply_by")}
        if "sqlite" in url
        else {name: f"{stored[0].pop(name).astimezone(UTC):%Y-%m-%d %H:%M}" for name in ("ship_by", "reply_by")}
    )
    assert times == {"ship_by": "2026-03-03 19:00", "reply_by": "2026-03-02 11:00"}
    first = stored[0] | {"as_of": str(stored[0]["as_of"]), "ordered_on": str(stored[0]["ordered_on"])}
    assert first == {
        "source": "demo", "as_of": "2026-03-02", "order_id": "O1", "line_id": "O1-1", "sku": "00012",
        "ordered_on": "2026-03-01", "market": "DE", "warehouse": "LEJ1", "brand": "acme", "category": "shoes",
        "size": "M", "colour": "red", "quantity": 1, "unit_price": 9.9, "currency": "EUR", "line_value": 9.9,
        "decision": "act", "intervention": "sizing_guidance", "value": 2.504, "value_low": 1.0, "value_high": 3.0,
        "arm": "treatment", "no_action_reason": "", "risk": 0.71239, "risk_low": 0.6, "risk_high": 0.81239,
        "evidence": "some", "return_reason": "too_small", "return_reason_share": 0.61239,
        "reason_1": "size: 62%",
        "reason_2": "brand is brill", "message": "Your order O1\n\nIs M right?", "message_to": "customer",
        "message_language": "de", "message_subject": "Your order O1", "message_body": "Is M right?",
        "message_size": "L",
        "suggested_size": "L", "suggested_size_kept": 0.93349, "ordered_size_kept": 0.81999,
        "size_evidence": json.dumps(EVIDENCE, separators=(",", ":")), "resolution": "exchange",
        "resolution_text": "Offer L.",
    }  # fmt: skip
    assert stored[2]["return_reason_share"] is None


def test_the_columns_have_types_and_the_key_is_night_and_line(url, flagged):
    publish_table(flagged, url, "demo", NIGHT)
    inspector = sqlalchemy.inspect(sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool))
    assert inspector.get_pk_constraint("flagged_orders")["constrained_columns"] == ["source", "as_of", "line_id"]
    types = {column["name"]: str(column["type"]) for column in inspector.get_columns("flagged_orders")}
    values = {name: types[name].split()[0] for name in ("as_of", "line_id", "quantity", "risk")}
    assert values == {"as_of": "DATE", "line_id": "TEXT", "quantity": "BIGINT", "risk": "DOUBLE"}


def test_twice_changes_nothing(url, flagged):
    publish_table(flagged, url, "demo", NIGHT)
    before = rows(url)
    publish_table(flagged, url, "demo", NIGHT)
    assert rows(url) == before


def test_a_rerun_changes_its_night_only(url, flagged):
    publish_table(flagged, url, "demo", date(2026, 3, 1))
    publish_table(flagged, url, "demo", NIGHT)
    publish_table(flagged, url, "other", NIGHT)
    publish_table(flagged[flagged["line_id"] != "O1-1"].assign(risk=0.25), url, "demo", NIGHT)
    counts = query(url, "SELECT source, as_of, count(*) AS n, min(risk) AS risk FROM flagged_orders GROUP BY 1, 2")
    values = sorted((row["source"], str(row["as_of"]), row["n"], row["risk"]) for row in counts)
    assert values == [("demo", "2026-03-01", 5, 0.2), ("demo", "2026-03-02", 4, 0.25), ("other", "2026-03-02", 5, 0.2)]


def test_an_empty_night_empties_its_rows(url, flagged):
    publish_table(flagged, url, "demo", NIGHT)
    assert publish_table(flagged.head(0), url, "demo", NIGHT) == 0
    assert rows(url) == []


def test_a_new_column_is_added_and_one_that_others_added_stays(url, flagged):
    publish_table(flagged.drop(columns="reason_2"), url, "demo", NIGHT)
    query(url, "ALTER TABLE flagged_orders ADD COLUMN handled_by TEXT")
    query(url, "UPDATE flagged_orders SET handled_by = 'Kim'")
    publish_table(flagged.assign(weight_kg=0.5, fragile=True), url, "demo", NIGHT)
    first = rows(url)[0]
    assert (first["reason_2"], first["weight_kg"], bool(first["fragile"])) == ("brand is brill", 0.5, True)
    assert first["handled_by"] == "Kim"


def test_a_failure_leaves_rows_and_columns_as_they_were(url, flagged):
    publish_table(flagged, url, "demo", NIGHT)
    before = rows(url)
    broken = flagged.assign(weight_kg=0.5, risk=0.99, line_id=["new", *flagged["line_id"].iloc[:-1]])
    query(url, "CREATE UNIQUE INDEX one_sku ON flagged_orders (source, as_of, line_id, sku)")
    query(url, "CREATE UNIQUE INDEX one_risk ON flagged_orders (source, as_of, risk) WHERE risk = 0.99")
    with pytest.raises(DeliveryError, match=r"(?i)unique.*previous content is unchanged"):
        publish_table(broken, url, "demo", NIGHT)
    assert rows(url) == before


def test_a_password_is_in_no_message(flagged):
    with pytest.raises(DeliveryError, match=r"postgresql://ops:\*\*\*@localhost:1/shop: ") as caught:
        publish_table(flagged, "postgresql://ops:s3cr%40t@localhost:1/shop?options=-csecret", "demo", NIGHT)
    assert "s3cr" not in str(caught.value)
    assert "csecret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_refused_password_is_in_no_message_either(postgresql, flagged):
    address = sqlalchemy.make_url(postgresql)
    query(postgresql, "CREATE ROLE nobody LOGIN PASSWORD 'right'")
    query(postgresql, f'REVOKE CONNECT ON DATABASE "{address.database}" FROM PUBLIC')
    wrong = address.set(username="nobody", password="hunter2-hunter2").render_as_string(hide_password=False)
    with pytest.raises(DeliveryError, match="permission denied") as caught:
        publish_table(flagged, wrong, "demo", NIGHT)
    query(postgresql, "DROP ROLE nobody")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["postgres.example", "mysql://ops:s3cret@host/shop", "postgresql://ops:s3cret@host:x/y"]
)
def test_an_invalid_address_is_refused_without_repeating_it(flagged, url):
    with pytest.raises(DeliveryError, match="address cannot be read") as caught:
        publish_table(flagged, url, "demo", NIGHT)
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path, flagged):
    (tmp_path / "shop.db").write_text("not a database" * 100)
    with pytest.raises(DeliveryError, match=r"shop\.db: file is not a database"):
        publish_table(flagged, f"sqlite:///{tmp_path}/shop.db", "demo", NIGHT)


def test_a_folder_that_cannot_be_created_is_refused(tmp_path, flagged):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DeliveryError, match="its folder cannot be made"):
        publish_table(flagged, f"sqlite:///{tmp_path}/taken/shop.db", "demo", NIGHT)


def test_a_missing_driver_is_an_error_with_its_remedy(monkeypatch, flagged):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(DeliveryError, match=r"psycopg is not installed.*returns-risk\[postgres\]"):
        publish_table(flagged, "postgresql://localhost/shop", "demo", NIGHT)


def test_a_table_that_another_session_holds_is_not_waited_for_for_ever(flagged, postgresql, monkeypatch):
    monkeypatch.setattr("returns_risk.io.databases._WAIT", 1)
    publish_table(flagged, postgresql, "demo", NIGHT)
    engine = sqlalchemy.create_engine(postgresql, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("LOCK TABLE flagged_orders")
        with pytest.raises(DeliveryError, match="another process has locked it for more than 1 seconds"):
            publish_table(flagged, postgresql, "demo", NIGHT)
