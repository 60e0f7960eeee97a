"""Items are called the same on the page and in the workbook: the category in the team's language, the rest as sold."""

from dataclasses import replace

import openpyxl
import pytest

from returns_risk.config.messages import LanguagesPolicy
from returns_risk.export.columns import to_export
from returns_risk.export.item_names import name_item
from returns_risk.export.page import describe_page, render_page
from returns_risk.export.tables import flagged_orders
from returns_risk.export.workbook import write_workbook
from tests.browser import opened
from tests.small_exports import MANIFEST, make_run

LINE = {"sku": "A-1", "brand": "Green Jackets", "category": "jackets", "colour": "red", "size": "one size"}


@pytest.mark.parametrize(
    ("team", "expected"),
    [
        ("en", "Green Jackets jackets red"),
        ("de", "Green Jackets Jacken red"),
        ("fr", "Green Jackets vestes red"),
        ("nl", "Green Jackets jassen red"),
        ("pl", "Green Jackets kurtki red"),
    ],
)
def test_the_category_is_in_the_language_of_the_team_and_the_rest_in_the_words_of_the_shop(team, expected):
    assert name_item(LINE, LanguagesPolicy(team=team)) == expected


def test_the_words_of_the_shop_come_before_those_of_the_library(tmp_path):
    file = tmp_path / "de.yaml"
    file.write_text("words: {categories: {jackets: Jacken und Mäntel, kilts: Schottenröcke}}\n", encoding="utf-8")
    languages = LanguagesPolicy(team="de", files={"de": str(file)})
    names = [name_item(LINE | {"category": name}, languages) for name in ("jackets", "kilts", "Capes")]
    assert names == [
        "Green Jackets Jacken und Mäntel red", "Green Jackets Schottenröcke red", "Green Jackets Capes red",
    ]  # fmt: skip


def test_an_item_of_which_the_shop_says_no_more_is_called_by_its_sku():
    assert name_item({"sku": 12, "brand": None, "category": float("nan")}, LanguagesPolicy()) == "12"


def test_page_and_workbook_call_an_item_the_same(tmp_path):
    run = make_run()
    run = replace(run, policy=run.policy.model_copy(update={"languages": LanguagesPolicy(team="de")}))
    page = {line["id"]: line for order in describe_page(run)["orders"] for line in order["lines"]}
    assert page["O1-1"]["item"] == "acme Schuhe red, M"
    assert page["O1-1"]["category"] == "shoes", "people may search for the word of the shop as well"
    flagged = flagged_orders(to_export(run.candidates), run.reason_columns)
    write_workbook(tmp_path / "book.xlsx", flagged, run, run.manifest)
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "book.xlsx").worksheets[0].values for cell in row]
    assert "acme Schuhe red" in cells


@pytest.mark.parametrize(("sought", "orders"), [("Schuhe", ["O2", "O1"]), ("shoes", ["O2", "O1"]), ("Hemden", ["O1"])])
def test_people_find_an_order_by_its_category_in_their_language_and_in_that_of_the_shop(tmp_path, sought, orders):
    run = make_run(manifest=MANIFEST | {"time_zone": "UTC"})
    run = replace(run, policy=run.policy.model_copy(update={"languages": LanguagesPolicy(team="de")}))
    (tmp_path / "report.html").write_text(render_page(describe_page(run)), encoding="utf-8")
    with opened(tmp_path / "report.html", width=1440) as page:
        listed = []
        for tab in ("review", "to_do"):
            page.locator(f"#tab-{tab}").click()
            page.locator("#text").fill(sought)
            listed += page.locator("#orders tbody .open").evaluate_all("all => all.map((one) => one.dataset.order)")
    assert listed == orders
