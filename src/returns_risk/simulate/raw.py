"""What the shop's own systems would export at a moment: five tables of text, without the truth."""

from datetime import date

import numpy as np
import pandas as pd

from returns_risk.simulate.catalogue import BRANDS, COLOURS, Catalogue
from returns_risk.simulate.customers import LANGUAGES, SEGMENTS, Customers
from returns_risk.simulate.orders import CHANNELS, DEVICES, VOUCHERS, WAREHOUSES, Orders
from returns_risk.simulate.returns import CONDITIONS
from returns_risk.simulate.shop import Shop
from returns_risk.simulate.world import (
    CATEGORIES,
    CURRENCY,
    MARKETS,
    PAYMENTS,
    REASONS,
    TIME_ZONE,
    Ints,
    Times,
)

__all__ = ["raw_tables"]

_FIRST_ORDER = 400_001
_FIRST_STYLE = 4_201


def raw_tables(shop: Shop, until: date) -> dict[str, pd.DataFrame]:
    """Export the shop as it is known when the day ``until`` begins in its own time zone.

    Returns
    -------
    Tables ``orders``, ``order_lines``, ``returns``, ``articles`` and ``customers``; times as ISO 8601 text
    in UTC, ids as text with leading zeros, empty text where nothing is known.
    """
    now = np.datetime64(until, "s")
    return {
        "orders": _orders(shop),
        "order_lines": _order_lines(shop, now),
        "returns": _returns(shop, now),
        "articles": _articles(shop.catalogue, now),
        "customers": _customers(shop.customers),
    }


def _orders(shop: Shop) -> pd.DataFrame:
    orders = shop.orders
    return pd.DataFrame(
        {
            "order_no": _order_numbers(np.arange(len(orders.ordered))),
            "customer_no": _customer_numbers(orders.customer),
            "ordered_at": _utc(orders.ordered),
            "country": _names(tuple(market.code for market in MARKETS), orders.market),
            "currency": CURRENCY,
            "sales_channel": _names(CHANNELS, orders.channel),
            "device": _names(DEVICES, orders.device),
            "payment": _names(PAYMENTS, orders.payment),
            "voucher": _names(VOUCHERS, orders.voucher),
            "warehouse": _names(WAREHOUSES, orders.warehouse),
            "promised_at": _utc(shop.fulfilment.promised),
        }
    )


def _order_lines(shop: Shop, now: np.datetime64) -> pd.DataFrame:
    orders, fulfilment = shop.orders, shop.fulfilment
    shipped, delivered, cancelled = (
        _known(times, now) for times in (fulfilment.shipped, fulfilment.delivered, fulfilment.cancelled)
    )
    stages = [~np.isnat(cancelled), ~np.isnat(delivered), ~np.isnat(shipped)]
    return pd.DataFrame(
        {
            "order_no": _order_numbers(orders.lines.order),
            "position": orders.position,
            "article_no": _line_articles(shop.catalogue, orders),
            "qty": orders.lines.quantity,
            "price": orders.unit_price,
            "list_price": orders.list_price,
            "status": np.select(stages, ["cancelled", "delivered", "shipped"], "open"),
            "shipped_at": _utc(shipped),
            "delivered_at": _utc(delivered),
            "cancelled_at": _utc(cancelled),
        }
    )


def _returns(shop: Shop, now: np.datetime64) -> pd.DataFrame:
    """List what has been received by now in the order of receipt."""
    known = np.flatnonzero(shop.returns.received < now)
    turn = known[np.argsort(shop.returns.received[known], kind="stable")]
    line = shop.returns.line[turn]
    return pd.DataFrame(
        {
            "return_no": _padded("R", np.arange(1, len(turn) + 1), 7),
            "order_no": _order_numbers(shop.orders.lines.order[line]),
            "position": shop.orders.position[line],
            "received_at": _utc(shop.returns.received[turn]),
            "qty": shop.returns.quantity[turn],
            "reason_code": _names(tuple(reason.upper() for reason in REASONS), shop.returns.reason[turn]),
            "comment": pd.Series(np.array(shop.returns.comment)[turn], dtype="str"),
            "condition": _names(CONDITIONS, shop.returns.condition[turn]),
        }
    )


def _articles(catalogue: Catalogue, now: np.datetime64) -> pd.DataFrame:
    """List all skus whose style is on sale by now."""
    style = catalogue.sku_style
    category = catalogue.category[style]
    number = _article_numbers(catalogue)
    sizes = [size for one in CATEGORIES for size in one.sizes]
    first_size = np.cumsum([0, *(len(one.sizes) for one in CATEGORIES[:-1])])
    articles = pd.DataFrame(
        {
            "article_no": number,
            "style_no": _padded("", _FIRST_STYLE + style, 6),
            "brand": _names(BRANDS, catalogue.brand[style]),
            "product_group": _names(tuple(one.name for one in CATEGORIES), category),
            "size": _names(tuple(sizes), first_size[category] + catalogue.sku_size),
            "colour": _names(COLOURS, catalogue.sku_colour),
            "first_sale_on": np.datetime_as_string(catalogue.launched.astype("datetime64[D]"))[style],
            "list_price": catalogue.list_price[style].round(2),
            "photo": [f"https://img.shop.example/{name[:6]}/{name[6:8]}.jpg" for name in number],
        }
    )
    return articles[catalogue.launched[style] < now].reset_index(drop=True)


def _customers(customers: Customers) -> pd.DataFrame:
    year = customers.birth_year
    return pd.DataFrame(
        {
            "customer_no": _customer_numbers(np.arange(len(year))),
            "registered_at": _utc(customers.registered),
            "birth_year": np.where(year > 0, year.astype("str"), ""),
            "country": _names(tuple(market.code for market in MARKETS), customers.market),
            "language": _names(LANGUAGES, customers.language),
            "segment": _names(SEGMENTS, customers.segment),
            "profiling_opt_out": _names(("N", "Y"), customers.opted_out.astype(np.int64)),
        }
    )


def _line_articles(catalogue: Catalogue, orders: Orders) -> pd.Series:
    lines = orders.lines
    sku = catalogue.sku(lines.style, lines.colour, lines.size)
    return _article_numbers(catalogue).iloc[sku].reset_index(drop=True)


def _article_numbers(catalogue: Catalogue) -> pd.Series:
    """Return style, colour and size as ten digits, the first of them zero."""
    style = catalogue.sku_style
    within = np.arange(len(style)) - catalogue.first_sku[style]
    colour = within // catalogue.sizes[style] + 1
    return _padded("", ((_FIRST_STYLE + style) * 100 + colour) * 100 + catalogue.sku_size + 1, 10)


def _order_numbers(position: Ints) -> pd.Series:
    return _padded("", _FIRST_ORDER + position, 10)


def _customer_numbers(position: Ints) -> pd.Series:
    return _padded("C", position + 1, 6)


def _padded(prefix: str, numbers: Ints, digits: int) -> pd.Series:
    return prefix + pd.Series(numbers).astype("str").str.zfill(digits)


def _names(names: tuple[str, ...], codes: Ints) -> pd.Series:
    return pd.Series(np.array(names)[codes], dtype="str")


def _known(times: Times, now: np.datetime64) -> Times:
    """Forget what happens from ``now`` on."""
    return np.where(times < now, times, np.datetime64("NaT", "s"))


def _utc(times: Times) -> pd.Series:
    """Write wall-clock times of the shop as ISO 8601 in UTC; the hour that comes twice counts as the second."""
    local = pd.DatetimeIndex(times).tz_localize(
        TIME_ZONE, ambiguous=np.zeros(len(times), dtype=bool), nonexistent="shift_forward"
    )
    utc = local.tz_convert(None).to_numpy().astype("datetime64[s]")
    return pd.Series(np.where(np.isnat(utc), "", np.char.add(np.datetime_as_string(utc), "Z")), dtype="str")
