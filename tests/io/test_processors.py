"""Threads that wait for each other soon sleep, unless the user says otherwise."""

import os

import pytest

from returns_risk.io.logging import share_processors


@pytest.mark.parametrize(("set_before", "after"), [(None, "1000"), ("300000", "300000")])
def test_waiting_threads_soon_sleep_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, set_before: str | None, after: str
) -> None:
    monkeypatch.setenv("GOMP_SPINCOUNT", set_before or "")
    if set_before is None:
        monkeypatch.delenv("GOMP_SPINCOUNT")
    share_processors()
    assert os.environ["GOMP_SPINCOUNT"] == after
