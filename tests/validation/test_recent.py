"""Rules about what is new tonight: each fires on its fault and on nothing else."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from returns_risk.errors import DataError
from returns_risk.snapshot.as_of import as_of_view
from returns_risk.validation import raise_for_broken
from returns_risk.validation.checks import shop_checks
from returns_risk.validation.figures import describe_figures
from returns_risk.validation.previous import PREVIOUS_RULES
from returns_risk.validation.quarantine import rejected_as_text
from returns_risk.validation.recent import RECENT_RULES
from returns_risk.validation.recent_rows import day_before, read_rows
from returns_risk.validation.shop_rule import AcceptedTables
from returns_risk.validation.shop_rules import SHOP_RULES
from returns_risk.validation.stopped_feeds import STOPPED_FEEDS_RULES

DAYS, A_DAY = 100, 4
TOLERATED = {rule.name: rule.tolerated_share for rule in SHOP_RULES}
REASONS = ["too small", "too large", "colour"]


@pytest.fixture
def shop(make, as_of):
    """Four lines a day until the eve; they ship the next day, and every fourth comes back after ten."""
    times = [as_of - pd.Timedelta(days=DAYS - n // A_DAY, hours=-3 * (n % A_DAY)) for n in range(DAYS * A_DAY)]
    lines = make(
        "order_lines",
        *(
            {
                "order_id": f"O{n}", "line_id": f"L{n}", "ordered_at": at, "customer_id": f"C{n % 40}",
                "sku": f"S{n % 10}", "unit_price": 10.0 + n % 10, "shipped_at": at + pd.Timedelta(days=1),
                "delivered_at": at + pd.Timedelta(days=2),
            }
            for n, at in enumerate(times)
        ),
    )  # fmt: skip
    returns = make(
        "returns",
        *(
            {"line_id": f"L{n}", "returned_at": at + pd.Timedelta(days=10), "reason": REASONS[n % 3]}
            for n, at in enumerate(times[: -11 * A_DAY])
            if n % 4 == 0
        ),
    )
    products = make("products", *({"sku": f"S{n}"} for n in range(10)))
    customers = make("customers", *({"customer_id": f"C{n}"} for n in range(40)))
    return {
        "order_lines": lines,
        "returns": returns,
        "products": products,
        "customers": customers.assign(opted_out=pd.array([n < 5 for n in range(40)], dtype="boolean")),
    }


@pytest.fixture
def failed(as_of):
    """Return the names of the rules that fail, with the rejected rows by table as text with ``rule``."""

    def failed(shop, rejected=None, previous=None):
        empty = {name: rejected_as_text(None, list(frame.columns)) for name, frame in shop.items()}
        quarantine = empty | (rejected or {})
        read = {}
        for name in ("order_lines", "returns"):
            unread = quarantine[name].assign(rule=quarantine[name].get("rule"))
            good = shop[name].drop(unread.index).reset_index(drop=True) if len(unread) else shop[name]
            read[name] = read_rows(name, good, unread, unread.head(0), as_of)
            shop = shop | {name: good}
        # Validation rejects the returns of rejected lines.
        known = shop["returns"]["line_id"].isin(shop["order_lines"]["line_id"])
        shop = shop | {"returns": shop["returns"][known]}
        accepted = AcceptedTables(as_of_view(shop, as_of), quarantine, as_of, read=read, previous=previous or {})
        checks = shop_checks(accepted, TOLERATED, (*RECENT_RULES, *STOPPED_FEEDS_RULES, *PREVIOUS_RULES))
        return [check.rule for check in checks if not check.passed]

    return failed


@given(
    first=st.integers(0, DAYS * A_DAY),
    last=st.integers(0, DAYS * A_DAY),
    returns=st.integers(0, 90),
    columns=st.lists(st.sampled_from(["shipped_at", "delivered_at", "currency"]), unique=True),
    tables=st.lists(st.sampled_from(["products", "customers"]), unique=True),
    rejected=st.lists(st.integers(0, DAYS * A_DAY - 1), max_size=5, unique=True),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_part_of_a_shop_can_be_counted(shop, as_of, first, last, returns, columns, tables, rejected):
    lines = shop["order_lines"].drop(columns=columns)
    unread = lines.iloc[rejected].astype("str").assign(rule="order_lines.sku_type", ordered_at="never")
    part = {
        "order_lines": lines.drop(index=rejected).iloc[first:last].reset_index(drop=True),
        "returns": shop["returns"].iloc[:returns],
        **{name: shop[name] for name in tables},
    }
    unread.index = pd.RangeIndex(len(unread))
    read = read_rows("order_lines", part["order_lines"], unread, unread.head(0), as_of)
    known, figures = as_of_view(part, as_of), describe_figures(shop)
    accepted = AcceptedTables(known, {}, as_of, read={"order_lines": read}, previous=figures)
    for rule in (*RECENT_RULES, *STOPPED_FEEDS_RULES, *PREVIOUS_RULES):
        count = rule.count(accepted) if rule.table in part else None
        assert count is None or 0 <= count.broken <= count.rows


def reject(frame, rows, **texts):
    return frame.iloc[rows].astype("str").assign(rule="order_lines.unit_price_type", **texts)


def test_no_rule_fires_on_a_shop_without_faults(shop, failed):
    assert failed(shop, previous=describe_figures(shop)) == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (slice(-1, None), []),
        ([-30], []),
        # One bad order is no bad day, and three bad rows in a fortnight are no bad fortnight.
        ([-1, -15, -30], []),
        (slice(-3, None), ["order_lines.latest_accepted"]),
        (slice(-10, None), ["order_lines.recent_accepted", "order_lines.latest_accepted"]),
        # They happened long before the open lines.
        (slice(100, 110), []),
    ],
)
@pytest.mark.parametrize("texts", [{}, {"ordered_at": "31.31.2026 10:00"}], ids=["dated", "undated"])
def test_rejected_lines_are_judged_on_the_days_of_the_open_lines(shop, failed, rows, expected, texts):
    assert failed(shop, {"order_lines": reject(shop["order_lines"], rows, **texts)}) == expected


def test_a_newest_day_whose_times_cannot_be_read_is_noticed(shop, failed):
    rejected = reject(shop["order_lines"], slice(-A_DAY, None), ordered_at="0000-00-00")
    assert "order_lines.latest_accepted" in failed(shop, {"order_lines": rejected})


def test_a_share_that_was_always_rejected_is_not_new(shop, failed):
    rejected = reject(shop["order_lines"], slice(None, None, 4))
    assert failed(shop, {"order_lines": rejected}) == []


def test_rejected_returns_are_judged_on_these_days_too(shop, failed):
    assert failed(shop, {"returns": reject(shop["returns"], slice(-4, None))}) == ["returns.recent_accepted"]


def lose_after(shop, as_of, table, column, days):
    frame = shop[table]
    return shop | {
        table: frame.assign(**{column: frame[column].mask(frame[column] >= as_of - pd.Timedelta(days=days))})
    }


@pytest.mark.parametrize(
    ("table", "column", "days", "expected"),
    [
        ("order_lines", "shipped_at", 3, []),
        ("order_lines", "shipped_at", 5, ["order_lines.shipped_at_recent"]),
        ("order_lines", "delivered_at", 5, []),
        ("order_lines", "delivered_at", 8, ["order_lines.delivered_at_recent"]),
    ],
)
def test_scans_that_stop_while_orders_continue_are_noticed(shop, failed, as_of, table, column, days, expected):
    assert failed(lose_after(shop, as_of, table, column, days)) == expected


@pytest.mark.parametrize(("share", "expected"), [(4, []), (2, ["order_lines.waiting_usual"])])
def test_lines_that_pile_up_because_some_scans_are_lost_are_noticed(shop, failed, as_of, share, expected):
    lines = shop["order_lines"]
    lost = (lines["shipped_at"] >= as_of - pd.Timedelta(days=14)) & (lines.index % share == 0)
    times = ["shipped_at", "delivered_at"]
    assert failed(shop | {"order_lines": lines.assign(**lines[times].mask(lost))}) == expected


def test_a_closed_shop_loses_no_scans(shop, failed, as_of):
    lines = lose_after(shop, as_of, "order_lines", "shipped_at", 8)["order_lines"]
    assert failed(shop | {"order_lines": lines[lines["ordered_at"] < as_of - pd.Timedelta(days=9)]}) == []


@pytest.mark.parametrize(("days", "expected"), [(12, []), (14, ["returns.returned_at_recent"])])
def test_a_feed_of_returns_that_is_frozen_is_noticed(shop, failed, as_of, days, expected):
    returns = shop["returns"]
    assert failed(shop | {"returns": returns[returns["returned_at"] < as_of - pd.Timedelta(days=days)]}) == expected


def test_a_shop_with_few_returns_waits_longer_for_the_next(shop, failed):
    assert failed(shop | {"returns": shop["returns"].iloc[:5]}) == []
    assert failed(shop | {"returns": shop["returns"].iloc[:90:5]}) == []


@pytest.mark.parametrize(("factor", "fires"), [(100, True), (0.01, True), (0.0, True), (5, False)])
def test_prices_in_another_unit_are_noticed(shop, failed, factor, fires):
    lines = shop["order_lines"].copy()
    lines.loc[lines.index[-3:], "unit_price"] *= factor
    assert failed(shop | {"order_lines": lines}) == (["order_lines.latest_unit_price"] if fires else [])
    # One order of a dear new article.
    lines.loc[lines.index[-3:], ["order_id", "sku"]] = ["O399", "new"]
    assert failed(shop | {"order_lines": lines.assign(sku=lines["sku"].replace("new", "S1"))}) == []


def test_prices_in_another_currency_are_compared_with_their_own(shop, failed):
    lines = shop["order_lines"].copy()
    lines.loc[lines.index[-3:], "currency"] = "HUF"
    lines.loc[lines.index[-3:], "unit_price"] *= 400
    assert failed(shop | {"order_lines": lines}) == []


@pytest.mark.parametrize("reason", ["other", None])
def test_a_reason_that_all_returns_have_all_at_once_is_noticed(shop, failed, reason):
    returns = shop["returns"].copy()
    returns.loc[returns.index[-10:], "reason"] = reason
    assert failed(shop | {"returns": returns}) == []
    returns.loc[returns.index[-20:], "reason"] = reason
    assert failed(shop | {"returns": returns}) == ["returns.latest_reason"]
    assert failed(shop | {"returns": returns.assign(reason=reason)}) == []


@pytest.mark.parametrize(("key", "rule"), [("sku", "latest_sku_known"), ("customer_id", "latest_customer_known")])
def test_new_keys_that_the_other_table_lacks_are_noticed(shop, failed, key, rule):
    lines = shop["order_lines"].copy()
    lines.loc[lines.index[-4:], key] = "unknown"
    assert failed(shop | {"order_lines": lines}) == []
    lines.loc[lines.index[-15:], key] = "unknown"
    assert failed(shop | {"order_lines": lines}) == [f"order_lines.{rule}"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda shop: shop | {"order_lines": shop["order_lines"].eval("unit_price = unit_price * 100")},
         ["order_lines.unit_price_kept"]),
        (lambda shop: shop | {"products": shop["products"].assign(sku="X" + shop["products"]["sku"])},
         ["order_lines.sku_matches_kept"]),
        (lambda shop: shop | {"returns": shop["returns"].assign(reason="other")}, ["returns.reasons_kept"]),
        (lambda shop: shop | {"customers": shop["customers"].head(25)}, ["order_lines.customer_id_matches_kept"]),
        (lambda shop: shop | {"customers": shop["customers"].assign(opted_out=False)}, ["customers.opt_outs_kept"]),
        (lambda shop: shop | {"customers": shop["customers"].drop(columns="opted_out")}, ["customers.opt_outs_kept"]),
        (lambda shop: {name: shop[name] for name in ("order_lines", "returns", "products")},
         ["order_lines.customer_id_matches_kept", "customers.opt_outs_kept"]),
    ],
)  # fmt: skip
def test_what_cannot_have_changed_since_the_previous_run_is_noticed(shop, failed, change, expected):
    assert failed(change(shop), previous=describe_figures(shop)) == expected
    assert failed(change(shop)) == []


def test_an_opt_out_in_the_quarantine_is_not_lost(shop, failed):
    customers, previous = shop["customers"], describe_figures(shop)
    rejected = customers.head(5).astype("str").assign(rule="customers.opted_out_type")
    assert failed(shop | {"customers": customers.iloc[5:]}, {"customers": rejected}, previous) == []


def test_the_run_ends_where_the_newest_lines_are_rejected_and_counts_those_that_wait(run, shop):
    lines = shop["order_lines"]
    lines.loc[lines.index[-3:], "unit_price"] = -1.0
    lines.loc[lines.index[-5:], ["shipped_at", "delivered_at"]] = pd.NaT
    tables = shop | {"order_lines": lines, "customers": shop["customers"].drop(columns="opted_out")}
    validation = run(**tables, tolerated_share=0.01)
    waiting = next(check for check in validation.checks if check.rule == "order_lines.waiting_accepted")
    assert (waiting.rows, waiting.broken, waiting.example) == (5, 3, "line_id 'L397'")
    with pytest.raises(
        DataError,
        match=r"order_lines: 3 of 4 rows \(75\.00%, tolerated 50\.00%\) break rule order_lines\.latest_accepted: .*, "
        r"for example 3 of 4 rows of 2026-03-01, most of them by rule order_lines\.unit_price_not_negative\.",
    ):
        raise_for_broken(validation)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC"])
def test_the_day_before_an_as_of_is_a_day_of_the_shop(zone):
    assert day_before(pd.Timestamp("2026-03-02", tz=zone).tz_convert("UTC"), 0.0) == "2026-03-01"
