"""One night as operations get it: five orders, of which two are to be treated."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.config.policy import load_policy
from returns_risk.decision.skus import SKU_COLUMNS
from returns_risk.export.export import write_export
from returns_risk.scoring import ScoredRun

__all__ = ["EVIDENCE", "MANIFEST", "REASONS", "make_night", "make_run", "write_night"]

MANIFEST: dict[str, Any] = {
    "format": 1,
    "source": "tests",
    "as_of": "2026-03-02",
    "model_version": "0123456789ab",
    "reason_model_version": None,
    "plan": {
        "policy": "f" * 64,
        "currency": "EUR",
        "act": 2,
        "review": 1,
        "holdout": 2,
        "none": 1,
        "shadow": {"lines": 0, "value": 0.0},
    },
}
REASONS = [["size: 62%", "brand is brill"], ["a line\u2028break"], [], ["new customer"], ["late"]]
EVIDENCE = {
    "sizes": [
        {"size": "M", "kept": 58, "too_small": 20, "too_large": 3, "returned": 29},
        {"size": "L", "kept": 40, "too_small": 2, "too_large": 2, "returned": 4},
    ],
    "customer": [{"size": "L", "kept": 2}],
}
_ONE = "c0ffee0000c0ffee0000"


def make_night(**columns: list[Any]) -> pd.DataFrame:
    """Return decided lines, the last one not flagged; keywords replace columns.

    O1 has a line to act on and one that is left alone, O2 two lines, O3 a control line only, O4 nothing planned.
    """
    frame = pd.DataFrame(
        {
            "order_id": ["O1", "O1", "O3", "O2", "O2", "O4"],
            "line_id": ["O1-1", "O1-2", "O3-1", "O2-1", "O2-2", "O4-1"],
            "customer_id": [_ONE, _ONE, "0" * 20, "1" * 20, "1" * 20, "2" * 20],
            "sku": ["00012", "00034", "00012", "A-5", "00012", "A-5"],
            "ordered_on": pd.to_datetime(["2026-03-01"] * 6).as_unit("s"),
            "as_of": pd.to_datetime(["2026-03-02"] * 6).as_unit("s"),
            "risk": [0.71239, 0.9, 0.9, 0.2, 0.3, 0.1],
            "flagged": [True, True, True, True, True, False],
            "risk_low": [0.6, 0.8, 0.8, 0.1, 0.2, 0.0],
            "risk_high": [0.81239, 0.95, 0.95, 0.3, 0.4, 0.2],
            "evidence": ["some", "none", "strong", "thin", "some", "none"],
            "return_reason": ["too_small", None, "changed_mind", None, "quality", None],
            "return_reason_share": [0.61239, 0.2, 0.4, np.nan, 0.9, np.nan],
            "market": ["DE", "DE", "FR", None, None, "DE"],
            "warehouse": ["LEJ1", "LEJ1", "BER2", "BER2", "LEJ1", "LEJ1"],
            "brand": ["acme", "brill", None, "acme", "acme", "acme"],
            "category": ["shoes", "shirts", None, "shoes", "shoes", "shoes"],
            "size": ["M", "38", "10/12", "M", "M", "M"],
            "colour": ["red", None, "blue", "red", "red", "red"],
            "quantity": pd.array([1, 2, 1, 1, 1, 1], dtype="Int64"),
            "unit_price": [9.9, 20.0, 9.9, 5.0, 9.9, 5.0],
            "currency": ["EUR"] * 6,
            "line_value": pd.array([9.9, 40.0, 9.9, 5.0, 9.9, 5.0], dtype="Float64"),
            "decision": ["act", "holdout", "holdout", "review", "act", "none"],
            "intervention": ["sizing_guidance", "quality_check", "quality_check", "call", "quality_check", None],
            "value": [2.504, 4.0, 9.0, 1.25, 3.5, np.nan],
            "value_low": [1.0, -1.0, 2.0, -0.5, 1.0, np.nan],
            "value_high": [3.0, 6.0, 12.0, 2.0, 5.0, np.nan],
            "arm": ["treatment", "control", "control", "treatment", "treatment", ""],
            "no_action_reason": ["", "", "", "", "", "not worth it"],
            "shadow_intervention": [None] * 6,
            "shadow_value": [np.nan] * 6,
            "ship_by": pd.to_datetime(["2026-03-03 19:00"] * 5 + ["NaT"], utc=True).as_unit("us"),
            "suggested_size": ["L", None, None, None, None, None],
            "suggested_size_kept": [0.93349, np.nan, np.nan, np.nan, np.nan, np.nan],
            "ordered_size_kept": [0.81999, 0.9, np.nan, 0.9, 0.9, 0.9],
            "resolution": ["exchange", "refund", "refund", None, "refund", "refund"],
            "resolution_text": ["Offer L.", "Refund O1.", "Refund O3.", None, "Refund O2.", "Refund O4."],
            "message_to": ["customer", None, None, "customer", "warehouse", None],
            "message_language": ["de", None, None, "en", "de", None],
            "message_subject": ["Your order O1", None, None, "Your order O2", "Please check", None],
            "message": ["Is M right?", None, None, "All well?", "The seam of 00012", None],
            "message_size": pd.Series(["L", None, None, None, None, None], dtype="str"),
            "reply_by": pd.to_datetime(["2026-03-02 11:00"] + ["NaT"] * 5, utc=True).as_unit("us"),
            "customer_outcomes": [7.0, 7.0, 0.0, 1.0, 1.0, 0.0],
            "sku_outcomes": [30.0, 2.0, 30.0, 0.0, 30.0, 0.0],
            "photo_uri": ["https://img.example/1.jpg", None, None, None, "https://img.example/1.jpg", None],
        }
        | columns
    )
    texts = [name for name in frame if frame[name].dtype == object]
    evidence = pd.Series([EVIDENCE] + [None] * (len(frame) - 1), dtype=object)
    return frame.astype(dict.fromkeys(texts, "str")).assign(size_evidence=evidence)


def make_run(
    frame: pd.DataFrame | None = None,
    reasons: list[list[str]] | None = None,
    manifest: dict[str, Any] | None = None,
    reason_columns: int = 2,
) -> ScoredRun:
    """Return a scored run of decided lines; ``reasons`` are those of the flagged ones."""
    lines = make_night() if frame is None else frame
    flagged = lines.index[lines["flagged"]]
    explained = {
        "reasons": REASONS if reasons is None else reasons,
        "factors": [[("sku", 0.5)]] * len(flagged),
        "language": ["en"] * len(flagged),
    }
    columns = {
        name: pd.Series(values, index=flagged, dtype=object).reindex(lines.index) for name, values in explained.items()
    }
    return ScoredRun(
        candidates=lines.assign(**columns),
        features=lines[["order_id", "line_id"]],
        reason_shares=pd.DataFrame(index=lines.index),
        sku_actions=pd.DataFrame(columns=SKU_COLUMNS),
        sensitivity=pd.DataFrame(columns=["assumption", "lines", "best_value", "plan_value", "same_share"]),
        policy=load_policy(Path(__file__).parents[1] / "policy.yaml"),
        manifest=MANIFEST if manifest is None else manifest,
        reason_columns=reason_columns,
    )


def write_night(
    folder: Path,
    frame: pd.DataFrame | None = None,
    reasons: list[list[str]] | None = None,
    manifest: dict[str, Any] | None = None,
) -> Path:
    """Write the export of a night and return its folder."""
    write_export(folder, make_run(frame, reasons, manifest))
    return folder
