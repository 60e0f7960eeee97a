"""Rules about the grain: a row for each order line, a customer and a time for each order, ids as the shop has them."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.customer_ids import SCIENTIFIC
from returns_risk.validation.shop_rule import AcceptedTables, Count, ShopRule

__all__ = ["GRAIN_RULES"]

_DAY = 86_400
_LEAST_LINES = 10
"""Lines of an item from which its usual price is known."""
_FACTOR = 5
"""A discount, a currency of its own or a bulk price stays below it."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


def _zero_prices(accepted: AcceptedTables) -> Count:
    """Count lines at price 0, without those that a rule of their own takes for children."""
    return _count_lines(accepted, (accepted.coded_lines.price == 0) & ~_children(accepted))


def _repeated_lines(accepted: AcceptedTables) -> Count:
    """Count lines with the order, item, time, quantity and price of an earlier one."""
    lines = accepted.coded_lines
    # Children at price 0 have a rule of their own. Few lines share order and item, so that the others cost nothing.
    key = lines.order * (lines.sku.max(initial=0) + 1) + lines.sku
    alike = pd.Series(key).duplicated(keep=False).to_numpy() & (lines.price > 0)
    columns = {"key": key, "second": lines.second, "quantity": lines.quantity, "price": lines.price}
    repeats = pd.DataFrame({name: values[alike] for name, values in columns.items()}).duplicated().to_numpy()
    return _count_lines(accepted, _spread(alike, repeats))


def _child_lines(accepted: AcceptedTables) -> Count:
    return _count_lines(accepted, _children(accepted))


def _children(accepted: AcceptedTables) -> npt.NDArray[np.bool_]:
    """Mark lines at price 0 in orders where each has a priced line of the same time and quantity."""
    lines = accepted.coded_lines
    with_children = np.zeros(lines.orders, dtype=bool)
    with_children[lines.order[lines.price == 0]] = True
    chosen = with_children[lines.order]
    columns = {"order": lines.order, "second": lines.second, "quantity": lines.quantity}
    rows = pd.DataFrame({name: values[chosen] for name, values in columns.items()})
    free = pd.Series(lines.price[chosen] == 0)
    pairs = free.groupby([rows["order"], rows["second"], rows["quantity"]]).transform("mean").eq(0.5)
    return _spread(chosen, (free & pairs).to_numpy())


def _orders_of_many_customers(accepted: AcceptedTables) -> Count:
    lines = accepted.coded_lines
    return _count_orders(accepted, lines.customer != lines.customer[lines.last_line][lines.order])


def _orders_of_many_days(accepted: AcceptedTables) -> Count:
    lines = accepted.coded_lines
    differs = lines.second != lines.second[lines.last_line][lines.order]
    order = lines.order[differs]
    times = pd.Series(np.append(lines.second[differs], lines.second[lines.last_line][order]))
    of_order = times.groupby(np.append(order, order))
    spread = of_order.max() - of_order.min()
    return _count_orders(accepted, np.isin(lines.order, spread.index[spread > _DAY]))


def _repeated_orders(accepted: AcceptedTables) -> Count:
    """Count orders with the customer, second, items and quantities of an earlier order."""
    lines = accepted.coded_lines
    header = pd.DataFrame({"customer": lines.customer[lines.last_line], "second": lines.second[lines.last_line]})
    alike = header.duplicated(keep=False).to_numpy()
    chosen = alike[lines.order]
    # The sum over mixed numbers does not depend on the order of the lines.
    content = _mix(_mix(lines.sku[chosen]) ^ lines.quantity[chosen].astype("uint64"))
    of_order = pd.Series(content).groupby(lines.order[chosen])
    header = header[alike].assign(content=of_order.sum(), lines=of_order.size())
    return _count_orders(accepted, _spread(alike, header.duplicated().to_numpy())[lines.order])


def _unusual_prices(accepted: AcceptedTables) -> Count:
    """Count lines whose price is far from the median of their item, of items with enough lines."""
    lines, frame = accepted.coded_lines, accepted.coded_lines.frame
    price = pd.Series(lines.price)
    if "list_price" in frame:
        price = frame["list_price"].reset_index(drop=True).fillna(price)
    currency = pd.factorize(frame["currency"])[0] + 1 if "currency" in frame else np.zeros(len(frame), dtype="int64")
    item = lines.sku * (currency.max(initial=0) + 1) + currency
    priced = (price > 0).to_numpy()
    of_item = price[priced].groupby(item[priced])
    usual = price[priced] / of_item.transform("median")
    far = ((usual > _FACTOR) | (usual < 1 / _FACTOR)) & (of_item.transform("size") >= _LEAST_LINES)
    broken = _spread(priced, far.to_numpy())
    skus = frame["sku"][broken]
    example = f"sku {skus.mode().iloc[0]!r}" if len(skus) else None
    return Count(int(priced.sum()), int(broken.sum()), example)


def _mix(numbers: npt.NDArray[np.int64] | npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    mixed = (numbers.astype("uint64") + np.uint64(1)) * _MIX
    return mixed ^ (mixed >> np.uint64(29))


def _spread(chosen: npt.NDArray[np.bool_], values: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return ``values`` at the positions of ``chosen``, False elsewhere."""
    every = np.zeros(len(chosen), dtype=bool)
    every[chosen] = values
    return every


def _count_lines(accepted: AcceptedTables, broken: npt.NDArray[np.bool_]) -> Count:
    return Count(len(broken), int(broken.sum()), _example(accepted, "line_id", broken))


def _count_orders(accepted: AcceptedTables, broken: npt.NDArray[np.bool_]) -> Count:
    """Count the orders that have a broken line."""
    lines = accepted.coded_lines
    return Count(lines.orders, len(np.unique(lines.order[broken])), _example(accepted, "order_id", broken))


def _example(accepted: AcceptedTables, column: str, broken: npt.NDArray[np.bool_]) -> str | None:
    return f"{column} {accepted.coded_lines.frame[column].iloc[broken.argmax()]!r}" if broken.any() else None


def _scientific(table: str, column: str) -> ShopRule:
    def count(accepted: AcceptedTables) -> Count:
        ids = accepted.tables[table][column]
        # The plus alone is searched for in a third of the time.
        rounded = ids[ids.str.contains("+", regex=False)]
        rounded = rounded[rounded.str.contains(SCIENTIFIC)]
        return Count(len(ids), len(rounded), f"{column} {rounded.iloc[0]!r}" if len(rounded) else None)

    return scientific_rule(table, column, count)


def scientific_rule(table: str, column: str, count: Callable[[AcceptedTables], Count | None]) -> ShopRule:
    """Warn of each id that a spreadsheet has rounded."""
    reason = f"{column} is a number in scientific notation: a spreadsheet has rounded it, and different ids are one now"
    remedy = "Export the raw file again with ids as text; the digits are lost in this one."
    return ShopRule(f"{table}.{column}_not_scientific", column, "warn", 0.0, reason, remedy, count)


GRAIN_RULES: tuple[ShopRule, ...] = (
    ShopRule(
        "order_lines.unit_price_above_0",
        "unit_price",
        "warn",
        0.2,
        "unit_price is 0",
        "Reject gifts and samples through reject_reason; where configurable items or bundles have a parent and child "
        "lines, select one of them.",
        _zero_prices,
    ),
    ShopRule(
        "order_lines.not_child",
        "unit_price",
        "warn",
        0.05,
        "the line at price 0 accompanies a priced one of the same order, time and quantity, as the child of a "
        "configurable item or bundle does",
        "Select either parent or child lines, with the price of the parent and the sku of the child.",
        _child_lines,
    ),
    ShopRule(
        "order_lines.content_not_repeated",
        None,
        "warn",
        0.05,
        "order_id, sku, ordered_at, quantity and unit_price of an earlier line under another line_id",
        "Look for a join in order_lines.sql that multiplies rows, or for files that overlap. Where each unit has a row "
        "of its own, nothing is wrong: tolerate it under validate.rules in params.yaml.",
        _repeated_lines,
    ),
    ShopRule(
        "order_lines.order_of_one_customer",
        "customer_id",
        "warn",
        0.001,
        "the lines of one order have several customers",
        "Select the customer of the order, not of a recipient or payment; where shops or years number their orders "
        "alike, put the shop or the year in front of order_id.",
        _orders_of_many_customers,
        unit="orders",
    ),
    ShopRule(
        "order_lines.order_of_one_day",
        "ordered_at",
        "warn",
        0.01,
        "the lines of one order are more than a day apart",
        "Select the time of the order, not of a shipment or change; where shops or years number their orders alike, "
        "put the shop or the year in front of order_id.",
        _orders_of_many_days,
        unit="orders",
    ),
    ShopRule(
        "order_lines.order_not_repeated",
        "order_id",
        "warn",
        0.01,
        "customer, second, items and quantities of an earlier order under another order_id",
        "Look for orders that were exported again under new numbers, or that two systems deliver; select them once.",
        _repeated_orders,
        unit="orders",
    ),
    ShopRule(
        "order_lines.price_of_sku",
        "sku",
        "warn",
        0.05,
        f"the price is more than {_FACTOR} times, or less than a fifth of, the median of its sku",
        "Look for one sku that stands for many articles, for prices of the whole line instead of the unit, and for "
        "currencies without the column currency.",
        _unusual_prices,
        unit="priced lines",
    ),
    *(_scientific(table, column) for table, column in (
        ("order_lines", "order_id"),
        ("order_lines", "line_id"),
        ("order_lines", "sku"),
        ("returns", "line_id"),
        ("products", "sku"),
    )),
)  # fmt: skip
"""In the order in which they are checked."""
