"""The simulated shop as pages of Shopify's REST Admin API."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.templates.shop import Row, SimulatedShop
from benchmarks.templates.tables import group, line_number

__all__ = ["write"]

_ZONE = ZoneInfo("Europe/Berlin")


def write(shop: SimulatedShop, folder: Path) -> None:
    """Write orders, products and customers, 250 to a page."""
    styles = group(shop.articles, "style_no")
    _write_pages(folder, "orders", [_order(order) for order in shop.orders])
    _write_pages(folder, "products", [_product(style, articles) for style, articles in styles.items()])
    _write_pages(folder, "customers", [_customer(customer) for customer in shop.customers])


def _write_pages(folder: Path, name: str, rows: Sequence[Row]) -> None:
    for start in range(0, len(rows), 250):
        page = {name: rows[start : start + 250]}
        (folder / f"{name}-{1 + start // 250}.json").write_text(json.dumps(page), encoding="utf-8")


def _order(order: Row) -> Row:
    number, lines = int(order["order_no"]), order["lines"]
    address = {"country_code": order["country"]}
    # Every 20th order is a guest's, and every 50th has a gift card, too.
    customer = None if number % 20 == 0 else {"id": int(order["customer_no"][1:]), "default_address": address}
    card = [{"id": number * 100 + 99, "sku": "GIFT", "quantity": 1, "price": "50.00", "gift_card": True}]
    return {
        "id": number,
        "name": f"#{number}",
        "test": False,
        "created_at": _time(order["ordered_at"]),
        "updated_at": _time(order["ordered_at"]),
        "cancelled_at": None,
        "currency": order["currency"],
        "customer_locale": "de-DE",
        "source_name": order["sales_channel"],
        "payment_gateway_names": [order["payment"]],
        "discount_codes": [{"code": "x", "type": order["voucher"]}] if order["voucher"] else [],
        "customer": customer,
        "shipping_address": address,
        "line_items": [_line(line) for line in lines] + (card if number % 50 == 0 else []),
        "fulfillments": [_fulfillment(at, parcel) for at, parcel in group(lines, "shipped_at").items()],
        "refunds": [
            *(_refund(at, cancelled, "cancel") for at, cancelled in group(lines, "cancelled_at").items()),
            *(_refund(r["received_at"], [line | r], "return") for line in lines for r in line["returns"]),
        ],
    }


def _line(line: Row) -> Row:
    discount = round((line["list_price"] - line["price"]) * line["qty"], 2)
    return {
        "id": line_number(line),
        "sku": line["article_no"],
        "quantity": line["qty"],
        "price": f"{line['list_price']:.2f}",
        "discount_allocations": [{"amount": f"{discount:.2f}"}] if discount else [],
        "gift_card": False,
        "requires_shipping": True,
    }


def _fulfillment(at: str, parcel: list[Row]) -> Row:
    delivered = parcel[0]["delivered_at"]
    return {
        "status": "success",
        "created_at": _time(at),
        "updated_at": _time(delivered or at),
        "shipment_status": "delivered" if delivered else "in_transit",
        "line_items": [{"id": line_number(line), "quantity": line["qty"]} for line in parcel],
    }


def _refund(at: str, lines: list[Row], restock_type: str) -> Row:
    items = [
        {"line_item_id": line_number(line), "quantity": line["qty"], "restock_type": restock_type} for line in lines
    ]
    return {"created_at": _time(at), "refund_line_items": items}


def _product(style: str, articles: list[Row]) -> Row:
    first = articles[0]
    return {
        "id": int(style),
        "vendor": first["brand"],
        "product_type": first["product_group"],
        "published_at": f"{first['first_sale_on']}T00:00:00+01:00",
        "image": {"src": first["photo"]},
        "options": [{"name": "Größe"}, {"name": "Farbe"}],
        "variants": [
            {
                "id": int(article["article_no"]),
                "sku": article["article_no"],
                "price": f"{article['list_price']:.2f}",
                "option1": article["size"],
                "option2": article["colour"],
            }
            for article in articles
        ],
    }


def _customer(customer: Row) -> Row:
    return {
        "id": int(customer["customer_no"][1:]),
        "created_at": _time(customer["registered_at"]),
        "tags": "no-profiling" if customer["profiling_opt_out"] == "Y" else "",
        "default_address": {"country_code": customer["country"]},
    }


def _time(time: str) -> str:
    return datetime.fromisoformat(time).astimezone(_ZONE).isoformat()
