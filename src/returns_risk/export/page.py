"""The page of one scoring run: what is to be done, why, and what it saves."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.explain import DECISION_WORDS, say_decision, say_for_order
from returns_risk.export.factor_names import name_factor
from returns_risk.io.templates import embed_json, load_templates
from returns_risk.scoring import ScoredRun

__all__ = ["HISTORY", "describe_page", "render_page"]

HISTORY = {
    "customer_ordered_lines_all": "lines the customer has ordered so far",
    "customer_returned_lines_all": "of them sent back",
    "customer_kept_lines_all": "of them kept",
    "sku_ordered_lines_all": "lines of this item so far",
    "sku_returned_lines_all": "of them sent back",
    "sku_return_rate_90d": "share sent back in the last 90 days, smoothed",
}
"""Features that a page shows of a line's past, and what they are called there."""
_ITEM = ("brand", "category", "size", "colour")
_TREATED = ("act", "review")
_HELD = "holdout"
_LIBRARIES = Path(__file__).parent / "libraries"
_TEMPLATES = Path(__file__).parent / "templates"
# D3 first: Plot stands on it.
_CHARTS = ("d3.min.js", "plot.umd.min.js")


def describe_page(run: ScoredRun) -> dict[str, Any]:
    """Return what the page shows, as JSON values."""
    flagged, policy, plan = run.flagged, run.policy, run.manifest["plan"]
    history = run.features.loc[flagged.index, [name for name in HISTORY if name in run.features]]
    lines = [_line(row, past) for row, past in zip(flagged.to_dict("records"), history.to_dict("records"), strict=True)]
    planned = flagged[flagged["decision"] != "none"]
    treated = planned[planned["decision"].isin(_TREATED)]
    return {
        "as_of": run.manifest["as_of"],
        "model": run.manifest["model_version"],
        "policy": plan["policy"][:12],
        "currency": policy.money.currency,
        "counts": {"open": plan["none"] + len(planned), "flagged": len(flagged)}
        | {name: int((flagged["decision"] == name).sum()) for name in ("act", "review", "holdout")},
        "value": {name: _money(treated[name].round(2).sum()) for name in ("value", "value_low", "value_high")},
        "shadow": plan["shadow"],
        "words": DECISION_WORDS,
        "rooms": _rooms(planned, policy),
        "places": {name: _by(planned, name) for name in ("market", "warehouse") if name in planned},
        "assumptions": [_assumption(row) for row in run.sensitivity.to_dict("records")],
        "min_value": policy.decision.min_value,
        "items": [_item_action(row) for row in run.sku_actions.to_dict("records")],
        "orders": _orders(lines),
    }


def render_page(page: dict[str, Any]) -> str:
    """Return the page as one HTML file that asks nothing of anybody; the list is made in the browser."""
    libraries = [(_LIBRARIES / name).read_text(encoding="utf-8") for name in _CHARTS]
    template = load_templates(_TEMPLATES).get_template("nightly.html")
    return template.render(run=page, data=embed_json(page), libraries=libraries)


def _line(row: dict[Any, Any], past: dict[Any, Any]) -> dict[str, Any]:
    planned, no_action_reason = _text(row["intervention"]), _text(row["no_action_reason"])
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
        "why": _text(row["return_reason"]).replace("_", " "),
        "decision": row["decision"],
        "todo": planned.replace("_", " "),
        "action": say_decision(row["decision"], planned, no_action_reason),
        "value": _money(row["value"]),
        "reasons": row["reasons"],
        "message": _text(row.get("message")),
        "factors": [[name_factor(name), round(value, 4)] for name, value in row["factors"]],
        "past": [[HISTORY[name], round(float(value), 3)] for name, value in past.items() if pd.notna(value)],
        "lang": row["language"],
    }


def _orders(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for line in sorted(lines, key=lambda one: (-one["risk"][0], one["id"])):
        shared = {name: line[name] for name in ("order", "day", "market", "warehouse")}
        order = found.setdefault(line["order"], shared | {"lines": [], "expected_saving": 0.0, "risk": line["risk"][0]})
        order["lines"].append(line)
        if line["decision"] in _TREATED:
            order["expected_saving"] = round(order["expected_saving"] + line["value"], 2)
    for order in found.values():
        order["todo"] = say_for_order((line["decision"], line["action"]) for line in order["lines"])
    return sorted(found.values(), key=lambda one: (-one["expected_saving"], -one["risk"], one["order"]))


def _rooms(planned: pd.DataFrame, policy: Policy) -> list[dict[str, Any]]:
    rooms = []
    for name, one in policy.interventions.items():
        own = planned[planned["intervention"] == name]
        told = name.replace("_", " ")
        rooms.append(_room(told, own, one.capacity))
        for place, capacities in one.capacity_by.items():
            for level, capacity in capacities.items():
                there = own[own[place].astype("str") == level] if place in own else own[:0]
                rooms.append(_room(f"{told}, {level}", there, capacity) | {"part": True})
    return rooms


def _room(name: str, own: pd.DataFrame, capacity: int) -> dict[str, Any]:
    return {"name": name, "capacity": capacity, "part": False} | _count_planned(own)


def _count_planned(own: pd.DataFrame) -> dict[str, Any]:
    """Count lines to be treated and control lines, and sum the expected saving of the former."""
    treated = own["decision"].isin(_TREATED)
    held = int((own["decision"] == _HELD).sum())
    return {"todo": int(treated.sum()), "held": held, "value": _money(own.loc[treated, "value"].round(2).sum())}


def _assumption(row: dict[Any, Any]) -> dict[str, Any]:
    """Return the value of the best plan under an assumption beside that of tonight's plan."""
    values = {name: _money(row[name]) for name in ("best_value", "plan_value")}
    return {"assumption": row["assumption"], "lines": int(row["lines"])} | values


def _item_action(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        "item": row["item"],
        "level": row["level"],
        "action": row["action"].replace("_", " "),
        "cause": row["cause"].replace("_", " "),
        "lines": int(row["lines"]),
        "expected": round(float(row["expected_returns"]), 1),
        "expected_saving": _money(row["expected_saving"]),
        "rates": [_share(row[name]) for name in ("return_rate_all", "return_rate_90d", "parent_return_rate")],
        "parent": row["parent"].replace("_", " "),
        "ordered": _count(row["ordered_lines_all"]),
        "returned": _count(row["returned_lines_all"]),
    }


def _share(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:.0%}"


def _count(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:,.0f}"


def _by(planned: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    levels = planned[name].astype("str").fillna("not known")
    return [
        {"name": level} | _count_planned(own) | {"parts": _parts(own, level)} for level, own in planned.groupby(levels)
    ]


def _parts(own: pd.DataFrame, place: str) -> list[dict[str, Any]]:
    treated = own[own["decision"].isin(_TREATED)]
    saved = treated["value"].round(2).groupby(treated["intervention"]).sum()
    return [
        {"place": place, "todo": str(name).replace("_", " "), "value": _money(value)} for name, value in saved.items()
    ]


def _money(value: Any) -> float:
    return 0.0 if pd.isna(value) else float(np.round(value, 2))


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)
