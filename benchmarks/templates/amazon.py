"""The simulated shop as reports of Seller Central: line totals, a row per returned unit, repeated orders."""

from pathlib import Path

from benchmarks.templates.shop import AS_OF, Row, SimulatedShop
from benchmarks.templates.tables import order_lines, returned_lines, write_table

__all__ = ["write"]

CHANNELS = {"DE": "Amazon.de", "AT": "Amazon.de", "NL": "Amazon.nl", "FR": "Amazon.fr", "PL": "Amazon.pl"}
REASONS = {
    "TOO_SMALL": "APPAREL_TOO_SMALL",
    "TOO_LARGE": "APPAREL_TOO_LARGE",
    "CHANGED_MIND": "UNWANTED_ITEM",
    "NOT_AS_PICTURED": "NOT_AS_DESCRIBED",
    "QUALITY": "DEFECTIVE",
    "DAMAGED": "DAMAGED_BY_CARRIER",
    "LATE": "MISSED_ESTIMATED_DELIVERY",
    "GIFT": "UNKNOWN_OTHER_REASON",
    "OTHER": "SWITCHEROO",
}


def write(shop: SimulatedShop, folder: Path) -> None:
    """Write the three reports; the second file of orders repeats the last days."""
    orders = [_order(order, line) for order, line in order_lines(shop)]
    recent = f"{AS_OF:%Y}-01-01"
    write_table(folder / "orders-1.txt", orders, "\t")
    write_table(folder / "orders-2.txt", [row for row in orders if row["purchase-date"] >= recent], "\t")
    write_table(
        folder / "shipments.txt",
        (
            {
                "amazon-order-id": _id(order),
                "shipment-date": _time(line["shipped_at"]),
                "sku": line["article_no"],
                "quantity-shipped": line["qty"],
            }
            for order, line in order_lines(shop)
            if line["shipped_at"]
        ),
        "\t",
    )
    write_table(
        folder / "returns.txt",
        (
            {
                "return-date": _time(returned["received_at"]),
                "order-id": _id(order),
                "sku": line["article_no"],
                "quantity": 1,
                "detailed-disposition": "SELLABLE",
                "reason": REASONS[returned["reason_code"]],
                "license-plate-number": f"LPN{returned['return_no']}-{unit}",
            }
            for order, line, returned in returned_lines(shop)
            for unit in range(returned["qty"])
        ),
        "\t",
    )


def _order(order: Row, line: Row) -> Row:
    state = "Cancelled" if line["cancelled_at"] else "Shipped" if line["shipped_at"] else "Unshipped"
    changes = [order["ordered_at"], line["cancelled_at"], line["shipped_at"]]
    return {
        "amazon-order-id": _id(order),
        "purchase-date": _time(order["ordered_at"]),
        "last-updated-date": _time(max(filter(None, changes))),
        "order-status": state,
        "fulfillment-channel": "Amazon",
        "sales-channel": CHANNELS[order["country"]],
        "sku": line["article_no"],
        "item-status": state,
        "quantity": line["qty"],
        "currency": order["currency"],
        "item-price": round(line["list_price"] * line["qty"], 2),
        "item-promotion-discount": round((line["list_price"] - line["price"]) * line["qty"], 2),
    }


def _id(order: Row) -> str:
    return f"302-{order['order_no'][:7]}-{order['order_no'][3:]}"


def _time(time: str) -> str:
    return time.replace("Z", "+00:00")
