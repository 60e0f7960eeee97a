"""A working folder with a night in its ledger, about which feedback is brought back."""

import shutil
from pathlib import Path

import pytest

from tests.nightly.small_feedback import score

ROOT = Path(__file__).parents[2]


@pytest.fixture
def feedback_shop(tmp_path, monkeypatch):
    """A working folder with a night in its ledger."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RETURNS_RISK_LEDGER", raising=False)
    score(
        "2026-03-01",
        "O1 O1-1 act",
        "O1 O1-2 none",
        "O2 O2-1 review",
        "00123 0071 act",
        "H1 H1-1 holdout",
        "H1 H1-2 none",
    )
