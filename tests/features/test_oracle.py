"""Plain SQL over the raw events, row by row and without any of our code, gives the same features."""

from datetime import timedelta

import duckdb
import numpy as np
import pandas as pd
from hypothesis import given, settings

from tests.random_shops import FIRST, LAST, POLICY, ZONE, features_at_own_as_of, shops

# One row per line: the days on which what became of it was known.
LINES = f"""
CREATE TEMP TABLE lines AS
WITH days AS (
    SELECT *,
        CAST(ordered_at AT TIME ZONE '{ZONE}' AS DATE) AS ordered_day,
        CAST(coalesce(recorded_at, ordered_at) AT TIME ZONE '{ZONE}' AS DATE) AS recorded_day,
        CAST(promised_at AT TIME ZONE '{ZONE}' AS DATE) AS promised_day,
        CAST(delivered_at AT TIME ZONE '{ZONE}' AS DATE) AS delivered_day,
        CAST(cancelled_at AT TIME ZONE '{ZONE}' AS DATE) AS cancelled_day
    FROM raw_lines LEFT JOIN raw_products USING (sku) LEFT JOIN terms USING (market)
)
SELECT *,
    greatest(ordered_day, recorded_day) AS known_day,
    greatest(
        window_days::INT + least(
            coalesce(delivered_day, DATE '9999-01-01'),
            coalesce(promised_day + grace::INT, ordered_day + delivery::INT)
        ),
        greatest(ordered_day, recorded_day)
    ) AS closing_day,
    CASE WHEN cancelled_day IS NOT NULL THEN greatest(cancelled_day, ordered_day, recorded_day) END AS cancelling_day
FROM days;
CREATE TEMP TABLE come_back AS
SELECT r.line_id, r.quantity AS units, r.quantity * l.unit_price AS money,
    greatest(
        CAST(r.returned_at AT TIME ZONE '{ZONE}' AS DATE),
        CAST(coalesce(r.recorded_at, r.returned_at) AT TIME ZONE '{ZONE}' AS DATE),
        l.known_day
    ) AS day
FROM raw_returns r JOIN lines l USING (line_id);
CREATE TEMP TABLE fates AS
SELECT l.*,
    (SELECT min(day) FROM come_back b WHERE b.line_id = l.line_id) AS first_return,
    coalesce(
        (SELECT sum(units) FROM come_back b WHERE b.line_id = l.line_id AND b.day <= l.closing_day), 0
    ) AS back_in_time,
    cancelling_day IS NULL OR cancelling_day > closing_day AS closes
FROM lines l;
CREATE TEMP TABLE events AS
SELECT *, 'ordered' AS event, known_day AS day, 1 AS n, quantity AS u FROM fates
UNION ALL SELECT *, 'closed', closing_day, 1, quantity FROM fates WHERE closes
UNION ALL SELECT *, 'kept', closing_day, (back_in_time = 0)::INT, quantity - back_in_time FROM fates
    WHERE closes AND quantity > back_in_time
UNION ALL SELECT *, 'cancelled', cancelling_day, 1, quantity FROM fates WHERE cancelling_day IS NOT NULL
UNION ALL SELECT *, 'settled', least(closing_day, coalesce(cancelling_day, closing_day)), 1, quantity FROM fates
UNION ALL SELECT f.*, 'returned', b.day, 0, b.units FROM come_back b JOIN fates f USING (line_id)
UNION ALL SELECT *, 'returned', first_return, 1, 0 FROM fates WHERE first_return IS NOT NULL;
"""
KEYS = {
    "shop": [],
    "market": ["market"],
    "style": ["style"],
    "customer": ["customer_id"],
    "customer_sku": ["customer_id", "sku"],
}


def loaded(shop):
    connection = duckdb.connect()
    markets = pd.concat([shop.order_lines["market"], shop.order_lines["market"]]).drop_duplicates()
    terms = pd.DataFrame([{"market": m, **POLICY.market(m).model_dump()} for m in markets]).rename(
        columns={"return_window_days": "window_days", "delivery_days": "delivery", "grace_days": "grace"}
    )
    for name, frame in [
        ("raw_lines", shop.order_lines),
        ("raw_returns", shop.returns),
        ("raw_products", shop.products),
        ("terms", terms),
    ]:
        connection.register(f"{name}_frame", frame)
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_frame")
    connection.execute(LINES)
    return connection


def ask(connection, entity, event, what, window="all"):
    """One number per line at its first as-of, by line_id."""
    same = " AND ".join(f"e.{key} = l.{key}" for key in KEYS[entity]) or "true"
    start = "DATE '0001-01-01'" if window == "all" else f"l.known_day + 1 - {window}"
    query = f"""
        SELECT l.line_id, {what} AS value FROM fates l
        LEFT JOIN events e ON {same} AND e.event = '{event}' AND e.day < l.known_day + 1 AND e.day >= {start}
        GROUP BY ALL ORDER BY l.line_id
    """
    return connection.sql(query).to_arrow_table().to_pandas().set_index("line_id")["value"].astype(float)


MEASURES = {
    "lines": "coalesce(sum(e.n), 0)",
    "units": "coalesce(sum(e.u), 0)",
    "money": "coalesce(sum(e.u * e.unit_price), 0)",
}


def rate(connection, entity, window, prior, strength):
    closed, kept = (ask(connection, entity, event, MEASURES["lines"], window) for event in ("closed", "kept"))
    return (closed - kept + strength * prior) / (closed + strength)


def same(features, name, expected, has_key):
    expected = expected.reindex(features.index).where(has_key)
    np.testing.assert_allclose(features[name].to_numpy(), expected.to_numpy(), rtol=1e-5, atol=1e-5, err_msg=name)


def line_facts(connection):
    return connection.sql("SELECT * FROM fates ORDER BY line_id").to_arrow_table().to_pandas().set_index("line_id")


@given(shops())
@settings(deadline=None, max_examples=40)
def test_history_equals_plain_sql(shop):
    features, connection = features_at_own_as_of(shop, LAST, LAST), loaded(shop)
    facts = line_facts(connection)
    everyone = pd.Series(True, index=facts.index)
    has = {entity: everyone if not keys else facts[keys].notna().all(axis=1) for entity, keys in KEYS.items()}
    for entity, counts in [("style", "all"), ("customer", "all"), ("customer_sku", "few")]:
        for window in ("all", 5, 2):
            for event in ("ordered", "returned", "kept", "cancelled") if counts == "all" else ("ordered", "returned"):
                for measure, what in MEASURES.items() if counts == "all" else [("lines", MEASURES["lines"])]:
                    name = f"{entity}_{event}_{measure}_{'all' if window == 'all' else f'{window}d'}"
                    same(features, name, ask(connection, entity, event, what, window), has[entity])
    top = rate(connection, "shop", "all", 0.1, 3)
    market = rate(connection, "market", "all", top, 4)
    for window, ending in (("all", "all"), (5, "5d"), (2, "2d")):
        same(features, f"shop_return_rate_{ending}", rate(connection, "shop", window, 0.1, 3), everyone)
        same(features, f"market_return_rate_{ending}", rate(connection, "market", window, top, 4), everyone)
        # Without a style only its parent's rate is left.
        style = rate(connection, "style", window, top, 2).where(has["style"], top)
        same(features, f"style_return_rate_{ending}", style, everyone)
        if window != 2:
            same(features, f"customer_return_rate_{ending}", rate(connection, "customer", window, market, 5), everyone)


@given(shops())
@settings(deadline=None, max_examples=30)
def test_recency_pending_and_usual_equal_plain_sql(shop):
    features, connection = features_at_own_as_of(shop, LAST, LAST), loaded(shop)
    facts = line_facts(connection)
    everyone = pd.Series(True, index=facts.index)
    today = pd.to_datetime(facts["known_day"]) + pd.Timedelta(days=1)
    for event in ("returned", "kept", "cancelled"):
        last = ask(connection, "customer", event, "date_diff('day', DATE '1970-01-01', max(e.day))")
        same(features, f"customer_days_since_{event}", (today - pd.Timestamp(0)).dt.days - last, everyone)
    before = (
        connection.sql("""
        SELECT l.line_id, date_diff('day', max(e.day), l.known_day) AS days,
            l.quantity / (sum(e.quantity) / count(e.line_id)) AS quantity,
            l.unit_price / nullif(sum(e.quantity * e.unit_price) / sum(e.quantity), 0) AS unit_price
        FROM fates l LEFT JOIN events e ON e.customer_id = l.customer_id AND e.event = 'ordered' AND e.day < l.known_day
        GROUP BY l.line_id, l.known_day, l.quantity, l.unit_price ORDER BY l.line_id
    """)
        .to_arrow_table()
        .to_pandas()
        .set_index("line_id")
        .astype(float)
    )
    same(features, "customer_days_since_ordered", before["days"], everyone)
    same(features, "customer_usual_quantity_ratio", before["quantity"], everyone)
    same(features, "customer_usual_unit_price_ratio", before["unit_price"], everyone)
    ordered, settled = (ask(connection, "customer", event, MEASURES["lines"]) for event in ("ordered", "settled"))
    same(features, "customer_pending_lines", ordered - settled, everyone)


@given(shops())
@settings(deadline=None, max_examples=30)
def test_baskets_equal_plain_sql(shop):
    features, connection = features_at_own_as_of(shop, LAST, LAST), loaded(shop)
    basket = (
        connection.sql("""
        SELECT l.line_id, sum(e.quantity) AS basket_units, count(DISTINCT e.sku) AS basket_skus,
            count(DISTINCT e.sku) FILTER (e.style = l.style) AS basket_skus_of_style,
            l.quantity * l.unit_price / nullif(sum(e.quantity * e.unit_price), 0) AS basket_value_share,
            count(*) FILTER (e.unit_price > l.unit_price) + 1 AS basket_price_rank
        FROM fates l JOIN fates e ON e.order_id = l.order_id AND e.known_day <= l.known_day
        GROUP BY l.line_id, l.quantity, l.unit_price, l.style ORDER BY l.line_id
    """)
        .to_arrow_table()
        .to_pandas()
        .set_index("line_id")
        .astype(float)
    )
    styled = line_facts(connection)["style"].notna()
    for name in basket:
        has_key = styled if name == "basket_skus_of_style" else pd.Series(True, index=basket.index)
        same(features, name, basket[name], has_key)


def test_the_first_day_is_before_all_events():
    assert FIRST + timedelta(days=1) < LAST
