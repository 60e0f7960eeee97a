"""The simulated shop as CSV exports of thelook: a row per unit."""

from itertools import count
from pathlib import Path

from benchmarks.templates.shop import Row, SimulatedShop
from benchmarks.templates.tables import order_lines, utc, write_table

__all__ = ["write"]


def write(shop: SimulatedShop, folder: Path) -> None:
    """Write all tables, and the rate of its currency into the policy, as the template's README says."""
    policy = folder.parents[2] / "policy.yaml"
    policy.write_text(policy.read_text().replace("rates: {", "rates: {USD: 0.92, "))
    ids = count(1)
    write_table(
        folder / "orders.csv",
        (
            {
                "order_id": int(order["order_no"]),
                "user_id": int(order["customer_no"][1:]),
                "status": _status(order["lines"][0]),
                "created_at": utc(order["ordered_at"], " UTC"),
                "num_of_item": sum(line["qty"] for line in order["lines"]),
            }
            for order in shop.orders
        ),
    )
    write_table(
        folder / "order_items.csv",
        (
            {
                "id": next(ids),
                "order_id": int(order["order_no"]),
                "user_id": int(order["customer_no"][1:]),
                "product_id": line["article_no"],
                "inventory_item_id": None,
                "status": _status(line, unit),
                "created_at": utc(order["ordered_at"], " UTC"),
                "shipped_at": utc(line["shipped_at"], " UTC"),
                "delivered_at": utc(line["delivered_at"], " UTC"),
                "returned_at": next((utc(r["received_at"], " UTC") for r in line["returns"] if unit < r["qty"]), None),
                "sale_price": line["price"],
            }
            for order, line in order_lines(shop)
            for unit in range(line["qty"])
        ),
    )
    write_table(
        folder / "products.csv",
        (
            {
                "id": article["article_no"],
                "category": article["product_group"],
                "name": article["style_no"],
                "brand": article["brand"],
                "retail_price": article["list_price"],
                "department": article["department"],
                "sku": article["article_no"],
                "distribution_center_id": 1,
            }
            for article in shop.articles
        ),
    )
    write_table(
        folder / "users.csv",
        (
            {
                "id": int(customer["customer_no"][1:]),
                "country": customer["country"],
                "created_at": utc(customer["registered_at"], " UTC"),
            }
            for customer in shop.customers
        ),
    )
    write_table(
        folder / "inventory_items.csv",
        (
            {
                "id": next(ids),
                "product_id": article["article_no"],
                "created_at": f"{article['first_sale_on']} 00:00:00 UTC",
            }
            for article in shop.articles
        ),
    )


def _status(line: Row, unit: int = 0) -> str:
    if line["cancelled_at"]:
        return "Cancelled"
    if any(unit < returned["qty"] for returned in line["returns"]):
        return "Returned"
    return "Shipped" if line["shipped_at"] else "Processing"
