"""The truth file: what no shop can know of each line, for tests and for measuring how much of it a model has found."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from returns_risk.errors import SourceError
from returns_risk.io.files import atomic_file
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.numbering import customer_numbers, line_ids, order_numbers
from shop_simulator.shop import Shop
from shop_simulator.world import CATEGORIES, MARKETS, REASON_CODES, REASONS, Ints

__all__ = ["LINES_FILE", "read_truth", "truth_table", "write_truth"]

LINES_FILE = "lines.parquet"


def truth_table(shop: Shop) -> pa.Table:
    """Return one row per order line, in the order of ordering.

    Columns
    -------
    line_id, order_no, customer_no, market, department, category, ordered_on, basket_lines, price, quantity :
        what the shop knows too; price in EUR per unit.
    fit : sizes by which it is too large (positive) or too small.
    probability : of a return within the window, at the time of the order, without an intervention.
    probability_<reason> : the same by reason; they add up.
    probability_if_<intervention> : under an intervention, given that the customer does not cancel for it.
    cancels_if_<intervention> : probability that the customer cancels when contacted.
    would_return, would_return_if_<intervention> : what does happen in either world once it ships, within the window.
    would_cancel_if_<intervention>, would_annoy_if_<intervention> : the friction of that line.
    reason, reason_if_<intervention> : why, empty where it would stay.
    applied : the intervention carried out, empty for none.
    shipped, returned, overdue : its fate (returned: at all; overdue: it comes or would come too late).
    received_on, delay : day of receipt and days from delivery to it, null where it has not shipped or is kept.
    code : the reason ticked on the slip, empty where it is kept.
    """
    lines, orders = shop.lines, shop.orders
    category = shop.catalogue.styles["category"][lines["style"]].astype(np.int64)
    order = lines["order"]
    columns: dict[str, object] = {
        "line_id": line_ids(order, lines["position"]),
        "order_no": order_numbers(order),
        "customer_no": customer_numbers(orders["customer"][order]),
        "market": _category(tuple(market.code for market in MARKETS), orders["market"][order]),
        "department": _category(tuple(group.department for group in CATEGORIES), category),
        "category": _category(tuple(group.name for group in CATEGORIES), category),
        "ordered_on": pa.array(orders["ordered"][order].astype("M8[D]").astype("M8[s]")),
        "basket_lines": np.bincount(order)[order].astype(np.int16),
        "price": (lines["unit_price"] / 100).astype(np.float32),
        "quantity": lines["quantity"],
        "fit": lines["fit"],
        "probability": lines["probability"],
        **{f"probability_{name}": lines["reasons"][:, column] for column, name in enumerate(REASONS)},
    }
    columns |= _potential(shop) | _realised(shop)
    return pa.table(columns)


def write_truth(folder: Path, shop: Shop) -> Path:
    """Write ``folder/lines.parquet`` atomically and return its path."""
    path = folder / LINES_FILE
    with atomic_file(path) as aside:
        pq.write_table(truth_table(shop), aside, compression="zstd", compression_level=1)
    return path


def read_truth(folder: Path, line_ids: list[str] | None = None) -> pd.DataFrame:
    """Read the truth of some lines, in their order, or of all.

    Raises
    ------
    SourceError
        There is no truth in the folder, or it does not know a line.
    """
    path = folder / LINES_FILE
    if not path.exists():
        raise SourceError(f"{path}: there is no truth here. Simulate the shop with shop-simulator simulate.")
    try:
        truth: pd.DataFrame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: cannot be read as Parquet. Make the shop up again with simulate.") from error
    if line_ids is None:
        return truth
    position = pd.Index(truth["line_id"]).get_indexer(pd.Index(line_ids))
    unknown = np.flatnonzero(position < 0)
    if len(unknown):
        raise SourceError(
            f"{path}: {len(unknown)} of {len(line_ids)} lines are unknown to it, e.g. {line_ids[unknown[0]]}. "
            "Truth and scores are of different shops."
        )
    known: pd.DataFrame = truth.iloc[position].reset_index(drop=True)
    return known


def _potential(shop: Shop) -> dict[str, object]:
    """Return what happens in the world without and with each intervention."""
    lines = shop.lines
    in_time = ~lines["overdue"]
    columns: dict[str, object] = {"would_return": lines["returned_if"][:, 0] & in_time, "reason": _reason(shop, 0)}
    for column, intervention in enumerate(INTERVENTIONS, start=1):
        columns |= {
            f"probability_if_{intervention.name}": lines["if_done"][:, column - 1],
            f"cancels_if_{intervention.name}": pa.repeat(pa.scalar(intervention.cancels, pa.float32()), len(lines)),
            f"would_return_if_{intervention.name}": lines["returned_if"][:, column] & in_time,
            f"reason_if_{intervention.name}": _reason(shop, column),
            f"would_cancel_if_{intervention.name}": lines["cancels_if"][:, column],
            f"would_annoy_if_{intervention.name}": lines["annoyed_if"][:, column],
        }
    return columns


def _reason(shop: Shop, column: int) -> pa.Array:
    comes = shop.lines["returned_if"][:, column]
    return _category(("", *REASONS), np.where(comes, 1 + shop.lines["reason_if"][:, column], 0))


def _realised(shop: Shop) -> dict[str, object]:
    lines, returns = shop.lines, shop.returns
    received = np.full(len(lines), np.datetime64("NaT", "D"))
    received[returns["line"]] = returns["received"].astype("M8[D]")
    code = np.zeros(len(lines), dtype=np.int64)
    code[returns["line"]] = 1 + returns["code"]
    delay = (received - lines["delivered"].astype("M8[D]")).astype(np.int64)
    return {
        "applied": _category(("", *(intervention.name for intervention in INTERVENTIONS)), lines["applied"]),
        "shipped": ~np.isnat(lines["shipped"]) & (lines["ships_on"] < shop.day),
        "returned": lines["returned"],
        "overdue": lines["overdue"],
        "received_on": pa.array(received.astype("M8[s]")),
        "delay": pa.array(np.where(np.isnat(received), 0, delay).astype(np.int16), mask=np.isnat(received)),
        "code": _category(("", *REASON_CODES), code),
    }


def _category(of: tuple[str, ...], codes: Ints) -> pa.Array:
    """Return texts, each distinct one stored once."""
    distinct = list(dict.fromkeys(of))
    index = np.array([distinct.index(name) for name in of], dtype=np.int8)
    return pa.DictionaryArray.from_arrays(pa.array(index[codes]), pa.array(distinct))
