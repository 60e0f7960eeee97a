"""The simulated shop as tables of Magento: sized articles as parent and child, returns as credit memos."""

from itertools import count
from pathlib import Path

from benchmarks.templates.shop import Row, SimulatedShop
from benchmarks.templates.tables import order_lines, returned_lines, utc, write_table

__all__ = ["write"]


def write(shop: SimulatedShop, folder: Path) -> None:
    """Write the eight tables and the export of products."""
    ids = count(1)
    items = {id(line): next(ids) for _, line in order_lines(shop)}
    write_table(
        folder / "sales_order.csv",
        (
            {
                "entity_id": int(order["order_no"]),
                "increment_id": order["order_no"],
                "state": "processing",
                "customer_id": order["customer_no"],
                "coupon_code": order["voucher"],
                "order_currency_code": order["currency"],
                "shipping_address_id": int(order["order_no"]),
                "created_at": utc(order["ordered_at"]),
            }
            for order in shop.orders
        ),
    )
    write_table(
        folder / "sales_order_address.csv",
        ({"entity_id": int(order["order_no"]), "country_id": order["country"]} for order in shop.orders),
    )
    rows = []
    for order, line in order_lines(shop):
        parent = _item(order, line, items[id(line)])
        child = {"item_id": next(ids), "parent_item_id": parent["item_id"], "product_type": "simple", "price": "0.0000"}
        rows += [parent, parent | child] if line["article"]["size"] else [parent | {"product_type": "simple"}]
    write_table(folder / "sales_order_item.csv", rows)
    shipped = [(order, line) for order, line in order_lines(shop) if line["shipped_at"]]
    write_table(
        folder / "sales_shipment.csv",
        ({"entity_id": items[id(line)], "created_at": utc(line["shipped_at"])} for _, line in shipped),
    )
    write_table(
        folder / "sales_shipment_item.csv",
        ({"parent_id": items[id(line)], "order_item_id": items[id(line)]} for _, line in shipped),
    )
    returned = [(next(ids), line, back) for _, line, back in returned_lines(shop)]
    write_table(
        folder / "sales_creditmemo.csv",
        ({"entity_id": memo, "state": 2, "created_at": utc(back["received_at"])} for memo, _, back in returned),
    )
    write_table(
        folder / "sales_creditmemo_item.csv",
        (
            {"parent_id": memo, "order_item_id": items[id(line)], "qty": f"{back['qty']}.0000"}
            for memo, line, back in returned
        ),
    )
    write_table(
        folder / "customer_entity.csv",
        ({"entity_id": c["customer_no"], "group_id": 1, "created_at": utc(c["registered_at"])} for c in shop.customers),
    )
    write_table(folder / "catalog_product.csv", _products(shop.articles))


def _item(order: Row, line: Row, item: int) -> Row:
    price = line["price"] / 1.19 * line["qty"]
    return {
        "item_id": item,
        "order_id": int(order["order_no"]),
        "parent_item_id": "NULL",
        "product_type": "configurable",
        "is_virtual": 0,
        "sku": line["article_no"],
        "qty_ordered": f"{line['qty']}.0000",
        "qty_canceled": f"{line['qty'] if line['cancelled_at'] else 0}.0000",
        "price": f"{line['price'] / 1.19:.4f}",
        "price_incl_tax": line["list_price"],
        "row_total": f"{price:.4f}",
        "tax_amount": f"{price * 0.19:.4f}",
        "discount_amount": "0.0000",
        "discount_tax_compensation_amount": "0.0000",
        "updated_at": utc(line["cancelled_at"] or order["ordered_at"]),
    }


def _products(articles: list[Row]) -> list[Row]:
    styles: dict[str, list[str]] = {}
    rows = []
    for a in articles:
        styles.setdefault(a["style_no"], []).append(f"sku={a['article_no']},size={a['size']},color={a['colour']}")
        rows.append(
            {
                "sku": a["article_no"],
                "store_view_code": None,
                "product_type": "simple",
                "categories": f"Default Category/{a['product_group']}",
                "price": a["list_price"],
                "base_image": a["photo"],
                "additional_attributes": f"color={a['colour']},manufacturer={a['brand']},size={a['size'] or ''}",
                "configurable_variations": None,
            }
        )
    parents = [
        {"sku": style, "product_type": "configurable", "configurable_variations": "|".join(variations)}
        for style, variations in styles.items()
    ]
    return rows + parents
