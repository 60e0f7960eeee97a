"""Candidates of one night with scores, context and reasons."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from returns_risk.export.export import write_export
from tests.export.small_pages import write
from tests.small_exports import make_run

CUSTOMER = "c0ffee0000c0ffee0000"


def make_candidates(**columns: list[Any]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "order_id": ["O2", "O1", "O1", "O3"],
            "line_id": ["O2-1", "O1-2", "O1-1", "O3-1"],
            "customer_id": [CUSTOMER] * 4,
            "sku": ["00012", "00034", "00012", "A-5"],
            "ordered_on": pd.to_datetime(["2026-02-28", "2026-03-01", "2026-03-01", "2026-03-01"]).as_unit("s"),
            "as_of": pd.to_datetime(["2026-03-02"] * 4).as_unit("s"),
            "risk": [0.71239, 0.9, 0.9, 0.2],
            "flagged": [True, True, True, False],
            "risk_low": [0.6, 0.8, 0.8, 0.1],
            "risk_high": [0.81239, 0.95, 0.95, 0.3],
            "evidence": ["some", "none", "strong", "thin"],
            "return_reason": ["too_small", None, "changed_mind", "too_small"],
            "return_reason_share": [0.61239, 0.2, 0.4, 0.9],
            "market": ["DE", "FR", "FR", "DE"],
            "brand": ["acme", "brill", None, "acme"],
            "size": ["M", "38", "10/12", "M"],
            "quantity": pd.array([1, 2, 1, 1], dtype="Int64"),
            "unit_price": [9.9, 20.0, 9.9, 5.0],
            "currency": ["EUR"] * 4,
            "line_value": [9.9, 40.0, 9.9, 5.0],
            "decision": ["none"] * 4,
            "intervention": [None] * 4,
            "value": [np.nan] * 4,
            "value_low": [np.nan] * 4,
            "value_high": [np.nan] * 4,
            "arm": [""] * 4,
            "no_action_reason": ["not worth it"] * 4,
            "shadow_intervention": [None] * 4,
            "shadow_value": [np.nan] * 4,
            "message": [None] * 4,
        }
        | columns
    )
    texts = [
        "intervention",
        "shadow_intervention",
        "message",
        "evidence",
        "return_reason",
        "order_id",
        "line_id",
        "customer_id",
        "sku",
        "market",
        "brand",
        "size",
        "currency",
    ]
    return frame.astype(dict.fromkeys(texts, "str"))


REASONS = [["customer: share sent back: 62%"], ["item: brand is brill", "discount: 50%"], []]


@pytest.fixture(scope="session")
def candidates() -> Callable[..., pd.DataFrame]:
    """Four lines, three of them flagged; keywords replace columns."""
    return make_candidates


@pytest.fixture(scope="session")
def export() -> Callable[..., Path]:
    """Write the export of candidates, by default the four lines with their reasons."""

    def export(folder: Path, frame: pd.DataFrame | None = None, reasons: list[list[str]] | None = None) -> Path:
        used = make_candidates() if frame is None else frame
        write_export(folder, make_run(used, REASONS if reasons is None else reasons))
        return folder

    return export


@pytest.fixture(scope="session")
def cells() -> Callable[[Path], list[list[str]]]:
    """Read the CSV of an export, header first."""

    def cells(folder: Path) -> list[list[str]]:
        with (folder / "flagged_orders.csv").open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.reader(stream))

    return cells


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, pd.DataFrame, dict[str, Any]]:
    """Return the file of a page of 60 orders, its flagged lines and its content."""
    file, flagged, page = write(tmp_path, 120)
    return file, flagged, page
