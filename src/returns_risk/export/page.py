"""The page of one scoring run: what to do about which order, why, and the expected saving."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.export.page_orders import describe_orders, money
from returns_risk.export.page_words import PageWords, team_language
from returns_risk.export.recent_nights import RecentNights
from returns_risk.io.templates import embed_json, load_templates
from returns_risk.scoring import ScoredRun
from returns_risk.scoring.columns import TREATED
from returns_risk.scoring.figures import count_orders, sum_savings

__all__ = ["describe_page", "render_page"]

_TEMPLATES = Path(__file__).parent / "templates"
_SCRIPTS = ("words", "store", "filters", "list", "order", "bar", "below", "main")
_TABS = ("to_do", "review", "done", "control", "none")
_FILTERS = ("warehouse", "market", "action", "reason")


def describe_page(
    run: ScoredRun, about: dict[str, Any] | None = None, recent: RecentNights | None = None
) -> dict[str, Any]:
    """Return the content of the page as JSON values.

    Parameters
    ----------
    about : entries of the manifest that say whether the run is a night, a rehearsal or a backfill
    recent : the nights before, where the run is a night
    """
    words, nights, flagged = PageWords(team_language(run.policy)), recent or RecentNights(), run.flagged
    planned = flagged[flagged["decision"] != "none"]
    orders, savings = count_orders(planned), sum_savings(planned)
    return {
        "kind": _kind(about or {}),
        "as_of": run.manifest["as_of"],
        "source": run.manifest.get("source", ""),
        "lang": words.language,
        "words": words.of_page,
        "currency": run.policy.money.currency,
        "figures": {"orders": orders, **savings},
        "nights": nights.nights.to_dict("records"),
        "verdicts": {
            "orders": nights.compare("orders", orders["to_do"] + orders["review"]),
            "value": nights.compare("value", savings["value"]),
        },
        "warnings": _warn(nights, run.candidates, words),
        "orders": describe_orders(run, nights, words),
        "workload": _workload(planned, run.policy, words),
        "warehouses": _by_warehouse(planned),
        "assumptions": run.sensitivity.to_dict("records"),
        "min_value": run.policy.decision.min_value,
        "items": [_item(row, words) for row in run.sku_actions.to_dict("records")],
        "shadow": run.manifest["plan"]["shadow"],
        "about": _about(run),
    }


def render_page(page: dict[str, Any], photos: tuple[str, ...] = ()) -> str:
    """Return the page as one HTML file; the browser builds the list of orders.

    Parameters
    ----------
    photos : hosts that it may ask for photos of items; it asks nothing else of a network
    """
    script = "\n".join((_TEMPLATES / "page" / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS)
    return (
        load_templates(_TEMPLATES)
        .get_template("page.html")
        .render(
            run=page,
            words=page["words"],
            data=embed_json(page),
            photos=photos,
            tabs=_TABS,
            filters=_FILTERS,
            style=(_TEMPLATES / "page.css").read_text(encoding="utf-8"),
            script=f'"use strict";\n{script}',
        )
    )


def _kind(about: dict[str, Any]) -> str:
    return "rehearsal" if about.get("rehearsal") else "backfill" if about.get("backfill") else "night"


def _warn(nights: RecentNights, candidates: pd.DataFrame, words: PageWords) -> list[str]:
    """Say which open orders are not carried over, since all orders of their night may be done."""
    counts = nights.count_unshown(candidates)
    orders = ", ".join(f"{words.day(date.fromisoformat(night))} ({count})" for night, count in counts.items())
    return [words.all["no_feedback"].replace("{orders}", orders)] if counts else []


def _about(run: ScoredRun) -> dict[str, Any]:
    plan = run.manifest["plan"]
    return {
        "flagged": len(run.flagged),
        "open": len(run.candidates),
        "model": run.manifest["model_version"],
        "policy": plan["policy"][:12],
    }


def _workload(planned: pd.DataFrame, policy: Policy, words: PageWords) -> list[dict[str, Any]]:
    """Return planned lines beside the capacity of each intervention, and of its parts by warehouse or market."""
    rows = []
    for name, intervention in policy.interventions.items():
        lines, label = planned[planned["intervention"] == name], words.name("interventions", name)
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
    treated, control = lines["decision"].isin(TREATED), lines["decision"] == "holdout"
    return {"treated": int(treated.sum()), "control": int(control.sum()), "value": sum_savings(lines)["value"]}


def _by_warehouse(planned: pd.DataFrame) -> list[dict[str, Any]]:
    if "warehouse" not in planned:
        return []
    levels = planned["warehouse"].astype("str").fillna("")
    return [{"name": level} | _count_planned(lines) for level, lines in planned.groupby(levels)]


def _item(row: dict[Any, Any], words: PageWords) -> dict[str, Any]:
    return {
        "name": f"{row['level']} {row['item']}",
        "action": words.name("sku_actions", row["action"]),
        "cause": words.name("return_reasons", row["cause"]),
        "lines": int(row["lines"]),
        "expected_returns": money(row["expected_returns"]),
        "saving": money(row["expected_saving"]),
        "rate": None if pd.isna(row["return_rate_all"]) else round(float(row["return_rate_all"]), 4),
        "comparable": None if pd.isna(row["parent_return_rate"]) else round(float(row["parent_return_rate"]), 4),
    }
