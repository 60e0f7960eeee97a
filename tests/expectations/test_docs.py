"""The Data Docs: whole, local, and without a customer in them."""

import re

import pytest

from returns_risk.errors import ExportError


@pytest.fixture(scope="module")
def pages(dirty_run):
    docs = dirty_run[1]
    return {page.relative_to(docs).as_posix(): page.read_text(encoding="utf-8") for page in docs.rglob("*.html")}


def test_there_is_an_index_and_a_page_per_suite_result(pages):
    suites = sorted(name.split("/")[1] for name in pages if name.startswith("validations/"))
    assert suites == ["customers", "order_lines", "order_lines_accepted", "products", "returns"]
    for page in pages:
        if page.startswith("validations/"):
            assert page in pages["index.html"]


def test_a_page_shows_rule_reason_and_count(pages):
    page = next(text for name, text in pages.items() if name.startswith("validations/returns/"))
    assert "returns.line_known: at most 3.00% of rows where return without a line" in page
    assert "1 unexpected values found" in page
    assert "returns.line_accepted" in page


def test_the_state_of_a_page_is_that_of_the_checks(dirty_run, pages):
    for table in ("order_lines", "returns", "products", "customers"):
        failed = sum(not c.passed for c in dirty_run[0].checks if c.table == table and "_type" not in c.rule)
        page = next(text for name, text in pages.items() if name.startswith(f"validations/{table}/"))
        assert re.search(rf"Unsuccessful Expectations</span>\s*</td>\s*<td[^>]*><span[^>]*>\s*{failed}<", page) or (
            f">{failed}<" in page
        )


def test_the_pages_load_no_picture_from_the_makers_of_great_expectations(dirty_run, pages):
    for name, text in pages.items():
        assert "great-expectations-web-assets" not in text
        logo = re.search(r'src="([^"]*logo-long.png)"', text)
        assert logo
        assert (dirty_run[1] / name).parent.joinpath(logo[1]).resolve().exists()


def test_a_new_run_replaces_the_former_pages(run, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "stale.html").write_text("old")
    run(docs=docs)
    assert not (docs / "stale.html").exists()
    assert (docs / "index.html").stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]


def test_a_folder_that_cannot_be_written_is_named(run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportError, match="file/docs"):
        run(docs=tmp_path / "file" / "docs")
