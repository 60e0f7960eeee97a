"""Rules about customers: guests under one id, and opt-outs without effect."""

import math

import numpy as np
import pandas as pd

from returns_risk.contract.keys import is_among
from returns_risk.validation.grain import scientific_rule
from returns_risk.validation.shop_rule import AcceptedTables, Count, ShopRule

__all__ = ["CUSTOMER_RULES"]

_DECLARE = (
    "Declare the id under source.guest_ids in params.yaml, or select customer_or_guest(customer, order) in "
    "order_lines.sql: each order is then a customer of its own."
)
_LEAST_ORDERS = 50
_TIMES_THE_MEAN = 20
"""A shop of 20 companies has large customers; they order a few times as often as the others."""
_DEVIATIONS = 3
_FEW = 3
"""Opt-outs, or other customers, of whom none may have ordered by coincidence."""


def _placeholders(accepted: AcceptedTables) -> Count:
    placeholders = accepted.id_faults.placeholders
    lines = accepted.tables["order_lines"]["customer_id"]
    counts = lines[_has_placeholder(accepted)].value_counts()
    example = f"customer_id {placeholders[str(counts.index[0])]!r}" if len(counts) else None
    return Count(len(lines), int(counts.sum()), example)


def _has_placeholder(accepted: AcceptedTables) -> pd.Series:
    placeholders = pd.Series(list(accepted.id_faults.placeholders), dtype="str")
    return is_among(accepted.tables["order_lines"]["customer_id"], placeholders)


def _scientific(accepted: AcceptedTables) -> Count:
    lines = accepted.tables["order_lines"]["customer_id"]
    rounded = is_among(lines, pd.Series(accepted.id_faults.scientific, dtype="str"))
    return Count(len(lines), int(rounded.sum()))


def _busiest_customer(accepted: AcceptedTables) -> Count:
    """Count the orders of the customer with most of them, if they are half of all or many times the others'."""
    lines = accepted.coded_lines
    # A placeholder has a rule of its own.
    named = ~_has_placeholder(accepted).to_numpy()[lines.last_line]
    orders = np.bincount(lines.customer[lines.last_line][named], minlength=1)
    most, customers = int(orders.max()), max(int(np.count_nonzero(orders)), 1)
    is_large = 2 * most > lines.orders or most * customers >= _TIMES_THE_MEAN * lines.orders
    return Count(lines.orders, most if is_large and most >= _LEAST_ORDERS else 0)


def _unmatched_opt_outs(accepted: AcceptedTables) -> Count | None:
    """Count opt-outs without order lines, if they are all or more than among other customers by no coincidence."""
    unmatched = _unmatched(accepted)
    if unmatched is None:
        return None
    opt_outs, others = unmatched
    usual = float(others.mean()) if len(others) else 0.0
    most = len(opt_outs) * usual + _DEVIATIONS * math.sqrt(len(opt_outs) * usual * (1 - usual))
    broken = int(opt_outs.sum())
    none_matches = len(opt_outs) >= _FEW and broken == len(opt_outs)
    return Count(len(opt_outs), broken if broken > most or none_matches else 0)


def _opt_outs_of_strangers(accepted: AcceptedTables) -> Count | None:
    """Count the opt-outs of a table that shares no customer with the order lines, as a mere list of opt-outs may."""
    unmatched = _unmatched(accepted)
    if unmatched is None:
        return None
    opt_outs, others = unmatched
    strangers = len(others) >= _FEW and others.all() and opt_outs.all()
    return Count(len(opt_outs), len(opt_outs) if strangers else 0)


def _unmatched(accepted: AcceptedTables) -> tuple[pd.Series, pd.Series] | None:
    """Say of each opt-out, and of each other customer, whether it matches no order line."""
    customers = accepted.tables["customers"]
    if "opted_out" not in customers:
        return None
    unmatched = ~is_among(customers["customer_id"], accepted.line_customers)
    opted_out = customers["opted_out"].fillna(value=False).astype(bool)
    return unmatched[opted_out], unmatched[~opted_out]


def _opt_outs_of_nobody(accepted: AcceptedTables) -> Count | None:
    """Count rejected opt-outs without a customer; a row that the SELECT rejects on purpose is none."""
    rows = accepted.quarantine["customers"]
    if "opted_out" not in rows:
        return None
    says_no = rows["opted_out"].isna() | rows["opted_out"].str.lower().eq("false")
    nameless = rows["customer_id"].isna() & rows["rule"].ne("customers.source") & ~says_no
    return Count(len(accepted.tables["customers"]) + len(rows), int(nameless.sum()))


CUSTOMER_RULES: tuple[ShopRule, ...] = (
    ShopRule(
        "order_lines.customer_not_placeholder",
        "customer_id",
        "warn",
        0.0,
        "customer_id is a placeholder, so that guests have one history, and one share in the holdout",
        _DECLARE,
        _placeholders,
    ),
    ShopRule(
        "order_lines.customer_share",
        "customer_id",
        "warn",
        0.02,
        "they are all of one customer",
        f"If it stands for guests: {_DECLARE[0].lower()}{_DECLARE[1:]} If it is a reseller, tolerate its share under "
        "validate.rules in params.yaml.",
        _busiest_customer,
        unit="orders",
    ),
    scientific_rule("order_lines", "customer_id", _scientific),
    ShopRule(
        "customers.opt_out_matched",
        "customer_id",
        "warn",
        0.0,
        "the opt-out matches no customer of the order lines: none does, or fewer than of the other customers",
        "Check that customers.sql and order_lines.sql write customer_id alike, without leading zeros or .0 in one of "
        "them. Where customers without orders opt out, tolerate their share under validate.rules in params.yaml.",
        _unmatched_opt_outs,
        unit="opt-outs",
    ),
    ShopRule(
        "customers.opt_outs_effective",
        "customer_id",
        "error",
        0.0,
        "neither the opt-out nor any other customer of the table is among the order lines, so nobody is left out",
        "Write customer_id alike in customers.sql and order_lines.sql; if these customers have indeed never ordered, "
        "set this rule to 1 under validate.rules in params.yaml.",
        _opt_outs_of_strangers,
        unit="opt-outs",
    ),
    ShopRule(
        "customers.opt_out_named",
        "customer_id",
        "error",
        0.0,
        "the opt-out has no customer_id, and it is not known whom to leave out",
        "Correct the raw file; if such rows mean nobody, leave them out in customers.sql through reject_reason.",
        _opt_outs_of_nobody,
    ),
)
"""In the order in which they are checked."""
