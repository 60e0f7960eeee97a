"""The simulated shop as tables of SAP: local dates and times, decimal commas, returns as orders."""

from pathlib import Path

from benchmarks.templates.shop import Row, SimulatedShop
from benchmarks.templates.tables import local, order_lines, returned_lines, write_table

__all__ = ["write"]

REASONS = {"QUALITY": "101", "DAMAGED": "103", "TOO_SMALL": "Z01", "TOO_LARGE": "Z02", "CHANGED_MIND": "Z03"}
LANGUAGES = {"de": "D", "nl": "N", "fr": "F", "pl": "L", "en": "E"}


def write(shop: SimulatedShop, folder: Path) -> None:
    """Write the six tables."""
    returned = list(returned_lines(shop))
    tables: dict[str, list[Row]] = {
        "VBAK": [_header(order) for order in shop.orders]
        + [_header(order | {"ordered_at": back["received_at"]}, back) for order, _, back in returned],
        "VBAP": [_item(order, line) for order, line in order_lines(shop)] + [_return(*row) for row in returned],
        "LIKP": [
            {"VBELN": f"80{order['order_no'][2:]}{line['position']}", "WADAT_IST": _day(line["shipped_at"])}
            for order, line in order_lines(shop)
        ]
        + [{"VBELN": f"84{back['return_no']}", "WADAT_IST": _day(back["received_at"])} for _, _, back in returned],
        "LIPS": [
            {
                "VBELN": f"80{order['order_no'][2:]}{line['position']}",
                "LFIMG": f"{line['qty']},000",
                "VGBEL": order["order_no"],
                "VGPOS": _position(line),
            }
            for order, line in order_lines(shop)
        ]
        + [
            {
                "VBELN": f"84{back['return_no']}",
                "LFIMG": f"{back['qty']},000-",
                "VGBEL": back["return_no"],
                "VGPOS": "000010",
            }
            for _, _, back in returned
        ],
        "KNA1": [
            {
                "KUNNR": c["customer_no"],
                "LAND1": c["country"],
                "SPRAS": LANGUAGES[c["language"]],
                "ERDAT": _day(c["registered_at"]),
                "XCPDK": None,
            }
            for c in shop.customers
        ],
        "MARA": [
            {
                "MATNR": a["article_no"],
                "ERSDA": a["first_sale_on"].replace("-", ""),
                "MATKL": a["product_group"],
                "SATNR": a["style_no"],
                "BRAND_ID": a["brand"],
                "SIZE1": a["size"],
                "COLOR": a["colour"],
            }
            for a in shop.articles
        ],
    }
    for name, rows in tables.items():
        write_table(folder / f"{name}.csv", rows, ";")


def _header(order: Row, back: Row | None = None) -> Row:
    return {
        "VBELN": back["return_no"] if back else order["order_no"],
        "ERDAT": _day(order["ordered_at"]),
        "ERZET": local(order["ordered_at"], "%H%M%S"),
        "VBTYP": "H" if back else "C",
        "AUGRU": REASONS.get(back["reason_code"], "Z99") if back else None,
        "WAERK": order["currency"],
        "VTWEG": "10",
        "KUNNR": order["customer_no"],
    }


def _item(order: Row, line: Row) -> Row:
    return {
        "VBELN": order["order_no"],
        "POSNR": _position(line),
        "MATNR": line["article_no"],
        "PSTYV": "TAN",
        "ABGRU": "02" if line["cancelled_at"] else None,
        "KWMENG": f"{line['qty']},000",
        "NETWR": _comma(line["price"] * line["qty"] / 1.19),
        "MWSBP": _comma(line["price"] * line["qty"] * 0.19 / 1.19),
        "WERKS": order["warehouse"],
        "VGBEL": None,
        "VGPOS": "000000",
        "VGTYP": None,
        "AEDAT": _day(line["cancelled_at"]),
    }


def _return(order: Row, line: Row, back: Row) -> Row:
    return _item(order, line) | {
        "VBELN": back["return_no"],
        "POSNR": "000010",
        "PSTYV": "REN",
        "KWMENG": f"{back['qty']},000-",
        "VGBEL": order["order_no"],
        "VGPOS": _position(line),
        "VGTYP": "C",
    }


def _position(line: Row) -> str:
    return f"{line['position'] * 10:06}"


def _day(time: str | None) -> str:
    return local(time, "%Y%m%d") or "00000000"


def _comma(number: float) -> str:
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))
