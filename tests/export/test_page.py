"""The content of the page of a run."""

import pytest

from returns_risk.explain import list_topics
from returns_risk.export.page import FACTOR_NAMES
from returns_risk.features import FeatureSet
from tests.browser import opened
from tests.export.small_pages import ROOT, write


def test_the_figures_are_those_of_the_lines(small):
    _, flagged, run = small
    treated = flagged[flagged["decision"].isin(["act", "review"])]
    assert run["counts"]["act"] == (flagged["decision"] == "act").sum()
    assert run["counts"]["open"] == 1000 + (flagged["decision"] != "none").sum()
    assert run["value"]["value"] == pytest.approx(treated["value"].sum(), abs=0.01)
    assert sum(order["expected_saving"] for order in run["orders"]) == pytest.approx(treated["value"].sum(), abs=0.5)
    rooms = [room for room in run["workload"] if not room["part"]]
    assert sum(room["treated"] for room in rooms) == len(treated)
    assert sum(room["control"] for room in rooms) == (flagged["decision"] == "holdout").sum()
    assert sum(room["value"] for room in rooms) == pytest.approx(treated["value"].sum(), abs=0.05)
    assert len(run["orders"]) == 60
    for column in ("market", "warehouse"):
        levels = treated.groupby(column)["value"].agg(["size", "sum"])
        assert {level["name"]: level["treated"] for level in run["places"][column]} == levels["size"].to_dict()
        assert sum(level["control"] for level in run["places"][column]) == (flagged["decision"] == "holdout").sum()
        assert [sum(part["value"] for part in level["parts"]) for level in run["places"][column]] == pytest.approx(
            levels["sum"].tolist(), abs=0.05
        )
    (part,) = [room for room in run["workload"] if room["part"]]
    quality = flagged["intervention"] == "quality_check"
    assert (part["name"], part["capacity"]) == ("quality check, LEJ1", 30)
    assert part["treated"] + part["control"] == (quality & (flagged["warehouse"] == "LEJ1")).sum()


def test_every_entity_of_the_definitions_has_a_name_that_people_read():
    sets = [FeatureSet.load(ROOT / "features" / name) for name in ("definitions", "wide")]
    topics = [topic for features in sets for topic in list_topics(features.features, features)]
    assert list(FACTOR_NAMES) == sorted({topic.entity for topic in topics})
    assert len(set(FACTOR_NAMES.values())) == len(FACTOR_NAMES)


def test_a_night_on_which_nothing_is_flagged_has_a_page(tmp_path):
    file, _, run = write(tmp_path, 0)
    with opened(file) as page:
        assert page.locator("#count").inner_text() == "0 of 0 orders"
    assert run["value"]["value"] == 0


def test_the_same_run_gives_the_same_bytes(tmp_path):
    assert write(tmp_path, 40)[0].read_bytes() == write(tmp_path, 40)[0].read_bytes()
