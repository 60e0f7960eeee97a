"""One simulated shop for all templates: about 50,000 order lines of 400 days, with returns that can be learnt."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from shop_simulator import Definition, simulate
from shop_simulator.raw import raw_tables

__all__ = ["AS_OF", "Row", "SimulatedShop", "simulate_shop"]

AS_OF = date(2026, 3, 2)
Row = dict[str, Any]


@dataclass(frozen=True)
class SimulatedShop:
    """Rows as the simulator exports them (``sources/demo/*.sql`` reads the same columns); empty texts are None."""

    orders: list[Row]
    """Each with its ``lines``, each of these with its ``article`` and its ``returns``."""
    articles: list[Row]
    customers: list[Row]


def simulate_shop(days: int = 400, lines_per_day: int = 115) -> SimulatedShop:
    """Simulate the shop as it is known at the start of ``AS_OF``."""
    shop = simulate(Definition(start=AS_OF - timedelta(days=days), lines_per_day=lines_per_day), AS_OF)
    tables = {name: _rows(table) for name, table in raw_tables(shop).items()}
    articles = {article["article_no"]: article for article in tables["articles"]}
    orders = {order["order_no"]: order | {"lines": []} for order in tables["orders"]}
    lines = {}
    for line in tables["order_lines"]:
        line |= {"article": articles[line["article_no"]], "returns": []}
        lines[line["order_no"], line["position"]] = line
        orders[line["order_no"]]["lines"].append(line)
    for returned in tables["returns"]:
        lines[returned["order_no"], returned["position"]]["returns"].append(returned)
    return SimulatedShop(list(orders.values()), tables["articles"], tables["customers"])


def _rows(table: pa.Table) -> list[Row]:
    return [{name: None if value == "" else value for name, value in row.items()} for row in table.to_pylist()]
