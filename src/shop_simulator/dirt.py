"""Faults planted into an extract on purpose, each of them on record."""

import hashlib
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shop_simulator.catalogue import BRAND_NAMES
from shop_simulator.definition import Definition
from shop_simulator.extract import Extract, plant_fault, record_fault
from shop_simulator.numbering import article_numbers, line_ids, order_numbers
from shop_simulator.raw import returns_in_order, utc
from shop_simulator.shop import Shop
from shop_simulator.world import DAY, Flags, Floats, Ints, Times, later

__all__ = ["soil"]

_ZLOTY = 4.3
"""What a price is multiplied by when złoty are booked as euros."""
_LATEST = 7
"""Days by which a late row is late at most."""
_SHARE_IN_COLLAPSE = 0.3
_BEFALLS = {
    "orders": ("missing_keys", "currency_slips"),
    "order_lines": ("duplicates", "missing_keys", "impossible_dates", "unknown_skus", "late_rows"),
    "returns": ("impossible_dates", "late_rows"),
    "articles": ("encoding",),
}
"""Which faults the rows of each file can have."""


def soil(shop: Shop, tables: dict[str, pa.Table]) -> Extract:
    """Plant the faults of the shop's definition into its clean tables.

    A row that is faulty one night is so every night: chance fell on it when it came into being.
    """
    extract = Extract(dict(tables))
    for kind, plant in _PLANTERS.items():
        if dict(shop.definition.faults).get(kind):
            plant(shop, extract)
    _late_rows(shop, extract)
    _duplicates(shop, extract)
    _accidents(shop, extract)
    for kind, day in shop.definition.drifts:
        if np.datetime64(day, "D") < np.datetime64(shop.day, "D"):
            _record_event(extract, kind, "world", "", "", "", np.datetime64(day, "D"))
    return extract


def _faulty_rows(shop: Shop, table: str, kind: str, chance: Floats) -> Ints:
    return np.flatnonzero(_chosen(shop.definition, table, kind, chance)[0])


def _chosen(definition: Definition, table: str, kind: str, chance: Floats) -> tuple[Flags, Floats]:
    """Return which rows a fault befalls, and for those a fresh chance between 0 and 1.

    Each kind has a chance of its own, made from the row's; a row has one fault at most, the first in their order.
    """
    taken = np.zeros(len(chance), dtype=bool)
    for name, share in definition.faults:
        if name not in _BEFALLS[table]:
            continue
        chance_of_kind = _chance_of_kind(chance, name)
        hit = (chance_of_kind < share) & ~taken
        if name == kind:
            return hit, chance_of_kind[hit] / share
        taken |= hit
    return np.zeros(len(chance), dtype=bool), np.zeros(0)


def _chance_of_kind(chance: Floats, kind: str) -> Floats:
    """Return another uniform chance of each row for a kind of fault (finaliser of splitmix64; Steele et al. 2014)."""
    salt = np.uint64(int.from_bytes(hashlib.sha256(kind.encode()).digest()[:8], "big"))
    bits = chance.astype(np.float32).view(np.uint32).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + salt
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    mixed: Floats = (bits ^ (bits >> np.uint64(31))) / np.float64(2**64)
    return mixed


def _line_ids(shop: Shop, line: Ints) -> pa.Array:
    return line_ids(shop.lines["order"][line], shop.lines["position"][line])


def _ordered(shop: Shop, line: Ints) -> Times:
    times: Times = shop.orders["ordered"][shop.lines["order"][line]]
    return times


def _missing_keys(shop: Shop, extract: Extract) -> None:
    kind = "missing_keys"
    line = _faulty_rows(shop, "order_lines", kind, shop.lines["fault"])
    wrong = pa.repeat("", len(line))
    plant_fault(extract, kind, "order_lines", "article_no", line, wrong, _line_ids(shop, line), _ordered(shop, line))
    order = _faulty_rows(shop, "orders", kind, shop.orders["fault"])
    ordered = shop.orders["ordered"][order]
    plant_fault(extract, kind, "orders", "customer_no", order, pa.repeat("", len(order)), order_numbers(order), ordered)


def _impossible_dates(shop: Shop, extract: Extract) -> None:
    """Let lines ship a month before they were ordered and returns arrive a year before."""
    kind = "impossible_dates"
    shipped = shop.lines["shipped"]
    gone = shipped < np.datetime64(shop.day, "D")
    line = np.flatnonzero(_chosen(shop.definition, "order_lines", kind, shop.lines["fault"])[0] & gone)
    wrong = utc(later(_ordered(shop, line), -30 * DAY))
    plant_fault(extract, kind, "order_lines", "shipped_at", line, wrong, _line_ids(shop, line), shipped[line])
    turn = returns_in_order(shop)
    row = _faulty_rows(shop, "returns", kind, shop.returns["fault"][turn])
    received = shop.returns["received"][turn[row]]
    too_early = later(received, -365 * DAY)
    keys = _line_ids(shop, shop.returns["line"][turn[row]])
    plant_fault(extract, kind, "returns", "received_at", row, utc(too_early), keys, received)


def _unknown_skus(shop: Shop, extract: Extract) -> None:
    kind = "unknown_skus"
    line = _faulty_rows(shop, "order_lines", kind, shop.lines["fault"])
    number = pc.take(article_numbers(shop.catalogue), pa.array(shop.lines["sku"][line]))
    wrong = pc.binary_join_element_wise("9", pc.utf8_slice_codeunits(number, 1), "")
    plant_fault(extract, kind, "order_lines", "article_no", line, wrong, _line_ids(shop, line), _ordered(shop, line))


def _currency_slips(shop: Shop, extract: Extract) -> None:
    """Let the prices of some orders be in złoty although they say euro."""
    kind = "currency_slips"
    hit = _chosen(shop.definition, "orders", kind, shop.orders["fault"])[0]
    line = np.flatnonzero(hit[shop.lines["order"]])
    for column, cents in (("price", "unit_price"), ("list_price", "list_price")):
        wrong = pa.array(np.round(shop.lines[cents][line] / 100 * _ZLOTY, 2))
        plant_fault(extract, kind, "order_lines", column, line, wrong, _line_ids(shop, line), _ordered(shop, line))


def _encoding(shop: Shop, extract: Extract) -> None:
    """Let brands with umlauts arrive as if UTF-8 had been read as Latin-1."""
    kind = "encoding"
    styles, style = shop.catalogue.styles, shop.catalogue.skus["style"]
    foreign = np.array([not name.isascii() for name in BRAND_NAMES])
    hit = foreign[styles["brand"]] & _chosen(shop.definition, "articles", kind, styles["fault"])[0]
    row = np.flatnonzero(hit[style])
    wrong = [BRAND_NAMES[brand].encode().decode("latin-1") for brand in styles["brand"][style[row]]]
    numbers = pc.take(article_numbers(shop.catalogue), pa.array(row))
    launched = np.maximum(styles["launched"][style[row]], shop.definition.first_day).astype("M8[D]")
    plant_fault(extract, kind, "articles", "brand", row, pa.array(wrong, pa.string()), numbers, launched)


_PLANTERS: dict[str, Callable[[Shop, Extract], None]] = {
    "missing_keys": _missing_keys,
    "impossible_dates": _impossible_dates,
    "unknown_skus": _unknown_skus,
    "currency_slips": _currency_slips,
    "encoding": _encoding,
}


def _late_rows(shop: Shop, extract: Extract) -> None:
    """Hold rows back for some days after their event, and say so in ``booked_at``."""
    turn = returns_in_order(shop)
    everything = np.arange(len(shop.lines))
    for file, chance, event, line in (
        ("order_lines", shop.lines["fault"], _ordered(shop, everything), everything),
        ("returns", shop.returns["fault"][turn], shop.returns["received"][turn], shop.returns["line"][turn]),
    ):
        hit, fresh = _chosen(shop.definition, file, "late_rows", chance)
        row = np.flatnonzero(hit)
        if not len(row):
            continue
        booked = later(event[row], (1 + np.floor(fresh * _LATEST)).astype(int) * DAY)
        plant_fault(extract, "late_rows", file, "booked_at", row, utc(booked), _line_ids(shop, line[row]), event[row])
        seen = np.ones(len(event), dtype=bool)
        seen[row] = booked < np.datetime64(shop.day, "D")
        extract.tables[file] = extract.tables[file].filter(pa.array(seen))


def _duplicates(shop: Shop, extract: Extract) -> None:
    """Deliver some order lines twice, word for word."""
    line = _faulty_rows(shop, "order_lines", "duplicates", shop.lines["fault"])
    if not len(line):
        return
    table = extract.tables["order_lines"]
    keys = _line_ids(shop, line)
    line_id = pc.binary_join_element_wise(table["order_no"], table["position"].cast(pa.string()), "-")
    copies = table.filter(pc.is_in(line_id, value_set=keys))
    extract.tables["order_lines"] = pa.concat_tables([table, copies])
    none: list[object] = [""] * len(line)
    record_fault(extract, "duplicates", "order_lines", keys, "", none, none, _ordered(shop, line))


def _accidents(shop: Shop, extract: Extract) -> None:
    """Let a whole extract go wrong: from its day on, or on that day alone."""
    drift = shop.definition.day_of("schema_drift")
    lines = extract.tables["order_lines"]
    if drift is not None and shop.day >= drift:
        renamed = ["quantity" if name == "qty" else name for name in lines.column_names]
        extract.tables["order_lines"] = lines.rename_columns(renamed)
        _record_event(extract, "schema_drift", "order_lines", "qty", "qty", "quantity", np.datetime64(drift - 1, "D"))
    for kind in ("volume_collapse", "broken_encoding"):
        night = shop.definition.day_of(kind)
        if night is None or night > shop.day:
            continue
        lines = extract.tables["order_lines"]
        if kind == "volume_collapse" and night == shop.day:
            extract.tables["order_lines"] = lines.slice(0, int(_SHARE_IN_COLLAPSE * len(lines)))
        elif night == shop.day:
            extract.encodings["returns"] = "latin-1"
        file, clean, dirty = {
            "volume_collapse": ("order_lines", "all rows", f"{_SHARE_IN_COLLAPSE:.0%} of the rows"),
            "broken_encoding": ("returns", "utf-8", "latin-1"),
        }[kind]
        _record_event(extract, kind, file, "", clean, dirty, np.datetime64(night - 1, "D"))


def _record_event(
    extract: Extract, kind: str, file: str, column: str, clean: str, dirty: str, day: np.datetime64
) -> None:
    record_fault(extract, kind, file, pa.array([""]), column, [clean], [dirty], np.array([day]))
