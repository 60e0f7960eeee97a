"""Threads that wait for each other sleep, unless the user says otherwise."""

import os

import pytest

from returns_risk.io.logging import share_processors


@pytest.mark.parametrize(("set_before", "after"), [(None, "passive"), ("active", "active")])
def test_waiting_threads_sleep_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, set_before: str | None, after: str
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", set_before or "")
    if set_before is None:
        monkeypatch.delenv("OMP_WAIT_POLICY")
    share_processors()
    assert os.environ["OMP_WAIT_POLICY"] == after
