"""The orders to treat as JSON for other systems: one object an order, and one for the run."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import pandas as pd

from returns_risk.errors import ExportError
from returns_risk.io.files import write_text
from returns_risk.scoring.columns import TREATED

__all__ = ["SCHEMA_VERSION", "describe_orders", "write_handoff"]

SCHEMA_VERSION = 1
"""Of both objects; a property that is removed, renamed or retyped needs a new version and schema file."""
_EVENTS = UUID("6d1f7b0e-5d0b-4c7a-9a52-0f6f3c1f8e11")
_PSEUDONYM = "[0-9a-f]{20}"


def write_handoff(folder: Path, candidates: pd.DataFrame, manifest: dict[str, Any]) -> None:
    """Write ``handoff.jsonl`` and ``digest.json``; a customer id that is no pseudonym is an ExportError."""
    orders = describe_orders(candidates, manifest)
    write_text(folder / "handoff.jsonl", "".join(f"{_json(order)}\n" for order in orders))
    write_text(folder / "digest.json", f"{_json(_digest(orders, manifest))}\n")


def describe_orders(candidates: pd.DataFrame, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the orders with lines to treat, the highest expected saving first, without their other lines.

    Control lines are left out on purpose: treating one of them would bias the measured effect.

    Parameters
    ----------
    candidates : as ``to_export`` returns them
    """
    treated = candidates[candidates["flagged"] & candidates["decision"].isin(TREATED)]
    treated = treated.sort_values(["value", "line_id"], ascending=[False, True])
    _require_pseudonyms(treated)
    lines_of: dict[str, list[dict[Any, Any]]] = {}
    for line in treated.to_dict("records"):
        lines_of.setdefault(line["order_id"], []).append(line)
    orders = [_order(lines, manifest) for lines in lines_of.values()]
    return sorted(orders, key=lambda order: (-order["value"], order["order_id"]))


def _require_pseudonyms(treated: pd.DataFrame) -> None:
    raw = ~treated["customer_id"].astype("str").str.fullmatch(_PSEUDONYM)
    if raw.any():
        raise ExportError(
            f"handoff.jsonl: customer_id of {raw.sum()} lines is no pseudonym, e.g. of line "
            f"{treated.loc[raw, 'line_id'].iloc[0]}. Candidates come from the validated tables; run validate again."
        )


def _order(lines: list[dict[Any, Any]], manifest: dict[str, Any]) -> dict[str, Any]:
    first = lines[0]
    return _event("flagged_order", manifest, str(first["order_id"])) | {
        "order_id": first["order_id"],
        "market": _known(first.get("market")),
        "warehouse": _known(first.get("warehouse")),
        "customer": first["customer_id"],
        "value": round(sum(_money(line["value"]) for line in lines), 2),
        "currency": manifest["plan"]["currency"],
        "lines": [_line(line, manifest["plan"]["currency"]) for line in lines],
    }


def _line(line: dict[Any, Any], currency: str) -> dict[str, Any]:
    return {
        "line_id": line["line_id"],
        "sku": line["sku"],
        "return_reason": _known(line["return_reason"]),
        "return_reason_share": _round(line["return_reason_share"], 4),
        **{name: _round(line[name], 4) for name in ("risk", "risk_low", "risk_high")},
        "evidence": line["evidence"],
        "intervention": line["intervention"],
        "decision": line["decision"],
        "arm": line["arm"],
        **{name: _money(line[name]) for name in ("value", "value_low", "value_high")},
        "currency": currency,
        "reasons": list(line["reasons"]),
        "message": _known(line.get("message")),
        **{name: _known(line.get(name)) for name in ("message_to", "message_language", "message_subject")},
        "message_body": _known(line.get("message_body")),
        "reply_by": _time(line.get("reply_by")),
        "ship_by": _time(line.get("ship_by")),
        **{name: _known(line.get(name)) for name in ("size", "suggested_size")},
        **{name: _round(line.get(name), 4) for name in ("suggested_size_kept", "ordered_size_kept")},
        "size_evidence": _from_json(line.get("size_evidence")),
        **{name: _known(line.get(name)) for name in ("resolution", "resolution_text")},
        "known_outcomes": {name: int(line[name]) for name in ("customer_outcomes", "sku_outcomes")},
        "photo_uri": _known(line.get("photo_uri")),
    }


def _digest(orders: list[dict[str, Any]], manifest: dict[str, Any]) -> dict[str, Any]:
    lines = [line for order in orders for line in order["lines"]]
    figures = {
        "orders": len(orders),
        "lines": len(lines),
        **{name: sum(line["decision"] == name for line in lines) for name in TREATED},
        "value": round(sum(line["value"] for line in lines), 2),
        "currency": manifest["plan"]["currency"],
        "closed": manifest["plan"].get("closed", 0),
    }
    # A rerun of the night with other figures has another id.
    return _event("run_digest", manifest, json.dumps(figures)) | figures


def _event(kind: str, manifest: dict[str, Any], content: str) -> dict[str, Any]:
    """Return the first properties of both objects; the id depends on kind, source, as-of and ``content`` only."""
    named = json.dumps([kind, manifest["source"], manifest["as_of"], content])
    return {
        "type": kind,
        "schema_version": SCHEMA_VERSION,
        "event_id": str(uuid5(_EVENTS, named)),
        "source": manifest["source"],
        "as_of": manifest["as_of"],
        "policy_version": manifest["plan"]["policy"],
        "model_version": manifest["model_version"],
        "reason_model_version": manifest.get("reason_model_version"),
    }


def _known(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _time(value: Any) -> str | None:
    return None if pd.isna(value) else f"{pd.Timestamp(value):%Y-%m-%dT%H:%M:%SZ}"


def _from_json(text: Any) -> Any:
    return None if pd.isna(text) else json.loads(text)


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None or pd.isna(value) else round(float(value), digits)


def _money(value: float) -> float:
    # Rounded like the columns of the other files.
    return float(np.round(value, 2))


def _json(content: dict[str, Any]) -> str:
    # ASCII, since some readers take U+2028 in a reason for the end of the line.
    return json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
