"""Promotions and rollbacks that are killed at any step are completed by the next one."""

import pytest

from returns_risk.ledger import Ledger
from returns_risk.registry import promotion
from returns_risk.registry.aliases import aliases_of
from returns_risk.registry.decisions import find_disagreements
from returns_risk.registry.promotion import promote, roll_back
from tests.registry.promotion.conftest import AT, champion_scores


class Killed(BaseException):
    """The end of the process."""


def kill_at(monkeypatch, step):
    """Kill the process instead of one of its changes, counted from 0."""
    count = iter(range(100))

    def dying(real):
        def act(*arguments, **named):
            if next(count) == step:
                raise Killed
            return real(*arguments, **named)

        return act

    for name in ("tag_version", "set_alias", "remove_alias"):
        monkeypatch.setattr(promotion, name, dying(getattr(promotion, name)))
    monkeypatch.setattr(Ledger, "append", dying(Ledger.append))


@pytest.mark.parametrize("step", range(6))
def test_a_killed_promotion_leaves_a_champion_and_can_be_repeated(promoted, ledger, monkeypatch, step):
    with monkeypatch.context() as patch:
        kill_at(patch, step)
        with pytest.raises(Killed):
            promote(promoted.params, ledger, AT)
    left = aliases_of("demo")
    assert left["champion"] in (1, 2)
    champion_scores(promoted)
    unfinished = find_disagreements(promoted.params, ledger)
    assert bool(unfinished) == (step > 0)
    outcome = promote(promoted.params, ledger, AT)
    assert (outcome.action, outcome.version, outcome.resumed) == ("promote", 2, step > 0)
    assert aliases_of("demo") == {"champion": 2, "previous": 1}
    assert [entry.content["action"] for entry in ledger.entries()] == ["promote", "done"] * 2
    assert find_disagreements(promoted.params, ledger) == []


@pytest.mark.parametrize("step", range(5))
def test_a_killed_rollback_leaves_a_champion_and_is_not_reversed_by_a_repetition(promoted, ledger, monkeypatch, step):
    promote(promoted.params, ledger, AT)
    with monkeypatch.context() as patch:
        kill_at(patch, step)
        with pytest.raises(Killed):
            roll_back(promoted.params, ledger, AT, "complaints")
    assert aliases_of("demo")["champion"] in (1, 2)
    assert roll_back(promoted.params, ledger, AT, "complaints").version == 1
    assert aliases_of("demo") == {"champion": 1, "previous": 2}
    assert [entry.content["action"] for entry in ledger.entries()[-2:]] == ["rollback", "done"]


def test_an_interrupted_promotion_is_completed_before_a_rollback(promoted, ledger, monkeypatch):
    with monkeypatch.context() as patch:
        kill_at(patch, 3)
        with pytest.raises(Killed):
            promote(promoted.params, ledger, AT)
    assert roll_back(promoted.params, ledger, AT, "complaints").version == 1
    assert aliases_of("demo") == {"champion": 1, "previous": 2}
    assert [entry.content["action"] for entry in ledger.entries()[2:]] == ["promote", "done", "rollback", "done"]


def test_a_challenger_trained_after_an_interruption_keeps_its_alias(promoted, ledger, monkeypatch):
    with monkeypatch.context() as patch:
        kill_at(patch, 2)
        with pytest.raises(Killed):
            promote(promoted.params, ledger, AT)
    promoted.train(seed=3)
    promote(promoted.params, ledger, AT)
    assert aliases_of("demo") == {"challenger": 3, "champion": 2, "previous": 1}
