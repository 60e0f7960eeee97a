"""The content of the page of a run."""

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from returns_risk.config.links import LinksPolicy
from returns_risk.config.policy import load_policy
from returns_risk.export.page import describe_page, render_page
from returns_risk.export.recent_nights import RecentNights
from returns_risk.scoring.figures import count_orders, sum_savings
from tests.browser import opened
from tests.export.small_pages import MANIFEST, ROOT, describe, make_flagged, make_recent, make_run, write


def test_the_figures_are_those_of_the_lines(small):
    _, flagged, run = small
    treated = flagged[flagged["decision"].isin(["act", "review"])]
    assert run["figures"] == {"orders": count_orders(flagged), **sum_savings(flagged)}
    assert run["figures"]["value"] == pytest.approx(treated["value"].sum(), abs=0.01)
    assert sum(order["value"] for order in run["orders"]) == pytest.approx(treated["value"].sum(), abs=0.01)
    queues = pd.Series([order["queue"] for order in run["orders"]]).value_counts()
    assert {name: queues[name] for name in ("to_do", "review", "control")} == run["figures"]["orders"]
    rooms = [room for room in run["workload"] if not room["part"]]
    assert sum(room["treated"] for room in rooms) == len(treated)
    assert sum(room["control"] for room in rooms) == (flagged["decision"] == "holdout").sum()
    assert sum(room["value"] for room in rooms) == pytest.approx(run["figures"]["value"], abs=0.01)
    assert sum(level["value"] for level in run["warehouses"]) == pytest.approx(run["figures"]["value"], abs=0.01)
    (part,) = [room for room in run["workload"] if room["part"]]
    quality = flagged["intervention"] == "quality_check"
    assert (part["name"], part["capacity"]) == ("Check the item, LEJ1", 30)
    assert part["treated"] + part["control"] == (quality & (flagged["warehouse"] == "LEJ1")).sum()


def test_orders_come_by_the_time_they_have_to_ship_and_the_line_to_treat_first():
    run = describe(make_flagged(40))
    times = [order["ship_by"] for order in run["orders"]]
    assert times == sorted(times)
    # 06:00 UTC is 07:00 in Berlin, the time zone of the shop.
    assert min(times) >= "2026-03-02T01:00"
    for order in run["orders"]:
        treated = [line["treated"] for line in order["lines"]]
        assert treated == sorted(treated, reverse=True)


def test_the_action_names_the_size_only_where_the_message_offers_it():
    flagged = make_flagged(6).assign(decision=["act", "act", "holdout", "none", "act", "none"], order_id=list("ABCDEE"))
    flagged = flagged.assign(
        intervention=["sizing_guidance", "sizing_guidance", "sizing_guidance", None, "sizing_guidance", None],
        style="x",
        size=["M", "M", "M", "M", "M", "L"],
        suggested_size="L",
        message_size=pd.Series(["L", None, "L", None, "L", None], dtype="str"),
        value=1.0,
    )
    actions = {order["id"]: order["lines"][0]["action"] for order in describe(flagged)["orders"]}
    assert actions == {
        "A": "Suggest L",
        "B": "Ask which size",
        "C": "Control group",
        "D": "No action: no capacity left",
        "E": "Keep L only",
    }


def test_the_chance_of_the_ordered_size_is_shown_where_the_order_has_the_style_in_one_size():
    flagged = make_flagged(6).assign(
        order_id=list("AABBCC"), style=list("xxxyxx"), size=["M", "L", "M", "L", "M", "M"], decision="act"
    )
    orders = describe(flagged.assign(ordered_size_kept=0.41))["orders"]
    shown = {order["id"]: {line["ordered_kept"] for line in order["lines"]} for order in orders}
    assert shown == {"A": {None}, "B": {0.41}, "C": {0.41}}


def test_only_lines_to_treat_have_a_message():
    run = describe(make_flagged(60))
    lines = [line for order in run["orders"] for line in order["lines"]]
    assert all(bool(line.get("message")) == line["treated"] for line in lines)
    message = next(line["message"] for line in lines if line.get("message") and line["message"]["to"] == "customer")
    assert message == {
        "to": "customer",
        "language": "en",
        "subject": "Your order: is the size right?",
        "body": "Hello,\n\nyou ordered this jacket in XL.",
        "reply_by": "2026-03-02T12:00",
    }


def test_the_kind_of_a_run_is_that_of_its_manifest():
    flagged = make_flagged(4)
    kinds = [describe(flagged, about)["kind"] for about in ({}, {"rehearsal": True}, {"backfill": True})]
    assert kinds == ["night", "rehearsal", "backfill"]


def test_notices_about_the_policy_are_not_for_those_who_work_the_list():
    manifest: dict[str, Any] = {**MANIFEST}
    manifest["plan"] = manifest["plan"] | {"notices": ["reasons of policy.yaml that are not predicted: gift"]}
    assert "not predicted" not in json.dumps(describe_page(make_run(make_flagged(2), manifest=manifest)))


def test_the_other_lines_of_an_order_are_there_also_where_they_are_not_flagged():
    flagged = make_flagged(4).assign(decision=["act", "none", "none", "none"])
    run = make_run(flagged)
    run = replace(run, candidates=run.candidates.assign(flagged=[True, False, False, False]))
    (order,) = describe_page(run)["orders"]
    assert [line["id"] for line in order["lines"]] == ["O00000-0", "O00000-1"]


def test_carried_lines_have_the_plan_of_their_night():
    flagged = make_flagged(40)
    recent = make_recent(flagged, carried=2)
    run = describe(flagged, recent=recent)
    carried = {line: order for order in run["orders"] for line in [one["id"] for one in order["lines"]]}
    for line_id in recent.carried["line_id"]:
        order = carried[line_id]
        assert order["since"] == "2026-03-01"
        assert order["queue"] in ("to_do", "review")
        (line,) = [line for line in order["lines"] if line["id"] == line_id]
        assert (line["action"], line["reasons"]) == ("Check the item", ["Carried reason"])
        assert line["message"]["body"] == "Bitte prüfen Sie die Naht."
    assert run["figures"] == describe(flagged)["figures"], "tonight's figures count tonight's plan"


def test_a_line_that_is_planned_tonight_is_not_carried_over():
    flagged = make_flagged(4).assign(decision="act", intervention="quality_check", value=1.0)
    recent = make_recent(flagged.assign(decision="none"), carried=2)
    assert [order["since"] for order in describe(flagged, recent=recent)["orders"]] == ["", ""]


def test_without_any_feedback_the_page_says_which_open_orders_it_does_not_show():
    nights = [{"as_of": f"2026-03-0{day}", "orders": 40, "value": 30.0, "reported": 0} for day in (0, 1)]
    flagged = make_flagged(4)
    lines = flagged.assign(decision="none", night="2026-03-01")[["order_id", "line_id", "night"]].to_dict("records")
    run = describe(flagged.assign(decision="none"), recent=RecentNights.of(nights, [], lines))
    (warning,) = run["warnings"]
    assert warning == (
        "Open orders of earlier nights are not shown, since no feedback was imported for those nights and all may be "
        f"done: 1 Mar ({flagged['order_id'].nunique()})."
    )
    assert describe(flagged, recent=RecentNights.of(nights, []))["warnings"] == []
    assert run["verdicts"] == {"orders": "unknown", "value": "unknown"}


def test_a_photo_is_shown_only_from_a_host_that_the_shop_lists():
    flagged, policy = make_flagged(4), load_policy(ROOT / "policy.yaml")
    for photos, expected in (((), ""), (("https://img.shop.example",), "https://img.shop.example/1.jpg")):
        links = LinksPolicy(order=policy.links.order, photos=photos)
        run = make_run(flagged, policy=policy.model_copy(update={"links": links}))
        page = describe_page(run)
        assert {line["photo"] for order in page["orders"] for line in order["lines"]} == {expected}
        sources = f"img-src data:{' https://img.shop.example' if photos else ''};"
        assert sources in render_page(page, photos)


def test_columns_that_a_source_lacks_leave_their_place_empty():
    lacking = [
        "ship_by",
        "suggested_size",
        "message_size",
        "size_evidence",
        "resolution",
        "message",
        "photo_uri",
        "warehouse",
        "size",
    ]
    run = describe(make_flagged(40).drop(columns=lacking))
    line = run["orders"][0]["lines"][0]
    assert (run["orders"][0]["ship_by"], line["suggested_size"], line["sizes"], line["message"]) == (None, "", [], None)
    assert run["warehouses"] == []


def test_a_night_on_which_nothing_is_flagged_has_a_page(tmp_path):
    file, _, run = write(tmp_path, 0)
    with opened(file) as page:
        assert page.locator("#state").inner_text() == "Nothing left to do here."
        assert page.locator("#orders").is_hidden()
    assert run["figures"]["value"] == 0


def test_the_same_run_gives_the_same_bytes(tmp_path):
    assert write(tmp_path, 40)[0].read_bytes() == write(tmp_path, 40)[0].read_bytes()


def test_a_likely_reason_that_the_action_does_not_lower_is_marked():
    flagged = make_flagged(3).assign(
        order_id=["A", "B", "C"], intervention=["quality_check", "quality_check", pd.NA],
        return_reason=["changed_mind", "quality", "changed_mind"], decision=["act", "act", "none"],
    )  # fmt: skip
    answered = {order["id"]: order["lines"][0]["reason_answered"] for order in describe(flagged)["orders"]}
    assert answered == {"A": False, "B": True, "C": True}
