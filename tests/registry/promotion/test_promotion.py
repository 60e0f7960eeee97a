"""Promotion, refusal and rollback: aliases, scores and the ledger's entries."""

import os

import numpy as np
import pytest

from returns_risk.errors import GateError, LedgerError, RegistryError
from returns_risk.io.files import locked
from returns_risk.model import load_classifier
from returns_risk.registry.aliases import aliases_of, set_alias
from returns_risk.registry.decisions import find_disagreements
from returns_risk.registry.promotion import promote, roll_back
from returns_risk.registry.versions import fetch_bundle, find_version
from tests.registry.promotion.conftest import AT, champion_scores
from tests.small_models import LATER, training_table
from tests.tampering import tamper


def test_the_first_model_is_promoted_and_recorded(shop, ledger):
    shop.train()
    outcome = promote(shop.params, ledger, AT)
    assert (outcome.action, outcome.version) == ("promote", 1)
    assert aliases_of("demo") == {"champion": 1}
    decided, done = ledger.entries()
    assert decided.content["evidence"]["champion"] is None
    assert "there is no champion to compare with" in decided.content["evidence"]["verdict"]["reasons"][0]
    assert (done.content["action"], done.content["of"]) == ("done", 1)


def test_a_better_challenger_becomes_champion_and_the_champion_previous(promoted, ledger):
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
    assert [metric["metric"] for metric in verdict["metrics"]] == [
        "log_loss",
        "precision_at_capacity",
        "value_at_capacity",
    ]
    assert {level["level"] for level in verdict["slices"]} <= {"AT", "DE", "FR"}
    assert entry["evidence"]["period"] == ["2025-12-01", "2025-12-31"]
    assert find_disagreements(promoted.params, ledger) == []


def test_a_worse_challenger_is_refused_and_no_alias_moves(promoted, ledger):
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


def test_a_forced_promotion_is_recorded_with_reason_and_verdict(promoted, ledger):
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
    assert roll_back(promoted.params, ledger, AT, "wrong alarm").version == 2
    assert aliases_of("demo") == {"champion": 2, "previous": 1}


def test_models_are_not_compared_on_lines_they_may_have_learnt_from(promoted, ledger):
    promoted.train(seed=3, periods=LATER)
    assert promote(promoted.params, ledger, AT).version == 3
    with pytest.raises(
        GateError, match=r"version 3 has learnt from data before 2025-12-16, and the lines .* on 2025-12-01"
    ):
        promote(promoted.params, ledger, AT, "2")
    assert promote(promoted.params, ledger, AT, "2", force=True, reason="we know it").comparison is None
    assert "learnt from data before" in ledger.entries()[-2].content["evidence"]["not_compared"]
    assert aliases_of("demo") == {"champion": 2, "previous": 3}


def test_impossible_promotions_and_rollbacks_are_refused(shop, ledger):
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


def test_a_rollback_to_damaged_files_is_refused_and_the_champion_stays(promoted, ledger):
    promote(promoted.params, ledger, AT)
    for file in promoted.folder.rglob("mlruns/**/booster.txt"):
        file.write_text("other trees")
    with pytest.raises(RegistryError, match=r"version 1 was registered with bundle .* its files give"):
        roll_back(promoted.params, ledger, AT, "complaints")
    assert aliases_of("demo") == {"champion": 2, "previous": 1}
    assert ledger.entries()[-1].content["action"] == "done"


def test_two_promotions_at_once_are_refused(promoted, ledger):
    lock = promoted.folder / "models/promotions.lock"
    with locked(lock), pytest.raises(RegistryError, match=rf"process {os.getpid()} is promoting or rolling back"):
        promote(promoted.params, ledger, AT)
    assert promote(promoted.params, ledger, AT).version == 2


def test_a_changed_ledger_stops_promotions(promoted, ledger):
    change = """REPLACE(content, '"forced":false', '"forced":true')"""
    tamper(promoted.folder / "ledger/ledger.db", f"UPDATE ledger_entries SET content = {change}")
    with pytest.raises(LedgerError, match="entry 1 was changed"):
        promote(promoted.params, ledger, AT)
    assert aliases_of("demo") == {"challenger": 2, "champion": 1}


def test_entries_of_other_kinds_and_sources_are_ignored(promoted, ledger):
    ledger.append("feedback", "demo", AT, {"order_id": "o1"})
    ledger.append("promotion", "other", AT, {"action": "promote", "steps": [["champion", 7]]})
    assert promote(promoted.params, ledger, AT).version == 2
    assert find_disagreements(promoted.params, ledger) == []


def test_a_truncated_ledger_and_a_moved_alias_are_reported(promoted, ledger):
    file = promoted.folder / "ledger/ledger.db"
    promote(promoted.params, ledger, AT)
    content = file.read_bytes()
    tamper(file, "DELETE FROM ledger_entries WHERE number > 2")
    findings = find_disagreements(promoted.params, ledger)
    assert len(findings) == 2
    assert "version 2 became champion by entry" in findings[0]
    assert findings[1] == "entry 1 made version 1 champion, the alias is on 2"
    file.write_bytes(content)
    set_alias("demo", "champion", 1)
    assert find_disagreements(promoted.params, ledger) == ["entry 3 made version 2 champion, the alias is on 1"]


def test_no_customers_or_lines_are_in_ledger_and_store(promoted, ledger):
    promoted.train(seed=3, noise=0.9, trees=3)
    promote(promoted.params, ledger, AT)
    promote(promoted.params, ledger, AT, "2")
    for file in promoted.folder.rglob("*"):
        if file.is_file() and file.name != "training.parquet":
            content = file.read_bytes()
            assert not [value for value in (b"c0ffee", b"line12", b"order12", b"sku12") if value in content], file


def test_a_fetched_model_gives_the_scores_of_the_trained_one(shop):
    bundle = shop.train()
    fetch_bundle("demo", find_version("demo", "challenger"), shop.folder / "fetched")
    rows = training_table()
    trained, fetched = (load_classifier(path).predict_risk(rows) for path in (bundle, shop.folder / "fetched"))
    assert np.array_equal(trained, fetched)
