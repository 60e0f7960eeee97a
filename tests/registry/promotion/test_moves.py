"""Promotion, refusal and rollback, also when they are interrupted."""

import os

import numpy as np
import pytest

from returns_risk.errors import GateError, LedgerError, RegistryError
from returns_risk.io.files import locked
from returns_risk.ledger import Ledger
from returns_risk.model import load_classifier
from returns_risk.registry import promotion
from returns_risk.registry.aliases import aliases_of, set_alias
from returns_risk.registry.decisions import find_disagreements
from returns_risk.registry.promotion import promote, roll_back
from returns_risk.registry.versions import fetch_bundle, find_version
from tests.small_models import LATER, training_table
from tests.tampering import tamper

AT = "2026-03-02T06:00:00+00:00"


def champion_scores(shop, folder="fetched"):
    """Return the bytes of the champion's bundle and of its scores, as the nightly run would have them."""
    fetch_bundle("demo", find_version("demo", "champion"), shop.folder / folder)
    scores = load_classifier(shop.folder / folder).predict_risk(training_table())
    files = [(shop.folder / folder / name).read_bytes() for name in ("booster.txt", "bundle.json")]
    return [*files, scores.tobytes()]


@pytest.fixture
def promoted(shop, ledger):
    """Version 1 is champion, version 2, a better one, is challenger."""
    shop.train(seed=1, trees=10, noise=0.5)
    assert promote(shop.params, ledger, AT).action == "promote"
    shop.train(seed=2)
    return shop


def test_the_first_model_is_promoted_as_the_first_and_the_ledger_says_so(shop, ledger):
    shop.train()
    outcome = promote(shop.params, ledger, AT)
    assert (outcome.action, outcome.version) == ("promote", 1)
    assert aliases_of("demo") == {"champion": 1}
    decided, done = ledger.entries()
    assert decided.content["evidence"]["champion"] is None
    assert "there is no champion to compare with" in decided.content["evidence"]["verdict"]["reasons"][0]
    assert (done.content["action"], done.content["of"]) == ("done", 1)


def test_a_challenger_that_is_no_worse_becomes_champion_and_the_champion_previous(promoted, ledger):
    assert aliases_of("demo") == {"challenger": 2, "champion": 1}
    outcome = promote(promoted.params, ledger, AT)
    assert (outcome.action, outcome.version) == ("promote", 2)
    assert aliases_of("demo") == {"champion": 2, "previous": 1}
    entry = ledger.entries()[2].content
    assert (entry["version"], entry["forced"], entry["model"]) == (2, False, "returns-risk-demo")
    assert (ledger.entries()[2].kind, ledger.entries()[2].source, ledger.entries()[2].at) == ("promotion", "demo", AT)
    assert entry["before"] == {"challenger": 2, "champion": 1}
    assert entry["steps"] == [["previous", 1], ["champion", 2]]
    verdict = entry["evidence"]["verdict"]
    assert [one["metric"] for one in verdict["metrics"]] == ["log_loss", "precision_at_capacity", "value_at_capacity"]
    assert {one["level"] for one in verdict["slices"]} <= {"AT", "DE", "FR"}
    assert entry["evidence"]["period"] == ["2025-12-01", "2025-12-31"]
    assert find_disagreements(promoted.params, ledger) == []


def test_a_worse_challenger_is_refused_with_its_evidence_and_no_alias_moves(promoted, ledger):
    promoted.train(seed=3, noise=0.9, trees=3)
    before = aliases_of("demo")
    outcome = promote(promoted.params, ledger, AT)
    assert (outcome.action, outcome.version) == ("refuse", 3)
    assert aliases_of("demo") == before
    entry = ledger.entries()[-1].content
    assert entry["action"] == "refuse"
    assert entry["evidence"]["verdict"]["decision"] == "refuse"
    assert entry["evidence"]["verdict"]["reasons"] == list(outcome.reasons)
    assert find_disagreements(promoted.params, ledger) == []


def test_a_refused_challenger_may_be_forced_and_the_ledger_has_reason_and_verdict(promoted, ledger):
    promoted.train(seed=3, noise=0.9, trees=3)
    assert promote(promoted.params, ledger, AT, force=True, reason="the market changed").action == "promote"
    assert aliases_of("demo") == {"champion": 3, "previous": 1}
    entry = ledger.entries()[-2].content
    assert (entry["forced"], entry["reason"]) == (True, "the market changed")
    assert entry["evidence"]["verdict"]["decision"] == "refuse"


def test_a_version_can_be_named_and_the_challenger_keeps_its_alias(promoted, ledger):
    promoted.train(seed=3)
    assert promote(promoted.params, ledger, AT, "2").version == 2
    assert aliases_of("demo") == {"challenger": 3, "champion": 2, "previous": 1}


def test_a_rollback_restores_the_earlier_scores_to_the_byte(promoted, ledger):
    before = champion_scores(promoted)
    promote(promoted.params, ledger, AT)
    assert champion_scores(promoted)[2] != before[2]
    outcome = roll_back(promoted.params, ledger, AT, "complaints")
    assert (outcome.action, outcome.version, outcome.reasons) == ("rollback", 1, ("complaints",))
    assert champion_scores(promoted) == before
    assert aliases_of("demo") == {"champion": 1, "previous": 2}
    entry = ledger.entries()[-2].content
    assert (entry["action"], entry["reason"], entry["version"]) == ("rollback", "complaints", 1)
    assert find_disagreements(promoted.params, ledger) == []


def test_a_second_rollback_goes_forward_again(promoted, ledger):
    promote(promoted.params, ledger, AT)
    roll_back(promoted.params, ledger, AT, "complaints")
    assert roll_back(promoted.params, ledger, AT, "they were of something else").version == 2
    assert aliases_of("demo") == {"champion": 2, "previous": 1}


class Killed(BaseException):
    """The process ends here."""


def kill_at(monkeypatch, step):
    """Let the process die in place of one of the steps that change something, counted from 0."""
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
def test_a_promotion_killed_at_any_step_leaves_a_champion_and_can_be_repeated(promoted, ledger, monkeypatch, step):
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
    assert [one.content["action"] for one in ledger.entries()] == ["promote", "done"] * 2
    assert find_disagreements(promoted.params, ledger) == []


@pytest.mark.parametrize("step", range(5))
def test_a_rollback_killed_at_any_step_leaves_a_champion_and_does_not_go_back_and_forth(
    promoted, ledger, monkeypatch, step
):
    promote(promoted.params, ledger, AT)
    with monkeypatch.context() as patch:
        kill_at(patch, step)
        with pytest.raises(Killed):
            roll_back(promoted.params, ledger, AT, "complaints")
    assert aliases_of("demo")["champion"] in (1, 2)
    assert roll_back(promoted.params, ledger, AT, "complaints").version == 1
    assert aliases_of("demo") == {"champion": 1, "previous": 2}
    assert [one.content["action"] for one in ledger.entries()[-2:]] == ["rollback", "done"]


def test_an_interrupted_promotion_is_carried_out_before_a_rollback(promoted, ledger, monkeypatch):
    with monkeypatch.context() as patch:
        kill_at(patch, 3)
        with pytest.raises(Killed):
            promote(promoted.params, ledger, AT)
    assert roll_back(promoted.params, ledger, AT, "complaints").version == 1
    assert aliases_of("demo") == {"champion": 1, "previous": 2}
    assert [one.content["action"] for one in ledger.entries()[2:]] == ["promote", "done", "rollback", "done"]


def test_a_challenger_trained_while_a_promotion_lay_interrupted_keeps_its_alias(promoted, ledger, monkeypatch):
    with monkeypatch.context() as patch:
        kill_at(patch, 2)
        with pytest.raises(Killed):
            promote(promoted.params, ledger, AT)
    promoted.train(seed=3)
    promote(promoted.params, ledger, AT)
    assert aliases_of("demo") == {"challenger": 3, "champion": 2, "previous": 1}


def test_lines_a_model_may_have_learnt_from_are_no_ground_to_compare_on(promoted, ledger):
    promoted.train(seed=3, periods=LATER)
    assert promote(promoted.params, ledger, AT).version == 3
    with pytest.raises(
        GateError, match=r"version 3 has learnt from data before 2025-12-16, and the lines .* on 2025-12-01"
    ):
        promote(promoted.params, ledger, AT, "2")
    assert promote(promoted.params, ledger, AT, "2", force=True, reason="we know it").comparison is None
    assert "learnt from data before" in ledger.entries()[-2].content["evidence"]["not_compared"]
    assert aliases_of("demo") == {"champion": 2, "previous": 3}


def test_what_cannot_be_promoted_or_rolled_back_is_said(shop, ledger):
    with pytest.raises(RegistryError, match=r"there is no version challenger among 0\. See returns-risk models list"):
        promote(shop.params, ledger, AT)
    with pytest.raises(RegistryError, match="there is no previous model to go back to"):
        roll_back(shop.params, ledger, AT, "complaints")
    shop.train()
    promote(shop.params, ledger, AT)
    with pytest.raises(RegistryError, match="version 1 is the champion already"):
        promote(shop.params, ledger, AT, "1")
    with pytest.raises(RegistryError, match="there is no previous model to go back to"):
        roll_back(shop.params, ledger, AT, "complaints")
    assert len(ledger.entries()) == 2


def test_a_previous_model_whose_files_are_gone_is_refused_while_the_champion_stands(promoted, ledger):
    promote(promoted.params, ledger, AT)
    for file in promoted.folder.rglob("mlruns/**/booster.txt"):
        file.write_text("other trees")
    with pytest.raises(RegistryError, match=r"version 1 was registered with bundle .* its files give"):
        roll_back(promoted.params, ledger, AT, "complaints")
    assert aliases_of("demo") == {"champion": 2, "previous": 1}
    assert ledger.entries()[-1].content["action"] == "done"


def test_two_promotions_at_once_are_refused(promoted, ledger):
    place = promoted.folder / "models/promotions.lock"
    with locked(place), pytest.raises(RegistryError, match=rf"process {os.getpid()} is promoting or rolling back"):
        promote(promoted.params, ledger, AT)
    assert promote(promoted.params, ledger, AT).version == 2


def test_a_ledger_that_was_changed_stops_promotions(promoted, ledger):
    change = """REPLACE(content, '"forced":false', '"forced":true')"""
    tamper(promoted.folder / "ledger/ledger.db", f"UPDATE ledger_entries SET content = {change}")
    with pytest.raises(LedgerError, match="entry 1 was changed"):
        promote(promoted.params, ledger, AT)
    assert aliases_of("demo") == {"challenger": 2, "champion": 1}


def test_entries_of_other_kinds_and_sources_are_left_alone(promoted, ledger):
    ledger.append("feedback", "demo", AT, {"order_id": "o1"})
    ledger.append("promotion", "other", AT, {"action": "promote", "steps": [["champion", 7]]})
    assert promote(promoted.params, ledger, AT).version == 2
    assert find_disagreements(promoted.params, ledger) == []


def test_entries_cut_off_and_aliases_moved_by_hand_are_found(promoted, ledger):
    file = promoted.folder / "ledger/ledger.db"
    promote(promoted.params, ledger, AT)
    whole = file.read_bytes()
    tamper(file, "DELETE FROM ledger_entries WHERE number > 2")
    findings = find_disagreements(promoted.params, ledger)
    assert len(findings) == 2
    assert "version 2 became champion by entry" in findings[0]
    assert findings[1] == "entry 1 made version 1 champion, the alias is on 2"
    file.write_bytes(whole)
    set_alias("demo", "champion", 1)
    assert find_disagreements(promoted.params, ledger) == ["entry 3 made version 2 champion, the alias is on 1"]


def test_nothing_of_customers_or_lines_is_in_ledger_and_store(promoted, ledger):
    promoted.train(seed=3, noise=0.9, trees=3)
    promote(promoted.params, ledger, AT)
    promote(promoted.params, ledger, AT, "2")
    for file in promoted.folder.rglob("*"):
        if file.is_file() and file.name != "training.parquet":
            content = file.read_bytes()
            assert not [word for word in (b"c0ffee", b"line12", b"order12", b"sku12") if word in content], file


def test_scores_of_a_fetched_model_are_those_of_the_trained_one(shop):
    bundle = shop.train()
    fetch_bundle("demo", find_version("demo", "challenger"), shop.folder / "fetched")
    rows = training_table()
    trained, fetched = (load_classifier(one).predict_risk(rows) for one in (bundle, shop.folder / "fetched"))
    assert np.array_equal(trained, fetched)
