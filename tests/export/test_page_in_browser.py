"""The page of a run in a real browser, as a shift works with it: with the keyboard, on paper, on a phone, offline."""

import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from playwright.sync_api import expect

from returns_risk.config.links import LinksPolicy
from returns_risk.export.page import describe_page, render_page
from returns_risk.export.page_words import LANGUAGES
from returns_risk.export.recent_nights import RecentNights
from tests.browser import accessibility_faults, opened
from tests.export.small_pages import MANIFEST, SENSITIVITY, SKU, make_flagged, make_recent, make_run, write

pytestmark = pytest.mark.usefixtures("browser")

HOSTILE = "Best <!--<script> Brand & \"Sons\" 'x' </script></style><img src=x onerror=fail()> {{ 7 * 7 }} ${1} {n}"
SHOWN = f"{HOSTILE}\\u2028\\u2029\\u202egpj.exe\\u001b[2J"
BOX = "node => node.getBoundingClientRect().toJSON()"


def rows(page):
    return page.locator("#orders tbody tr")


def ids(page):
    return page.locator("#orders tbody .open").evaluate_all("all => all.map((one) => one.dataset.order)")


def counts(page):
    """Number of orders in each tab, as the tabs say it."""
    return {tab: int(page.locator(f"#tab-{tab} .count").inner_text()) for tab in ("to_do", "review", "done", "control")}


def figures(page):
    return " ".join(page.locator("#figures").inner_text().split())


def test_in_the_first_screen_stand_the_night_its_figures_and_the_first_order(tmp_path):
    recent = make_recent(make_flagged(120), carried=3)
    file, _, run = write(tmp_path, 120, recent=recent)
    with opened(file, width=1440) as page:
        assert page.locator("h1").inner_text().split("\n") == ["Mon, 2 March 2026", "NIGHT"]
        orders = run["figures"]["orders"]
        text = figures(page)
        assert f"Planned tonight · normal {orders['to_do'] + orders['review']} {orders['to_do']} to do" in text
        assert f"{run['figures']['value']:.2f} EUR {run['figures']['value_low']:.2f} to" in text
        assert page.locator("#figures svg").first.locator("rect").count() == 15
        first, pane = (node.evaluate(BOX) for node in (rows(page).first, page.locator("#pane h2")))
        assert first["bottom"] < 300
        assert pane["bottom"] < 300
        assert first["height"] == 40
        assert (
            page.locator("#download").inner_text()
            == f"Download feedback (0 of {counts(page)['to_do'] + orders['review']})"
        )


@pytest.mark.parametrize(("about", "text"), [({"rehearsal": True}, "REHEARSAL"), ({"backfill": True}, "BACKFILL")])
def test_a_rehearsal_says_so_in_another_colour_and_nothing_can_be_marked_as_done(tmp_path, about, text):
    night = write(tmp_path, 20)[0]
    with opened(night) as page:
        colour = page.locator(".kind").evaluate("node => getComputedStyle(node).backgroundColor")
    with opened(write(tmp_path, 20, about=about)[0]) as page:
        assert page.locator(".kind").inner_text() == f"{text}: not to be acted on"
        assert page.locator(".kind").evaluate("node => getComputedStyle(node).backgroundColor") != colour
        assert page.locator("#download, #pane footer").count() == 0
        before = ids(page)
        page.keyboard.press("d")
        assert ids(page) == before


def test_fifty_orders_are_worked_with_the_keyboard_and_leave_as_a_file(tmp_path):
    decisions = [*(["act", "review", "act"] * 18)[:52], "holdout", "none"]
    flagged = make_flagged(54).assign(
        order_id=[f"O{n:03d}" for n in range(54)], line_id=[f"O{n:03d}-1" for n in range(54)]
    )
    flagged = flagged.assign(decision=decisions, intervention="quality_check", value=1.0, value_low=0.5, value_high=2.0)
    file = tmp_path / "report.html"
    file.write_text(render_page(describe_page(make_run(flagged))), encoding="utf-8")
    keys = {"d": "done", "n": "not possible", "r": "wrong flag"}
    worked: dict[str, str] = {}
    with opened(file, width=1440) as page:
        for tab in ("to_do", "review"):
            page.locator(f"#tab-{tab}").focus()
            page.keyboard.press("Enter")
            while len(worked) < 50 and ids(page):
                order = page.evaluate("state.order")
                key = "dnr"[len(worked) % 3]
                if len(worked) == 4:
                    page.locator("#pane footer input").first.focus()
                    page.keyboard.type("Ana")
                    page.keyboard.press("Tab")
                    page.keyboard.type("customer called")
                    page.keyboard.press("Escape")
                    assert page.evaluate("document.activeElement.dataset.order") == order
                    assert page.locator("tr.picked .owner").inner_text() == "Ana"
                page.keyboard.press(key)
                worked[order] = keys[key]
        assert len(worked) == 50
        assert counts(page) == {"to_do": 0, "review": 2, "done": 50, "control": 1}
        page.reload()
        assert counts(page) == {"to_do": 0, "review": 2, "done": 50, "control": 1}, "it survives a reload"
        assert page.locator("#download").inner_text() == "Download feedback (50 of 52)"
        with page.expect_download() as download:
            page.locator("#download").press("Enter")
        assert download.value.suggested_filename == "feedback-tests-2026-03-02.json"
        content = json.loads(download.value.path().read_text())
    assert {name: content[name] for name in ("type", "version", "as_of", "source")} == {
        "type": "returns-risk feedback", "version": 1, "as_of": "2026-03-02", "source": "tests",
    }  # fmt: skip
    assert {row["order_id"]: row["disposition"] for row in content["rows"]} == worked
    assert all(row["line_id"] == f"{row['order_id']}-1" for row in content["rows"])
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["at"]) for row in content["rows"])
    (commented,) = [row for row in content["rows"] if row["comment"]]
    assert (commented["comment"], commented["owner"]) == ("customer called", "Ana")
    assert [row["owner"] for row in content["rows"]].count("Ana") == 46, "the name stays for the orders after it"


def test_a_mistake_is_undone_and_a_done_order_is_opened_again(tmp_path):
    with opened(write(tmp_path, 40)[0], width=1440) as page:
        before, order = counts(page), page.evaluate("state.order")
        page.keyboard.press("d")
        page.get_by_role("button", name="Undo").click()
        assert counts(page) == before
        assert page.evaluate("state.order") == order
        page.keyboard.press("r")
        page.locator("#tab-done").click()
        assert ids(page) == [order]
        page.get_by_role("button", name="Reopen").click()
        assert counts(page) == before


def test_j_and_k_move_the_search_key_focuses_and_keys_can_be_turned_off(tmp_path):
    with opened(write(tmp_path, 60)[0], width=1440) as page:
        listed = ids(page)
        for key, place in (("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.dataset.order") == listed[place]
            assert listed[place] in page.locator("#pane h2").inner_text()
        page.keyboard.press("/")
        page.keyboard.type("dnr")
        assert page.locator("#text").input_value() == "dnr", "keys are letters while somebody writes"
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Clear search and filters").click()
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        dialog = page.locator("dialog")
        assert "wrong flag" in dialog.inner_text()
        page.locator("#shortcuts").uncheck()
        page.keyboard.press("Escape")
        assert dialog.is_hidden()
        order = page.evaluate("state.order")
        page.keyboard.press("j")
        assert page.evaluate("state.order") == order


def test_no_key_acts_on_an_order_that_the_list_does_not_show(tmp_path):
    with opened(write(tmp_path, 60)[0], width=1440) as page:
        first, other = ids(page)[0], ids(page)[-1]
        assert page.evaluate("state.order") == first
        page.keyboard.press("/")
        page.keyboard.type(other)
        page.keyboard.press("Escape")
        assert page.locator("#text").input_value() == other
        assert ids(page) == [other]
        assert page.locator("#pane h2").inner_text() == f"Order {other}"
        page.keyboard.press("d")
        assert page.evaluate("[...store.entries.keys()]") == [other]
        page.locator("#text").fill("there is no such order")
        assert page.locator("#pane h2").count() == 0
        page.keyboard.press("Escape")
        page.keyboard.press("d")
        assert page.evaluate("[...store.entries.keys()]") == [other]


def test_filters_and_the_chosen_order_survive_a_reload(tmp_path):
    with opened(write(tmp_path, 200)[0], width=1440) as page:
        page.locator("#tab-review").click()
        page.locator("#market").select_option("FR")
        page.locator("#action").select_option("Check the item")
        page.locator("#sort").select_option("value")
        page.locator("#text").fill("acme")
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        listed, order = ids(page), page.evaluate("state.order")
        assert 1 < len(listed) < counts(page)["review"]
        page.reload()
        assert ids(page) == listed
        assert page.evaluate("state.order") == order
        assert page.locator("#pane h2").inner_text() == f"Order {order}"
        assert page.locator("#market").input_value() == "FR"
        assert page.locator("#tab-review").get_attribute("aria-selected") == "true"


def test_the_control_group_is_folded_away_and_has_no_message(tmp_path):
    with opened(write(tmp_path, 120)[0], width=1440) as page:
        page.locator("#tab-control").click()
        assert rows(page).count() == 0
        assert "do not contact" in page.locator("#state").inner_text()
        page.locator("#state button").click()
        rows(page).first.click()
        assert "Control group: do not contact" in page.locator("#pane").inner_text()
        assert page.locator("#pane textarea, #pane footer").count() == 0


def test_the_pane_has_the_evidence_the_message_and_the_other_lines(tmp_path):
    with opened(write(tmp_path, 200)[0], width=1440) as page:
        page.locator("#action").select_option("Advise on size")
        rows(page).first.click()
        pane = page.locator("#pane")
        order = page.evaluate("orderById.get(state.order)")
        line = next(line for line in order["lines"] if line["suggested_size"])
        table = pane.locator("table.sizes").first
        assert table.locator("thead th").all_inner_texts() == ["kept", "too small", "too large", "other reasons"]
        assert table.locator("tbody tr").count() == 4
        _, kept, small, large, other = line["sizes"][0]
        cells = table.locator("tbody tr").first.locator("td").all_inner_texts()
        assert other == 7
        assert cells[1:] == [f"{kept} of {kept + small + large + 7}", str(small), str(large), "7"]
        assert "This customer has kept: L (2" in pane.inner_text()
        link = pane.get_by_role("link", name="Open in the shop")
        assert link.get_attribute("href") == f"https://shop.example/orders/{order['id']}"
        assert link.get_attribute("rel") == "noopener noreferrer"
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        pane.locator("textarea").first.fill("Hello, L?")
        page.keyboard.press("Escape")
        page.keyboard.press("c")
        expect(page.locator("#toast")).to_have_text("Copied.")
        assert page.evaluate("navigator.clipboard.readText()") == "Hello, L?"
        page.reload()
        assert pane.locator("textarea").first.input_value() == "Hello, L?", "edited messages stay"
        pane.get_by_role("button", name="Reset").first.click()
        assert pane.locator("textarea").first.input_value().startswith("Hello,\n\nyou ordered")


def test_on_paper_are_all_rows_of_the_list_with_headers_on_each_page(tmp_path):
    file, _, _ = write(tmp_path, 1000)
    with opened(file, width=1440) as page:
        expected = counts(page)["review"]
        page.locator("#tab-review").click()
        assert rows(page).count() == 60 < expected
        page.emulate_media(media="print")
        assert page.locator("#orders thead").evaluate("node => getComputedStyle(node).display") == "table-header-group"
        assert page.locator("#pane, .tools, .below, #download").evaluate_all(
            "all => all.every((one) => !one.offsetParent)"
        )
        page.emulate_media(media="screen")
        printed: list[int] = []

        def note(count):
            printed.append(count)

        page.expose_function("note", note)
        page.evaluate(
            "addEventListener('beforeprint', () => note(document.querySelectorAll('#orders tbody tr').length))"
        )
        pdf = page.pdf()
        expect(page.locator("#orders tbody tr")).to_have_count(60)
    assert printed == [expected]
    pages = pdf.count(b"/Type /Page\n") or len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert pages > expected / 60


def test_on_a_phone_orders_are_cards_and_nothing_scrolls_sideways(tmp_path):
    file, _, _ = write(tmp_path, 60, recent=make_recent(make_flagged(60), carried=2))
    with opened(file, width=390) as page:
        fits = "document.documentElement.scrollWidth <= innerWidth"
        assert page.evaluate(fits)
        right = page.locator("[role=tab]:visible").evaluate_all(
            "tabs => tabs.map((tab) => tab.getBoundingClientRect().right)"
        )
        assert len(right) == 5
        assert max(right) <= 390, "no tab is cut"
        assert rows(page).first.evaluate("node => getComputedStyle(node).display") == "grid"
        assert page.locator("#pane").is_hidden()
        page.locator(".open").first.click()
        assert page.locator(".list").is_hidden()
        assert page.evaluate(fits)
        order = page.evaluate("state.order")
        page.locator("[data-disposition=done]").click()
        assert page.evaluate("state.order") != order, "the next order follows"
        page.get_by_role("button", name="List").click()
        assert page.locator(".list").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_meets_wcag_2_2_aa_in_each_of_its_states(tmp_path, scheme):
    file, _, _ = write(tmp_path, 60, recent=make_recent(make_flagged(60), carried=2))
    with opened(file, scheme, 1440) as page:
        assert accessibility_faults(page, "best-practice") == []
        page.locator("#tab-review").click()
        page.keyboard.press("d")
        page.locator("summary").first.click()
        assert accessibility_faults(page, "best-practice") == [], "with a message, a toast and the factors open"
        for tab in ("control", "done", "none"):
            page.locator(f"#tab-{tab}").click()
            assert accessibility_faults(page, "best-practice") == [], tab
        page.locator("#help").click()
        assert accessibility_faults(page, "best-practice") == [], "help"
    with opened(write(tmp_path, 60, about={"rehearsal": True})[0], scheme, 390) as page:
        assert accessibility_faults(page, "best-practice") == [], "phone, rehearsal"
        page.locator(".open").first.click()
        assert accessibility_faults(page, "best-practice") == [], "phone, order"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bars_and_borders_stand_out_from_what_is_around_them(small, scheme):
    names = ["--edge", "--accent", "--bar-kept", "--bar-small", "--bar-large", "--warn"]
    with opened(small[0], scheme) as page:
        colours = {
            name: page.evaluate(
                """(name) => { const node = document.createElement("i"); document.body.append(node);
                node.style.color = `var(${name})`; const colour = getComputedStyle(node).color; node.remove();
                return colour.match(/\\d+/g).slice(0, 3).map(Number); }""",
                name,
            )
            for name in [*names, "--paper", "--soft"]
        }
    faint = {
        (name, ground): round(ratio, 2)
        for name in names
        for ground in ("--paper", "--soft")
        if (ratio := contrast(colours[name], colours[ground])) < 3
    }
    assert faint == {}


def contrast(one, other):
    """Contrast of two colours as WCAG defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_keyboard_reaches_the_list_with_one_skip_link(small):
    with opened(small[0], width=1440) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "open"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_language_of_the_team(tmp_path, language):
    run = make_run(make_flagged(60))
    languages = run.policy.languages.model_copy(update={"default": language, "team": language})
    run = replace(run, policy=run.policy.model_copy(update={"languages": languages}))
    file = tmp_path / "report.html"
    file.write_text(render_page(describe_page(run, recent=make_recent(make_flagged(60)))), encoding="utf-8")
    day, amount = {
        "en": ("Mon, 2 March 2026", "."), "de": ("Mo., 2. März 2026", ","), "fr": ("lun. 2 mars 2026", ","),
        "nl": ("ma 2 maart 2026", ","), "pl": ("pon., 2 marca 2026", ","),
    }[language]  # fmt: skip
    with opened(file, width=1440) as page:
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("#date").inner_text() == day
        assert re.search(rf"\d{re.escape(amount)}\d\d EUR", figures(page))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("#pane").evaluate("node => node.scrollWidth <= node.clientWidth")
        assert page.locator(".bar").evaluate("node => node.offsetHeight") < 70, "one row"
        assert not re.search(r"\{\w+\}|undefined|null|NaN", page.locator("body").inner_text())


def test_no_text_of_a_shop_breaks_the_page(tmp_path):
    text = f"{HOSTILE}\u2028\u2029\u202egpj.exe\x1b[2J"
    names = [
        "order_id", "line_id", "sku", "market", "warehouse", "brand", "category", "size", "colour", "message",
        "message_subject", "message_size", "resolution", "resolution_text",
    ]  # fmt: skip
    planned = {"decision": "act", "value": 2.0, "value_low": 1.0, "value_high": 3.0, "no_action_reason": text}
    columns = {name: [f"{text} {name}", f"{text} other {name}"] for name in [*names, "evidence", "return_reason"]}
    evidence = {
        "sizes": [{"size": text, "kept": 1, "too_small": 2, "too_large": 0}],
        "customer": [{"size": text, "kept": 1}],
    }
    flagged = make_flagged(2).assign(
        **columns,
        **planned,
        intervention=["call", "sizing_guidance"],
        size_evidence=[evidence] * 2,
        message_language="en",
    )
    sku = SKU | dict.fromkeys(("item", "level", "action", "cause", "parent"), text)
    run = make_run(
        flagged,
        [text, text],
        [(text, 0.8), ("all else", 0.1)],
        ["en", text],
        MANIFEST | {"as_of": "2026-03-02", "model_version": text, "source": text},
        sku,
        sensitivity=SENSITIVITY.assign(assumption=text),
    )
    file = tmp_path / "report.html"
    file.write_text(render_page(describe_page(run)), encoding="utf-8")
    with opened(file, width=1440) as page:
        assert counts(page)["to_do"] == 2
        rows(page).last.click()
        page.locator("summary").first.click()
        body = page.evaluate("document.body.textContent")
        for name in ["order_id", "market", "evidence", "return_reason", "sku", "message_size", "resolution_text"]:
            assert f"{SHOWN} other {name}".replace("_", " ") in body.replace("_", " "), name
        values = page.locator("#pane input, #pane textarea").evaluate_all("all => all.map((one) => one.value)")
        assert any(f"{HOSTILE}" in value and "other message" in value for value in values)
        assert page.locator("img").count() == 0
        assert page.locator("#market option").count() == 3
        page.locator("#text").fill("<!--<script>")
        assert rows(page).count() == 2
        rows(page).first.click()
        page.keyboard.press("Escape")
        page.keyboard.press("d")
        with page.expect_download() as download:
            page.locator("#download").click()
        (row,) = json.loads(download.value.path().read_text())["rows"]
        assert row["order_id"].startswith(HOSTILE)
        assert not {chr(27), chr(0x202E)} & set(body)


def test_an_order_named_like_a_part_of_javascript_is_an_order(tmp_path):
    flagged = make_flagged(2).assign(
        order_id=["__proto__", "constructor"], decision="act", intervention="quality_check", value=1.0
    )
    file = tmp_path / "report.html"
    file.write_text(render_page(describe_page(make_run(flagged))), encoding="utf-8")
    with opened(file, width=1440) as page:
        page.keyboard.press("d")
        page.keyboard.press("n")
        page.reload()
        assert counts(page)["done"] == 2


def test_photos_come_only_from_hosts_that_the_shop_lists(tmp_path):
    # `opened` fails on any request: none is made for a photo by default.
    with opened(write(tmp_path, 20)[0]) as page:
        assert page.locator("img").count() == 0
    photo = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
    run = make_run(make_flagged(20).assign(photo_uri="https://img.shop.example/1.jpg"))
    links = LinksPolicy(photos=("https://img.shop.example",))
    content = describe_page(replace(run, policy=run.policy.model_copy(update={"links": links})))
    text = render_page(content, links.photos).replace("https://img.shop.example/1.jpg", photo)
    (tmp_path / "photos.html").write_text(text, encoding="utf-8")
    with opened(tmp_path / "photos.html", width=1440) as page:
        first = page.locator("#orders img").first
        assert first.get_attribute("loading") == "lazy"
        assert first.evaluate("node => node.alt") == ""
        assert rows(page).first.evaluate(BOX)["height"] == 40


def test_a_night_without_feedback_says_so(tmp_path):
    nights = [{"as_of": "2026-03-01", "orders": 40, "value": 30.0, "reported": 0}]
    lines = make_flagged(20).assign(night="2026-03-01")[["order_id", "line_id", "night"]].to_dict("records")
    recent = RecentNights.of(nights, [], lines)
    with opened(write(tmp_path, 20, recent=recent, decision="none")[0]) as page:
        assert page.locator("#notice").inner_text().startswith("Open orders of earlier nights are not shown")
        assert "too few nights to compare" in figures(page)


def test_below_the_list_stands_what_no_other_part_says(small):
    with opened(small[0], width=1440) as page:
        tables = {
            section.locator("h2").inner_text(): [row.inner_text().split("\t") for row in section.locator("tr").all()]
            for section in page.locator(".below section").all()
        }
        note = page.locator(".below section", has_text="What if").locator("p").inner_text()
        shadow = page.locator(".below section").last.inner_text()
    assert list(tables) == [
        "Tonight's workload",
        "What if our assumptions are off?",
        "Items to look into",
        "About this run",
    ]
    assert tables["What if our assumptions are off?"][1:] == [
        ["current assumptions", "70", "56.38", "56.38"],
        ["costs 50 % higher", "56", "42.65", "42.73"],
    ]
    assert "leaves out lines worth less than 0.50 EUR" in note
    assert "3 more lines would be treated if shadow interventions were rolled out (4.50 EUR)." in shadow
    assert tables["Items to look into"][1] == [
        "sku A<b>", "check the stock", "quality", "7", "3.21", "12.50", "61%", "40%",
    ]  # fmt: skip


def test_the_list_grows_as_somebody_scrolls_or_steps(tmp_path):
    flagged = make_flagged(600)
    flagged["decision"] = pd.Series("act", index=flagged.index)
    flagged = flagged.assign(intervention="quality_check", value=1.0, value_low=0.5, value_high=2.0)
    file = tmp_path / "report.html"
    file.write_text(render_page(describe_page(make_run(flagged))), encoding="utf-8")
    with opened(file, width=1440) as page:
        assert rows(page).count() == 60
        page.locator("#panel").evaluate("node => { node.scrollTop = node.scrollHeight; }")
        expect(page.locator("#orders tbody tr")).to_have_count(120)
        for _ in range(210):
            page.keyboard.press("j")
        assert page.evaluate("state.listed.findIndex((order) => order.id === state.order)") == 210
        assert rows(page).count() == 240
