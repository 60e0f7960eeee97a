"""The simulated shop as Parquet files of dbt marts."""

from pathlib import Path

import pandas as pd

from benchmarks.templates.shop import SimulatedShop
from benchmarks.templates.tables import order_lines, returned_lines

__all__ = ["write"]


def write(shop: SimulatedShop, folder: Path) -> None:
    """Write the four marts; times are instants, but for ``ordered_at``, which is UTC without a zone."""
    items = pd.DataFrame(
        {
            "order_item_id": f"{order['order_no']}-{line['position']}",
            "order_id": order["order_no"],
            "ordered_at": order["ordered_at"],
            "customer_id": order["customer_no"],
            "sku": line["article_no"],
            "item_type": "product",
            "quantity": line["qty"],
            "gross_item_sales_amount": line["list_price"] * line["qty"],
            "net_item_sales_amount": line["price"] * line["qty"] / 1.19,
            "item_tax_amount": line["price"] * line["qty"] * 0.19 / 1.19,
            "currency": order["currency"],
            "country_code": order["country"],
            "warehouse": order["warehouse"],
            "sales_channel": order["sales_channel"],
            "payment_method": order["payment"],
            "shipped_at": line["shipped_at"],
            "delivered_at": line["delivered_at"],
            "cancelled_at": line["cancelled_at"],
        }
        for order, line in order_lines(shop)
    )
    times = ["ordered_at", "shipped_at", "delivered_at", "cancelled_at"]
    items[times] = items[times].apply(pd.to_datetime, utc=True)
    items["ordered_at"] = items["ordered_at"].dt.tz_localize(None)
    returns = pd.DataFrame(
        {
            "return_id": returned["return_no"],
            "order_item_id": f"{order['order_no']}-{line['position']}",
            "received_at": returned["received_at"],
            "quantity": -returned["qty"],
            "return_reason": returned["reason_code"].replace("_", " ").lower(),
            "item_condition": returned["condition"],
        }
        for order, line, returned in returned_lines(shop)
    )
    returns["received_at"] = pd.to_datetime(returns["received_at"], utc=True)
    products = pd.DataFrame(shop.articles).rename(
        columns={
            "article_no": "sku",
            "style_no": "style_id",
            "product_group": "category",
            "first_sale_on": "launched_on",
            "photo": "image_url",
        }
    )
    customers = pd.DataFrame(shop.customers).rename(columns={"customer_no": "customer_id", "country": "country_code"})
    customers["opted_out"] = customers["profiling_opt_out"] == "Y"
    marts = {"fct_order_items": items, "fct_returns": returns, "dim_products": products, "dim_customers": customers}
    for name, mart in marts.items():
        mart.to_parquet(folder / f"{name}.parquet")
