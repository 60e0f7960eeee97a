"""The orders of the page: each with its lines, what is to be done about them, and the evidence."""

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from returns_risk.config.policy import ANY, Intervention
from returns_risk.decision import find_brackets
from returns_risk.export.item_names import name_item, text
from returns_risk.export.page_words import PageWords
from returns_risk.export.recent_nights import RecentNights
from returns_risk.scoring import ScoredRun
from returns_risk.scoring.columns import TREATED
from returns_risk.scoring.figures import queue_orders

__all__ = ["describe_orders", "money"]

_PLANNED = (*TREATED, "holdout")


def describe_orders(run: ScoredRun, recent: RecentNights, words: PageWords) -> list[dict[str, Any]]:
    """Return the orders with a flagged or carried line, as JSON values, by ship-by time.

    Each has all its candidate lines: those to treat first, the most valuable of them before the others.
    """
    lines = recent.add_carried(run.candidates)
    shown = lines.loc[lines["flagged"] | lines["night"].ne(""), "order_id"]
    lines = lines[lines["order_id"].isin(shown)]
    lines = lines.assign(has_several_sizes=find_brackets(lines))
    queues = queue_orders(lines)
    zone = ZoneInfo(run.manifest.get("time_zone", "UTC"))
    of_order: dict[str, list[dict[Any, Any]]] = {}
    for row in lines.to_dict("records"):
        of_order.setdefault(row["order_id"], []).append(row)
    orders = [_order(rows, str(queues[name]), run, words, zone) for name, rows in of_order.items()]
    return sorted(orders, key=lambda order: (order["ship_by"] or "9999", -order["value"], order["id"]))


def _order(rows: list[dict[Any, Any]], queue: str, run: ScoredRun, words: PageWords, zone: ZoneInfo) -> dict[str, Any]:
    rows = sorted(rows, key=_rank)
    first = rows[0]
    treated = [row for row in rows if row["decision"] in TREATED]
    ship_by = min((local for row in rows if (local := _local(row.get("ship_by"), zone))), default=None)
    return {
        "id": first["order_id"],
        "queue": queue,
        "planned": bool(treated),
        "day": f"{first['ordered_on']:%Y-%m-%d}",
        "market": text(first.get("market")),
        "warehouse": text(first.get("warehouse")),
        "ship_by": ship_by,
        "since": min((row["night"] for row in treated if row["night"]), default=""),
        "value": round(sum(money(row["value"]) for row in treated), 2),
        "link": run.policy.links.to_order(str(first["order_id"])),
        "lines": [
            _line(row, run, words) | (_details(row, words, zone) if row is first or row["decision"] in _PLANNED else {})
            for row in rows
        ],
    }


def _rank(row: dict[Any, Any]) -> tuple[int, float, float, str]:
    """Sort what is to be treated first, then the control group, then the others."""
    place = 0 if row["decision"] in TREATED else 1 if row["decision"] == "holdout" else 2
    return place, -money(row["value"]), -float(row["risk"]), str(row["line_id"])


def _line(row: dict[Any, Any], run: ScoredRun, words: PageWords) -> dict[str, Any]:
    """Return what the list and the search need of each line."""
    intervention, photo = text(row["intervention"]), text(row.get("photo_uri"))
    return {
        "id": row["line_id"],
        "sku": row["sku"],
        "item": _name(row, run),
        "category": text(row.get("category")),
        "photo": photo if run.policy.links.shows_photo(photo) else "",
        "quantity": int(row["quantity"]) if pd.notna(row.get("quantity")) else 1,
        "price": _price(row, run, words),
        "decision": row["decision"],
        "planned": row["decision"] in _PLANNED,
        "treated": row["decision"] in TREATED,
        "action": words.action(
            row["decision"],
            intervention,
            text(row.get("message_size")),
            text(row["no_action_reason"]),
            has_several_sizes=row["has_several_sizes"],
        ),
        "intervention_name": words.name("interventions", intervention),
        "return_reason": words.name("return_reasons", text(row["return_reason"])),
        "reason_answered": _answers(text(row["return_reason"]), run.policy.interventions.get(intervention)),
        "reasons": _list(row["reasons"]),
    }


def _answers(return_reason: str, intervention: Intervention | None) -> bool:
    """Whether an intervention lowers returns for a reason: beside another one, the reason would puzzle who acts."""
    return intervention is None or return_reason in intervention.effect or ANY in intervention.effect


def _details(row: dict[Any, Any], words: PageWords, zone: ZoneInfo) -> dict[str, Any]:
    """Return what the pane shows of a line: risk, saving, sizes, resolution, message and factors."""
    evidence: dict[str, Any] = row["size_evidence"] if isinstance(row.get("size_evidence"), dict) else {}
    sizes = evidence.get("sizes", [])
    return {
        "size": text(row.get("size")),
        "values": [money(row[name]) for name in ("value", "value_low", "value_high")],
        "risk": round(float(row["risk"]), 4),
        "evidence": row["evidence"],
        # Beside a message, what it offers: it may have no text that would bear out the suggestion.
        "suggested_size": text(row.get("message_size" if row["decision"] in TREATED else "suggested_size")),
        # They hold for an order of one size: of several, the customer sends all but one back.
        "suggested_kept": None if row["has_several_sizes"] else _share(row.get("suggested_size_kept")),
        "ordered_kept": None if row["has_several_sizes"] else _share(row.get("ordered_size_kept")),
        # Arrays, since a long night has ten thousand of them.
        "sizes": [_outcomes(size) for size in sizes],
        "customer_sizes": [[size["size"], size["kept"]] for size in evidence.get("customer", [])],
        "resolution": text(row.get("resolution")),
        "resolution_text": text(row.get("resolution_text")),
        "message": _message(row, zone) if row["decision"] in TREATED else None,
        "factors": [[words.name("factors", name), round(value, 4)] for name, value in _list(row["factors"])],
    }


def _outcomes(size: dict[str, Any]) -> list[Any]:
    """Return a size with its lines kept, too small, too large, and returned for other reasons or none."""
    small, large = size["too_small"], size["too_large"]
    return [size["size"], size["kept"], small, large, max(size.get("returned", 0) - small - large, 0)]


def _name(row: dict[Any, Any], run: ScoredRun) -> str:
    name, size = name_item(row, run.policy.languages), text(row.get("size"))
    return f"{name}, {size}" if size else name


def _message(row: dict[Any, Any], zone: ZoneInfo) -> dict[str, str | None] | None:
    body = text(row.get("message"))
    if not body:
        return None
    return {
        "to": text(row.get("message_to")),
        "language": text(row.get("message_language")),
        "subject": text(row.get("message_subject")),
        "body": body,
        "reply_by": _local(row.get("reply_by"), zone),
    }


def _price(row: dict[Any, Any], run: ScoredRun, words: PageWords) -> str:
    currency = text(row.get("currency")) or run.policy.money.currency_in(text(row.get("market")) or None)
    return f"{words.amount(money(row.get('unit_price', row['line_value'])))} {currency}"


def _local(time: Any, zone: ZoneInfo) -> str | None:
    """Return a time in UTC by the shop's clock, to the minute; None where it is missing."""
    return None if pd.isna(time) else f"{pd.Timestamp(time).tz_convert(zone):%Y-%m-%dT%H:%M}"


def _list(value: Any) -> list[Any]:
    """Return a list; an empty one for a line that is not flagged."""
    return list(value) if isinstance(value, list | tuple) else []


def _share(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), 4)


def money(value: Any) -> float:
    """Return an amount in cents' precision; 0 where it is missing."""
    return 0.0 if pd.isna(value) else float(np.round(value, 2))
