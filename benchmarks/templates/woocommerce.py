"""The simulated shop as arrays of WooCommerce's REST API."""

import json
from pathlib import Path

from benchmarks.templates.shop import Row, SimulatedShop
from benchmarks.templates.tables import group, line_number, returned_lines

__all__ = ["write"]


def write(shop: SimulatedShop, folder: Path) -> None:
    """Write orders, refunds, products and customers, one array each."""
    cancelled = [
        _refund(order, at, lines, "")
        for order in shop.orders
        for at, lines in group(order["lines"], "cancelled_at").items()
    ]
    came_back = [
        _refund(order, row["received_at"], [line | row], row["reason_code"])
        for order, line, row in returned_lines(shop)
    ]
    styles = group(shop.articles, "style_no")
    _write(folder, "orders", [_order(order) for order in shop.orders])
    _write(folder, "refunds", cancelled + came_back)
    _write(folder, "products", [_product(style, articles[0]) for style, articles in styles.items()])
    _write(folder, "customers", [_customer(customer) for customer in shop.customers])


def _write(folder: Path, name: str, rows: list[Row]) -> None:
    (folder / f"{name}.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def _order(order: Row) -> Row:
    shipped = [line["shipped_at"] for line in order["lines"] if line["shipped_at"]]
    waiting = [line for line in order["lines"] if not line["shipped_at"] and not line["cancelled_at"]]
    return {
        "id": int(order["order_no"]),
        "status": "processing" if waiting else "completed",
        "currency": order["currency"],
        "date_created_gmt": order["ordered_at"][:-1],
        "date_modified_gmt": order["ordered_at"][:-1],
        "date_completed_gmt": max(shipped)[:-1] if shipped and not waiting else None,
        "total": f"{sum(line['price'] * line['qty'] for line in order['lines']):.2f}",
        # Every 20th order is a guest's.
        "customer_id": 0 if int(order["order_no"]) % 20 == 0 else int(order["customer_no"][1:]),
        "created_via": order["sales_channel"],
        "payment_method": order["payment"],
        "billing": {"country": order["country"]},
        "shipping": {"country": order["country"]},
        "coupon_lines": [{"discount_type": order["voucher"]}] if order["voucher"] else [],
        "line_items": [_line(line) for line in order["lines"]],
    }


def _line(line: Row) -> Row:
    article = line["article"]
    attributes = {"Größe": article["size"], "Farbe": article["colour"]}
    return {
        "id": line_number(line),
        "product_id": int(article["style_no"]),
        "variation_id": int(article["article_no"]),
        "sku": article["article_no"],
        "quantity": line["qty"],
        "subtotal": f"{line['list_price'] * line['qty']:.2f}",
        "subtotal_tax": "0.00",
        "total": f"{line['price'] * line['qty']:.2f}",
        "total_tax": "0.00",
        "meta_data": [{"display_key": name, "display_value": value} for name, value in attributes.items()],
    }


def _refund(order: Row, at: str, lines: list[Row], reason: str) -> Row:
    return {
        "id": f"{line_number(lines[0])}-{at}",
        "parent_id": int(order["order_no"]),
        "date_created_gmt": at[:-1],
        "amount": f"{sum(line['price'] * line['qty'] for line in lines):.2f}",
        "reason": reason.replace("_", " ").capitalize(),
        "line_items": [
            {
                "quantity": -line["qty"],
                "meta_data": [{"key": "_refunded_item_id", "value": str(line_number(line))}],
            }
            for line in lines
        ],
    }


def _product(style: str, article: Row) -> Row:
    return {
        "id": int(style),
        "date_created_gmt": f"{article['first_sale_on']}T00:00:00",
        "categories": [{"name": article["product_group"]}],
        "brands": [{"name": article["brand"]}],
        "images": [{"src": article["photo"]}],
    }


def _customer(customer: Row) -> Row:
    answer = [{"key": "no_profiling", "value": "yes"}] if customer["profiling_opt_out"] == "Y" else []
    return {
        "id": int(customer["customer_no"][1:]),
        "date_created_gmt": customer["registered_at"][:-1],
        "billing": {"country": customer["country"]},
        "shipping": {"country": customer["country"]},
        "meta_data": answer,
    }
