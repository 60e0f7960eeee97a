"""The simulated shop as CSV exports of Shopify's admin."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from benchmarks.templates.shop import Row, SimulatedShop
from benchmarks.templates.tables import group, local, write_table

__all__ = ["write"]

_TIME = "%Y-%m-%d %H:%M:%S %z"


def write(shop: SimulatedShop, folder: Path) -> None:
    """Write the four exports."""
    write_table(folder / "orders_export_1.csv", (row for order in shop.orders for row in _order(order)))
    write_table(folder / "transactions_export_1.csv", (row for order in shop.orders for row in _refunds(order)))
    styles = group(shop.articles, "style_no")
    write_table(folder / "products_export_1.csv", (row for articles in styles.values() for row in _product(articles)))
    write_table(folder / "customers_export.csv", map(_customer, shop.customers))


def _order(order: Row) -> Iterator[Row]:
    number, lines = int(order["order_no"]), order["lines"]
    total = round(sum(line["price"] * line["qty"] for line in lines), 2)
    shipped = [line["shipped_at"] for line in lines if line["shipped_at"]]
    cancelled = [line["cancelled_at"] for line in lines if line["cancelled_at"]]
    is_complete = len(shipped) + len(cancelled) == len(lines)
    header = {
        # Every 20th order is a guest's who left no address.
        "Email": None if number % 20 == 0 else _email(order["customer_no"]),
        "Financial Status": "paid",
        "Fulfilled at": local(max(shipped), _TIME) if shipped and is_complete else None,
        "Currency": order["currency"],
        "Subtotal": total,
        "Shipping": "4.90",
        "Taxes": "0.00",
        "Total": round(total + 4.90, 2),
        "Discount Code": order["voucher"],
        "Shipping Country": order["country"],
        "Billing Country": order["country"],
        "Cancelled at": local(max(cancelled), _TIME) if len(cancelled) == len(lines) else None,
        "Payment Method": order["payment"],
        "Refunded Amount": round(sum(amount for _, amount in _amounts(order)), 2),
        "Source": order["sales_channel"],
    }
    for row, line in enumerate(lines):
        item = {
            "Name": f"#{number}",
            "Created at": local(order["ordered_at"], _TIME),
            "Lineitem quantity": line["qty"],
            "Lineitem price": line["list_price"],
            "Lineitem name": line["article_no"],
            "Lineitem sku": line["article_no"],
            "Lineitem requires shipping": "true",
            "Lineitem fulfillment status": "fulfilled" if line["shipped_at"] else "pending",
            "Lineitem discount": round((line["list_price"] - line["price"]) * line["qty"], 2),
        }
        yield item | (header if row == 0 else {})


def _amounts(order: Row) -> list[tuple[str, float]]:
    """Return times and amounts of the refunds: one for all that was cancelled or came back at a time."""
    events = [(r["received_at"], line["price"] * r["qty"]) for line in order["lines"] for r in line["returns"]]
    events += [(n["cancelled_at"], n["price"] * n["qty"]) for n in order["lines"] if n["cancelled_at"]]
    by_time = groupby(sorted(events), key=lambda event: event[0])
    return [(time, round(sum(amount for _, amount in together), 2)) for time, together in by_time]


def _refunds(order: Row) -> Iterator[Row]:
    for time, amount in _amounts(order):
        yield {
            "Order": int(order["order_no"]),
            "Name": f"#{int(order['order_no'])}",
            "Kind": "refund",
            "Created At": local(time, _TIME),
            "Status": "success",
            "Amount": amount,
        }


def _product(articles: list[Row]) -> Iterator[Row]:
    for row, article in enumerate(articles):
        first = {"Title": article["style_no"], "Vendor": article["brand"], "Type": article["product_group"]}
        first |= {"Option1 Name": "Size", "Option2 Name": "Color", "Option3 Name": None, "Image Src": article["photo"]}
        variant = {
            "Handle": article["style_no"],
            "Option1 Value": article["size"],
            "Option2 Value": article["colour"],
            "Option3 Value": None,
            "Variant SKU": article["article_no"],
            "Variant Price": article["list_price"],
            "Variant Compare At Price": None,
        }
        yield variant | (first if row == 0 else {})


def _customer(customer: Row) -> Row:
    return {
        "Customer ID": f"'{int(customer['customer_no'][1:])}",
        "Email": _email(customer["customer_no"]),
        "Default Address Country Code": customer["country"],
        "Tags": "VIP, no-profiling" if customer["profiling_opt_out"] == "Y" else None,
    }


def _email(customer: str) -> str:
    return f"{customer}@example.com"
