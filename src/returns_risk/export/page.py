"""The page of one scoring run: what to do about which order, why, and the expected saving."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.explain import DECISION_WORDS, say_decision, say_for_order
from returns_risk.io.templates import embed_json, load_templates
from returns_risk.scoring import ScoredRun
from returns_risk.scoring.columns import TREATED

__all__ = ["FACTOR_NAMES", "HISTORY", "describe_page", "name_factor", "render_page"]

HISTORY = {
    "customer_ordered_lines_all": "lines the customer has ordered so far",
    "customer_returned_lines_all": "of them returned",
    "customer_kept_lines_all": "of them kept",
    "sku_ordered_lines_all": "lines of this item so far",
    "sku_returned_lines_all": "of them returned",
    "sku_return_rate_90d": "share returned in the last 90 days, smoothed",
}
"""Features about the past of customer and item that the page shows, with their labels."""
_ITEM = ("brand", "category", "size", "colour")
_FOR_BROWSER = ("orders", "workload", "places", "decision_words", "currency")
"""Parts of the content that the browser turns into charts and the list of orders; the template writes the others."""
_LIBRARIES = Path(__file__).parent / "libraries"
_TEMPLATES = Path(__file__).parent / "templates"
# D3 first: Plot needs it.
_CHARTS = ("d3.min.js", "plot.umd.min.js")
FACTOR_NAMES = {
    "account": "the customer's account",
    "basket": "the whole order",
    "beliefs": "earlier outcomes",
    "brand": "the brand",
    "brand_category": "brand and category",
    "category": "the category",
    "customer": "the customer",
    "customer_brand": "customer and brand",
    "customer_brand_category": "customer, brand and category",
    "customer_category": "customer and category",
    "customer_sku": "customer and this item",
    "customer_style": "customer and style",
    "fit": "size and fit",
    "lane": "warehouse and market",
    "market": "the market",
    "order": "how it was ordered",
    "payment": "the way to pay",
    "product": "the kind of item",
    "shop": "the whole shop",
    "size_category": "size and category",
    "sku": "this item",
    "style": "this style",
    "style_colour": "style and colour",
    "style_size": "style and size",
}
"""Names of the entities of ``features/definitions/*.yaml``."""


def describe_page(run: ScoredRun) -> dict[str, Any]:
    """Return the content of the page; the parts in ``_FOR_BROWSER`` are JSON values."""
    flagged, policy, plan = run.flagged, run.policy, run.manifest["plan"]
    history = run.features.loc[flagged.index, [name for name in HISTORY if name in run.features]]
    lines = [_line(row, past) for row, past in zip(flagged.to_dict("records"), history.to_dict("records"), strict=True)]
    planned = flagged[flagged["decision"] != "none"]
    treated = planned[planned["decision"].isin(TREATED)]
    return {
        "as_of": run.manifest["as_of"],
        "model": run.manifest["model_version"],
        "policy": plan["policy"][:12],
        "currency": policy.money.currency,
        "counts": {"open": plan["none"] + len(planned), "flagged": len(flagged)}
        | {name: int((flagged["decision"] == name).sum()) for name in ("act", "review", "holdout")},
        "value": {name: _money(treated[name].round(2).sum()) for name in ("value", "value_low", "value_high")},
        "shadow": plan["shadow"],
        "decision_words": DECISION_WORDS,
        "workload": _workload(planned, policy),
        "places": {name: _by_level(planned, name) for name in ("market", "warehouse") if name in planned},
        "assumptions": run.sensitivity.to_dict("records"),
        "min_value": policy.decision.min_value,
        "items": run.sku_actions.to_dict("records"),
        "orders": _orders(lines),
    }


def render_page(page: dict[str, Any]) -> str:
    """Return the page as one HTML file without external requests; the browser builds the list of orders."""
    libraries = [(_LIBRARIES / name).read_text(encoding="utf-8") for name in _CHARTS]
    template = load_templates(_TEMPLATES).get_template("nightly.html")
    return template.render(run=page, data=embed_json({name: page[name] for name in _FOR_BROWSER}), libraries=libraries)


def _line(row: dict[Any, Any], history: dict[Any, Any]) -> dict[str, Any]:
    intervention = _text(row["intervention"])
    item = " ".join(str(row[name]) for name in _ITEM if name in row and pd.notna(row[name]))
    return {
        "id": row["line_id"],
        "order": row["order_id"],
        "day": f"{row['ordered_on']:%Y-%m-%d}",
        "market": _text(row.get("market")),
        "warehouse": _text(row.get("warehouse")),
        "sku": row["sku"],
        "item": item or row["sku"],
        "price": _money(row["line_value"]),
        "risk": [round(float(row[name]), 4) for name in ("risk", "risk_low", "risk_high")],
        "evidence": row["evidence"],
        "return_reason": _text(row["return_reason"]).replace("_", " "),
        "decision": row["decision"],
        "intervention": intervention.replace("_", " "),
        "action": say_decision(row["decision"], intervention, _text(row["no_action_reason"])),
        "value": _money(row["value"]),
        "reasons": row["reasons"],
        "message": _text(row.get("message")),
        "factors": [[name_factor(name), round(value, 4)] for name, value in row["factors"]],
        "history": [[HISTORY[name], round(float(value), 3)] for name, value in history.items() if pd.notna(value)],
        "lang": _text(row.get("message_language")),
    }


def _orders(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    orders: dict[str, dict[str, Any]] = {}
    for line in sorted(lines, key=lambda line: (-line["risk"][0], line["id"])):
        shared = {name: line[name] for name in ("order", "day", "market", "warehouse")}
        order = orders.setdefault(
            line["order"], shared | {"lines": [], "expected_saving": 0.0, "risk": line["risk"][0]}
        )
        order["lines"].append(line)
        if line["decision"] in TREATED:
            order["expected_saving"] = round(order["expected_saving"] + line["value"], 2)
    for order in orders.values():
        order["action"] = say_for_order((line["decision"], line["action"]) for line in order["lines"])
    return sorted(orders.values(), key=lambda order: (-order["expected_saving"], -order["risk"], order["order"]))


def _workload(planned: pd.DataFrame, policy: Policy) -> list[dict[str, Any]]:
    """Return planned lines beside the capacity of each intervention, and of its parts by warehouse or market."""
    rows = []
    for name, intervention in policy.interventions.items():
        lines, label = planned[planned["intervention"] == name], name.replace("_", " ")
        rows.append(_capacity_row(label, lines, intervention.capacity))
        for column, capacities in intervention.capacity_by.items():
            for level, capacity in capacities.items():
                part = lines[lines[column].astype("str") == level] if column in lines else lines[:0]
                rows.append(_capacity_row(f"{label}, {level}", part, capacity) | {"part": True})
    return rows


def _capacity_row(name: str, lines: pd.DataFrame, capacity: int) -> dict[str, Any]:
    return {"name": name, "capacity": capacity, "part": False} | _count_planned(lines)


def _count_planned(lines: pd.DataFrame) -> dict[str, Any]:
    """Count treated and control lines, and sum the expected saving of the treated."""
    treated = lines["decision"].isin(TREATED)
    control = int((lines["decision"] == "holdout").sum())
    value = _money(lines.loc[treated, "value"].round(2).sum())
    return {"treated": int(treated.sum()), "control": control, "value": value}


def _by_level(planned: pd.DataFrame, column: str) -> list[dict[str, Any]]:
    levels = planned[column].astype("str").fillna("not known")
    return [
        {"name": level} | _count_planned(lines) | {"parts": _by_intervention(lines, level)}
        for level, lines in planned.groupby(levels)
    ]


def _by_intervention(lines: pd.DataFrame, level: str) -> list[dict[str, Any]]:
    treated = lines[lines["decision"].isin(TREATED)]
    sums = treated["value"].round(2).groupby(treated["intervention"]).sum()
    return [
        {"level": level, "intervention": str(name).replace("_", " "), "value": _money(value)}
        for name, value in sums.items()
    ]


def _money(value: Any) -> float:
    return 0.0 if pd.isna(value) else float(np.round(value, 2))


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def name_factor(entity: str) -> str:
    """Return the name of an entity; its key where only this installation has it.

    >>> name_factor("sku"), name_factor("loyalty_group")
    ('this item', 'loyalty group')
    """
    return FACTOR_NAMES.get(entity, entity.replace("_", " "))
