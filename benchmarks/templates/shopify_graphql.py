"""The simulated shop as JSON lines of Shopify's bulk operations."""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.templates.shop import Row, SimulatedShop
from benchmarks.templates.tables import group, line_number

__all__ = ["write"]

_REASONS = {"TOO_SMALL": "SIZE_TOO_SMALL", "TOO_LARGE": "SIZE_TOO_LARGE", "NOT_AS_PICTURED": "NOT_AS_DESCRIBED"}
_REASONS |= {"QUALITY": "DEFECTIVE", "DAMAGED": "DEFECTIVE", "CHANGED_MIND": "UNWANTED"}


def write(shop: SimulatedShop, folder: Path) -> None:
    """Write orders, products and customers, children below their parents."""
    _write(folder / "orders.jsonl", (row for order in shop.orders for row in _order(order)))
    styles = group(shop.articles, "style_no")
    _write(folder / "products.jsonl", (row for style, articles in styles.items() for row in _product(style, articles)))
    _write(folder / "customers.jsonl", map(_customer, shop.customers))


def _write(file: Path, rows: Iterator[Row]) -> None:
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)


def _gid(kind: str, number: object) -> str:
    return f"gid://shopify/{kind}/{number}"


def _money(amount: float) -> Row:
    return {"shopMoney": {"amount": str(amount)}}


def _order(order: Row) -> Iterator[Row]:
    number, lines = int(order["order_no"]), order["lines"]
    me = _gid("Order", number)
    # Every 20th order is a guest's.
    customer = None if number % 20 == 0 else {"id": _gid("Customer", int(order["customer_no"][1:]))}
    cancelled = group(lines, "cancelled_at")
    yield {
        "id": me,
        "name": f"#{number}",
        "createdAt": order["ordered_at"],
        "updatedAt": order["ordered_at"],
        "cancelledAt": None,
        "test": False,
        "currencyCode": order["currency"],
        "sourceName": order["sales_channel"],
        "paymentGatewayNames": [order["payment"]],
        "discountCodes": [order["voucher"]] if order["voucher"] else [],
        "customer": customer,
        "shippingAddress": {"countryCodeV2": order["country"]},
        "fulfillments": [
            {"status": "SUCCESS", "createdAt": at, "deliveredAt": parcel[0]["delivered_at"]}
            for at, parcel in group(lines, "shipped_at").items()
        ],
        "refunds": [{"createdAt": at, "return": None} for at in cancelled],
    }
    for line in lines:
        yield _line(line, me)
        for returned in line["returns"]:
            yield from _return(line, returned, me)


def _line(line: Row, parent: str) -> Row:
    gone = line["qty"] if line["cancelled_at"] else sum(returned["qty"] for returned in line["returns"])
    is_open = not line["shipped_at"] and not line["cancelled_at"]
    return {
        "id": _gid("LineItem", line_number(line)),
        "sku": line["article_no"],
        "quantity": line["qty"],
        "currentQuantity": line["qty"] - gone,
        "unfulfilledQuantity": line["qty"] if is_open else 0,
        "requiresShipping": True,
        "isGiftCard": False,
        "originalUnitPriceSet": _money(line["list_price"]),
        "discountedUnitPriceAfterAllDiscountsSet": _money(line["price"]),
        "__parentId": parent,
    }


def _return(line: Row, returned: Row, parent: str) -> Iterator[Row]:
    me = _gid("Return", int(returned["return_no"][1:]))
    yield {"id": me, "status": "CLOSED", "closedAt": returned["received_at"], "__parentId": parent}
    yield {
        "id": me.replace("Return", "ReturnLineItem"),
        "quantity": returned["qty"],
        "returnReason": _REASONS.get(returned["reason_code"], "OTHER"),
        "fulfillmentLineItem": {"lineItem": {"id": _gid("LineItem", line_number(line))}},
        "__parentId": me,
    }


def _product(style: str, articles: list[Row]) -> Iterator[Row]:
    me, first = _gid("Product", int(style)), articles[0]
    launched = f"{first['first_sale_on']}T00:00:00Z"
    yield {"id": me, "vendor": first["brand"], "productType": first["product_group"], "publishedAt": launched}
    for article in articles:
        yield {
            "id": _gid("ProductVariant", int(article["article_no"])),
            "sku": article["article_no"],
            "price": str(article["list_price"]),
            "selectedOptions": [
                {"name": "Size", "value": article["size"]},
                {"name": "Color", "value": article["colour"]},
            ],
            "__parentId": me,
        }


def _customer(customer: Row) -> Row:
    return {
        "id": _gid("Customer", int(customer["customer_no"][1:])),
        "createdAt": customer["registered_at"],
        "locale": customer["language"],
        "tags": ["no-profiling"] if customer["profiling_opt_out"] == "Y" else [],
        "defaultAddress": {"countryCodeV2": customer["country"]},
    }
