"""What the shop's own systems export at a moment: five tables, without the truth, with the dirt that was ordered."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shop_simulator import world
from shop_simulator.catalogue import BRAND_NAMES
from shop_simulator.comments import all_comments
from shop_simulator.numbering import article_numbers, customer_numbers, order_numbers, return_numbers, style_numbers
from shop_simulator.shop import Shop

__all__ = ["names", "raw_tables", "returns_in_order", "utc"]

_VIP_ORDERS = 12
_NEW_DAYS = 90


def raw_tables(shop: Shop) -> dict[str, pa.Table]:
    """Export the shop as it is known at the beginning of ``shop.day`` in its own time zone, clean.

    Returns
    -------
    Tables ``orders``, ``order_lines``, ``returns``, ``articles`` and ``customers`` in the order of their numbers
    (returns: of their receipt); times as ISO 8601 text in UTC, ids as text with leading zeros, empty text where
    nothing is known. ``booked_at`` is when a row came into the system.
    """
    now = np.datetime64(shop.day, "D").astype("M8[s]")
    return {
        "orders": _orders(shop),
        "order_lines": _order_lines(shop, now),
        "returns": _returns(shop, returns_in_order(shop)),
        "articles": _articles(shop),
        "customers": _customers(shop),
    }


def returns_in_order(shop: Shop) -> world.Ints:
    """Return the positions of the returns received by now in the order of receipt."""
    received = shop.returns["received"]
    known = np.flatnonzero(received < np.datetime64(shop.day, "D"))
    return known[np.argsort(received[known], kind="stable")]


def names(of: tuple[str, ...], codes: world.Ints) -> pa.Array:
    """Return texts by their positions."""
    return pc.take(pa.array(of), pa.array(codes.astype(np.int32)))


def utc(times: world.Times) -> pa.Array:
    """Write wall-clock times of the shop as ISO 8601 in UTC; the hour that comes twice counts as the second."""
    hour = times.astype("M8[h]").astype(np.int64)
    known = ~np.isnat(times)
    first, last = (int(hour[known].min()), int(hour[known].max())) if known.any() else (0, 0)
    index = np.where(known, hour - first, 0)
    offset = _offsets(first, last)
    moved = pa.array(times - offset[index], pa.timestamp("s"))
    text = pc.replace_substring(pc.cast(moved, pa.string()), " ", "T", max_replacements=1)
    return pc.fill_null(pc.binary_join_element_wise(text, "Z", ""), "")


def _offsets(first: int, last: int) -> npt.NDArray[np.timedelta64]:
    """Return what the shop's clock is ahead of UTC in each hour from ``first`` to ``last``, hours since 1970."""
    calendar = np.arange(first, last + 1).astype("M8[h]").astype("M8[s]")
    local = pd.DatetimeIndex(calendar).tz_localize(
        world.TIME_ZONE, ambiguous=np.zeros(len(calendar), dtype=bool), nonexistent="shift_forward"
    )
    ahead: npt.NDArray[np.timedelta64] = calendar - local.tz_convert(None).to_numpy().astype("M8[s]")
    return ahead


def _orders(shop: Shop) -> pa.Table:
    orders = shop.orders
    return pa.table(
        {
            "order_no": order_numbers(np.arange(len(orders))),
            "customer_no": customer_numbers(orders["customer"]),
            "ordered_at": utc(orders["ordered"]),
            "country": names(tuple(market.code for market in world.MARKETS), orders["market"]),
            "currency": pa.repeat(world.CURRENCY, len(orders)),
            "sales_channel": names(world.CHANNELS, orders["channel"]),
            "device": names(world.DEVICES, orders["device"]),
            "payment": names(world.PAYMENTS, orders["payment"]),
            "voucher": names(world.VOUCHERS, orders["voucher"]),
            "warehouse": names(world.WAREHOUSES, orders["warehouse"]),
            "promised_at": utc(orders["promised"]),
        }
    )


def _order_lines(shop: Shop, now: np.datetime64) -> pa.Table:
    lines = shop.lines
    shipped, delivered, cancelled = (_known(lines[name], now) for name in ("shipped", "delivered", "cancelled"))
    stages = [~np.isnat(cancelled), ~np.isnat(delivered), ~np.isnat(shipped)]
    carriers = ("", *(carrier.name for carrier in world.CARRIERS))
    return pa.table(
        {
            "order_no": order_numbers(lines["order"]),
            "position": lines["position"],
            "article_no": pc.take(article_numbers(shop.catalogue), pa.array(lines["sku"])),
            "qty": lines["quantity"],
            "price": lines["unit_price"] / 100,
            "list_price": lines["list_price"] / 100,
            "status": names(("cancelled", "delivered", "shipped", "open"), np.select(stages, [0, 1, 2], 3)),
            "carrier": names(carriers, np.where(stages[2], 1 + lines["carrier"], 0)),
            "shipped_at": utc(shipped),
            "delivered_at": utc(delivered),
            "cancelled_at": utc(cancelled),
            "booked_at": utc(shop.orders["ordered"][lines["order"]]),
        }
    )


def _returns(shop: Shop, turn: world.Ints) -> pa.Table:
    returns, lines = shop.returns, shop.lines
    line = returns["line"][turn]
    comments = pa.array(["", *all_comments()])
    return pa.table(
        {
            "return_no": return_numbers(np.arange(len(turn))),
            "order_no": order_numbers(lines["order"][line]),
            "position": lines["position"][line],
            "received_at": utc(returns["received"][turn]),
            "qty": returns["quantity"][turn],
            "reason_code": names(tuple(code.upper() for code in world.REASON_CODES), returns["code"][turn]),
            "comment": pc.take(comments, pa.array(1 + returns["comment"][turn])),
            "condition": names(world.CONDITIONS, returns["condition"][turn]),
            "booked_at": utc(returns["received"][turn]),
        }
    )


def _articles(shop: Shop) -> pa.Table:
    """List all skus whose style has ever been on sale."""
    styles, skus = shop.catalogue.styles, shop.catalogue.skus
    style = skus["style"]
    category = styles["category"][style].astype(np.int64)
    number = article_numbers(shop.catalogue)
    sizes = tuple(size for group in world.CATEGORIES for size in group.sizes)
    first_size = np.cumsum([0, *(len(group.sizes) for group in world.CATEGORIES[:-1])])
    photo = pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(number, 0, 6), pc.utf8_slice_codeunits(number, 6, 8), "/"
    )
    return pa.table(
        {
            "article_no": number,
            "style_no": style_numbers(style),
            "brand": names(BRAND_NAMES, styles["brand"][style]),
            "department": names(tuple(group.department for group in world.CATEGORIES), category),
            "product_group": names(tuple(group.name for group in world.CATEGORIES), category),
            "size": names(sizes, first_size[category] + skus["size"]),
            "colour": names(world.COLOURS, skus["colour"]),
            "generation": styles["generation"][style],
            "first_sale_on": pc.cast(pa.array(styles["launched"][style], pa.date32()), pa.string()),
            "list_price": styles["list_price"][style] / 100,
            "photo": pc.binary_join_element_wise("https://img.shop.example/", photo, ".jpg", ""),
        }
    )


def _customers(shop: Shop) -> pa.Table:
    customers = shop.customers
    year = pc.cast(pa.array(customers["birth_year"]), pa.string())
    return pa.table(
        {
            "customer_no": customer_numbers(np.arange(len(customers))),
            "registered_at": utc(customers["registered"]),
            "birth_year": pc.if_else(pc.equal(year, "0"), "", year),
            "country": names(tuple(market.code for market in world.MARKETS), customers["market"]),
            "language": names(world.LANGUAGES, customers["language"]),
            "segment": names(world.SEGMENTS, _segment(shop)),
            "profiling_opt_out": names(("N", "Y"), customers["opted_out"].astype(np.int64)),
        }
    )


def _segment(shop: Shop) -> world.Ints:
    """Return the shop's own view of today: who has ordered most is vip, accounts of the last months are new."""
    customers = shop.customers
    new: world.Flags = customers["registered"] >= np.datetime64(shop.day - _NEW_DAYS, "D")
    return np.select([new, customers["orders"] >= _VIP_ORDERS], [0, 2], 1)


def _known(times: world.Times, now: np.datetime64) -> world.Times:
    """Forget what happens from ``now`` on."""
    return np.where(times < now, times, world.NEVER)
