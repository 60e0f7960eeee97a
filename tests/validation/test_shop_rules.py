"""Each rule about the accepted tables warns of its fault, and of no ordinary shop."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.config.params import ValidateParams
from returns_risk.config.policy import Policy
from returns_risk.contract.customer_ids import CustomerIdFaults
from returns_risk.validation import raise_for_broken
from returns_risk.validation.checks import shop_checks
from returns_risk.validation.customers import CUSTOMER_RULES
from returns_risk.validation.grain import GRAIN_RULES
from returns_risk.validation.returned import RETURN_RULES
from returns_risk.validation.rules import tolerated_shares
from returns_risk.validation.shop_rules import AcceptedTables

PARAMS = ValidateParams(tolerated_share=0.01, rules={}, volume_drop=0.2, stale_days=3)
FIRST = pd.Timestamp("2025-11-01", tz="UTC")
ORDERS = 240
RULES = (*GRAIN_RULES, *CUSTOMER_RULES, *RETURN_RULES)
NO_ROWS = pd.DataFrame({"customer_id": [], "opted_out": [], "rule": []}, dtype="str")


def lines_of(orders=ORDERS, each=2, **columns):
    """Order lines of a shop in which each customer orders three times and each of 30 items has its price."""
    count = orders * each
    order, item = pd.Series(range(count)) // each, pd.Series(range(count)) % 30
    lines = pd.DataFrame(
        {
            "order_id": "A" + order.astype("str"),
            "line_id": "L" + pd.Series(range(count)).astype("str"),
            "ordered_at": (FIRST + pd.to_timedelta(order * 7, unit="min")).astype("datetime64[us, UTC]"),
            "customer_id": "C" + (order % (orders // 3)).astype("str"),
            "sku": "S" + item.astype("str"),
            "quantity": pd.array([1] * count, dtype="Int64"),
            "unit_price": 10.0 + item,
        }
    )
    return lines.assign(**columns)


def returns_of(lines, count=120, reasons=("fit", "damaged")):
    back = lines.head(count)
    reason = pd.Series([reasons[place % len(reasons)] for place in range(len(back))], dtype="str")
    ids, at = (back[name].reset_index(drop=True) for name in ("line_id", "ordered_at"))
    return pd.DataFrame({"line_id": ids, "returned_at": at + pd.Timedelta(days=9), "reason": reason})


def customers_of(lines, **columns):
    ids = lines["customer_id"].drop_duplicates().reset_index(drop=True)
    return pd.DataFrame({"customer_id": ids, "opted_out": pd.array([False] * len(ids), dtype="boolean")} | columns)


def check(lines, returns=None, customers=None, quarantine=None, faults=None, policy=None):
    """Return the broken rules with their checks."""
    tables = {
        "order_lines": lines.reset_index(drop=True),
        "returns": returns_of(lines) if returns is None else returns,
        "products": pd.DataFrame({"sku": lines["sku"].unique()}, dtype="str"),
        "customers": customers_of(lines) if customers is None else customers,
    }
    accepted = AcceptedTables(
        tables,
        {"customers": NO_ROWS if quarantine is None else quarantine},
        FIRST,
        lines["customer_id"],
        faults or CustomerIdFaults(),
        policy=policy,
    )
    checks = shop_checks(accepted, tolerated_shares(PARAMS), RULES)
    return {check.rule: check for check in checks if not check.passed}


def rewrite(lines, rows, **values):
    lines = lines.copy()
    for name, value in values.items():
        lines.loc[rows, name] = value
    return lines


def together(*frames):
    return pd.concat(frames, ignore_index=True)


GOOD = lines_of()
AGAIN = GOOD.assign(line_id=GOOD["line_id"] + "b")
TWICE = together(GOOD, AGAIN)
CHILDREN = together(GOOD, AGAIN.head(60).assign(unit_price=0.0))
SHARED = rewrite(GOOD, [1], customer_id="C79")
SPLIT = rewrite(GOOD, [1, 3, 5], ordered_at=FIRST + pd.Timedelta(days=9))
EXPORTED_AGAIN = together(GOOD, AGAIN.iloc[:8].iloc[::-1].assign(order_id="B" + AGAIN["order_id"]))
ONE_SKU = rewrite(GOOD, range(0, 480, 4), sku="MISC", unit_price=[float(5 ** (n % 4)) for n in range(120)])
LINES_FAULTS = {
    "order_lines.unit_price_above_0": (rewrite(GOOD, range(100), unit_price=0.0), 100, 480, "line_id 'L0'"),
    "order_lines.not_child": (CHILDREN, 60, 540, "line_id 'L0b'"),
    "order_lines.content_not_repeated": (TWICE, 480, 960, "line_id 'L0b'"),
    "order_lines.order_of_one_customer": (SHARED, 1, 240, "order_id 'A0'"),
    "order_lines.order_of_one_day": (SPLIT, 3, 240, "order_id 'A0'"),
    "order_lines.order_not_repeated": (EXPORTED_AGAIN, 4, 244, "order_id 'BA3'"),
    "order_lines.price_of_sku": (ONE_SKU, 60, 480, "sku 'MISC'"),
    "order_lines.order_id_not_scientific": (
        rewrite(GOOD, [2, 3], order_id="1.23E+11"), 2, 480, "order_id '1.23E+11'"
    ),
    "order_lines.line_id_not_scientific": (rewrite(GOOD, [300], line_id="4E+15"), 1, 480, "line_id '4E+15'"),
    "order_lines.sku_not_scientific": (rewrite(GOOD, [30], sku="4,01e+12"), 1, 480, "sku '4,01e+12'"),
    "order_lines.customer_share": (rewrite(GOOD, range(180, 360), customer_id="C0"), 92, 240, None),
}  # fmt: skip
PARTNERS = {"order_lines.sku_not_scientific": {"products.sku_not_scientific"}}
"""Rules about other tables that the same fault breaks."""


@pytest.mark.parametrize("rule", LINES_FAULTS)
def test_a_fault_of_the_order_lines_breaks_its_rule_and_no_other(rule):
    lines, broken, rows, example = LINES_FAULTS[rule]
    found = check(lines)
    assert set(found) == {rule} | PARTNERS.get(rule, set())
    assert (found[rule].broken, found[rule].rows, found[rule].example) == (broken, rows, example)


def test_an_ordinary_shop_breaks_no_rule():
    assert check(GOOD) == {}


SHOPS = st.tuples(st.integers(60, 90), st.integers(1, 4), st.integers(0, 3))


@given(SHOPS, st.sampled_from([1.0, 3.5, 0.4]), st.integers(0, 1), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_no_random_shop_breaks_a_rule(shop, discount, gifts, random):
    orders, each, repeats = shop
    lines = lines_of(orders * 3, each)
    # Some lines at a discount, a gift, some units in rows of their own; in any order.
    lines.loc[[random.randrange(len(lines)) for _ in range(20)], "unit_price"] *= discount
    units = lines.head(repeats).assign(line_id=lambda rows: "U" + rows["line_id"])
    lines = together(lines, units, lines.head(gifts).assign(line_id="gift", sku="GIFT", unit_price=0.0))
    lines = lines.sample(frac=1, random_state=random.randrange(1000))
    assert check(lines) == {}


def test_a_shop_of_few_companies_may_have_a_large_customer():
    lines = lines_of(orders=300, customer_id="C" + (pd.Series(range(600)) // 2 % 20).clip(upper=14).astype("str"))
    assert lines["customer_id"].eq("C14").mean() == 0.3
    assert check(lines) == {}


def test_prices_in_several_currencies_are_compared_within_each():
    lines = lines_of(orders=600)
    crowns = pd.Series(range(1200)) // 30 % 2 == 0
    lines["unit_price"] = lines["unit_price"].where(~crowns, lines["unit_price"] * 25)
    assert set(check(lines)) == {"order_lines.price_of_sku"}
    assert check(lines.assign(currency=crowns.map({True: "CZK", False: "EUR"}).astype("str"))) == {}


@pytest.mark.parametrize(
    ("returned", "reasons", "rule", "broken"),
    [
        (440, ("fit", "damaged"), "order_lines.kept", 440),
        (200, ("OTHER",), "returns.reason_varied", 200),
        (200, tuple(f"R{n:02d}" for n in range(53)), "returns.reason_common", 120),
        (360, ("fit", "damaged"), None, 0),
        (1, ("fit",), None, 0),
        (200, tuple(f"R{n:02d}" for n in range(20)), None, 0),
    ],
)
def test_nearly_all_returned_one_reason_and_very_many_reasons_are_warned_of(returned, reasons, rule, broken):
    found = check(GOOD, returns_of(GOOD, returned, reasons))
    assert {name: check.broken for name, check in found.items()} == ({rule: broken} if rule else {})


GERMAN = ("zu klein", "zu gross", "fit", "other")


@pytest.mark.parametrize(
    ("named", "reasons", "broken"),
    [
        (("fit",), GERMAN, 100),
        (("fit", "any"), GERMAN, 0),
        (("fit",), ("fit", "other", "fit", "damaged"), 0),
        ((), GERMAN, 0),
    ],
)
def test_reasons_that_no_effect_of_the_policy_names_are_warned_of(named, reasons, broken):
    effect = {name: {"expected": 0.5, "low": 0.3, "high": 0.6} for name in named}
    action = {"level": "sku", "reasons": ["damaged"], "effect": 0.5, "cost": 6, "min_lines": 4, "min_excess": 1.2}
    terms = {"return_window_days": 30, "delivery_days": 4, "grace_days": 4}
    interventions = {"help": {"cost": 1, "capacity": 9, "effect": effect}} if named else {}
    free = {"default": {"handling": 2, "markdown": 0.1, "margin": 0.3}}
    policy = Policy.model_validate(
        {
            "default": terms,
            "markets": {},
            "money": {"currency": "EUR"},
            "costs": free,
            "interventions": interventions,
            "sku_actions": {"check": action},
        }
    )
    found = check(GOOD, returns_of(GOOD, 200, reasons), policy=policy)
    assert {name: check.broken for name, check in found.items()} == (
        {"returns.reason_in_policy": broken} if broken else {}
    )
    if broken:
        assert found["returns.reason_in_policy"].example == "reason 'zu klein' (50 returns)"


def test_a_rounded_id_in_returns_and_products_is_warned_of():
    found = check(GOOD, returns_of(GOOD).assign(line_id="1.2E+10"))
    assert found["returns.line_id_not_scientific"].broken == 120


def test_a_placeholder_with_many_orders_is_warned_of_once():
    lines = LINES_FAULTS["order_lines.customer_share"][0]
    assert set(check(lines, faults=CustomerIdFaults({"C0": "0"}))) == {"order_lines.customer_not_placeholder"}


def test_a_placeholder_is_named_and_a_rounded_customer_id_is_not():
    faults = CustomerIdFaults({"C1": "Guest"}, ("C2",))
    found = check(GOOD, faults=faults)
    assert {name: (check.broken, check.example) for name, check in found.items()} == {
        "order_lines.customer_not_placeholder": (6, "customer_id 'Guest'"),
        "order_lines.customer_id_not_scientific": (6, None),
    }


@pytest.mark.parametrize(
    ("strangers", "opted_out", "broken"),
    [
        ({0}, {0, 1, 2}, 1),  # the one customer without orders has opted out
        (set(range(0, 80, 2)), set(range(20)), 0),  # half of all customers have no orders
        (set(range(40)), set(range(40)), 40),
        (set(), {0, 1, 2}, 0),
        (set(range(70)), {0, 1, 2}, 3),  # none has ordered, as few of the others
        (set(range(70)), {0, 1}, 0),
        (set(range(80)), set(range(80)), 80),  # a list of opt-outs of whom none has ordered
    ],
)
def test_opt_outs_without_orders_are_warned_of_where_they_are_more_than_of_other_customers(
    strangers, opted_out, broken
):
    customers = customers_of(GOOD)
    customers["opted_out"] = customers.index.isin(opted_out)
    customers.loc[sorted(strangers), "customer_id"] = "00" + customers["customer_id"]
    found = check(GOOD, customers=customers)
    assert {name: check.broken for name, check in found.items()} == (
        {"customers.opt_out_matched": broken} if broken else {}
    )


def test_opt_outs_end_the_run_where_no_customer_has_ordered():
    customers = customers_of(GOOD).assign(opted_out=[True] + [False] * 79)
    customers["customer_id"] = customers["customer_id"].str.lower()
    found = check(GOOD, customers=customers)["customers.opt_outs_effective"]
    assert (found.broken, found.rows, found.severity) == (1, 1, "error")


@pytest.mark.parametrize("orders", [49, 50])
def test_one_customer_for_all_orders_is_warned_of(orders):
    lines = GOOD.head(2 * orders).assign(customer_id="C0")
    assert set(check(lines, returns_of(lines, 30))) == ({"order_lines.customer_share"} if orders == 50 else set())


@pytest.mark.parametrize(
    ("customer", "opted_out", "rule", "broken"),
    [
        (None, "True", "customers.customer_id_present", 1),
        (None, "J", "customers.birth_year_type", 1),
        (None, "False", "customers.customer_id_present", 0),
        (None, None, "customers.customer_id_present", 0),
        ("C1", "True", "customers.birth_year_type", 0),
        (None, "True", "customers.source", 0),
    ],
)
def test_an_opt_out_of_nobody_ends_the_run(customer, opted_out, rule, broken):
    row = pd.DataFrame({"customer_id": [customer], "opted_out": [opted_out], "rule": [rule]}, dtype="str")
    found = check(GOOD, quarantine=row)
    assert {name: (check.broken, check.severity) for name, check in found.items()} == (
        {"customers.opt_out_named": (1, "error")} if broken else {}
    )


def test_the_sentence_says_what_was_counted(run, make):
    rows = [{"line_id": f"L{n}", "customer_id": f"C{n}"} for n in range(3)]
    validation = run(order_lines=make("order_lines", *rows))
    raise_for_broken(validation)
    warning = next(line for line in validation.warnings if "order_of_one_customer" in line)
    assert warning.startswith(
        "order_lines.customer_id: 1 of 1 orders (100.00%, tolerated 0.10%) break rule order_lines.order_of_one_customer"
        ": the lines of one order have several customers, for example order_id 'O1'. Select the customer of the order"
    )


def test_each_rule_is_tested():
    shown = set(LINES_FAULTS) | {
        "order_lines.kept", "returns.reason_varied", "returns.reason_common", "returns.reason_in_policy",
        "returns.line_id_not_scientific",
        "products.sku_not_scientific", "order_lines.customer_not_placeholder",
        "order_lines.customer_id_not_scientific", "customers.opt_out_matched", "customers.opt_out_named",
        "customers.opt_outs_effective",
    }  # fmt: skip
    assert {rule.name for rule in RULES} == shown
