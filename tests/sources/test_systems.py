"""A new source from the template of a shop system."""

import os
from pathlib import Path

import pytest

from returns_risk.errors import SourceError
from returns_risk.sources import create_source, list_systems

TEMPLATES = Path(__file__).parents[2] / "src/returns_risk/sources/templates"


def test_every_folder_is_a_system_with_both_required_selects_and_a_page():
    folders = sorted(folder.name for folder in TEMPLATES.iterdir())
    assert list_systems() == folders
    for folder in folders:
        names = {file.name for file in (TEMPLATES / folder).iterdir()}
        assert names >= {"order_lines.sql", "returns.sql", "README.md"}, folder


def test_a_new_source_has_the_files_of_its_template(tmp_path):
    files = create_source("myshop", "woocommerce", tmp_path)
    template = TEMPLATES / "woocommerce"
    assert files == sorted(file.name for file in template.iterdir())
    assert all((tmp_path / "myshop" / name).read_bytes() == (template / name).read_bytes() for name in files)


def test_an_existing_source_is_left_as_it_is(tmp_path):
    (tmp_path / "myshop").mkdir()
    with pytest.raises(SourceError, match=r"myshop: the source exists and is left as it is"):
        create_source("myshop", "woocommerce", tmp_path)
    assert list((tmp_path / "myshop").iterdir()) == []


def test_an_unknown_system_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(SourceError, match=r"--from oxid: .*'shopify-csv', .*'woocommerce'"):
        create_source("myshop", "oxid", tmp_path)


def test_the_system_is_found_in_capital_letters(tmp_path):
    assert "order_lines.sql" in create_source("myshop", "WooCommerce", tmp_path)


def test_all_who_work_on_the_checkout_may_read_a_new_source(tmp_path):
    umask = os.umask(0o077)
    try:
        create_source("myshop", "woocommerce", tmp_path)
    finally:
        os.umask(umask)
    assert (tmp_path / "myshop").stat().st_mode & 0o777 == 0o755
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "myshop").iterdir()} == {0o644}


@pytest.mark.parametrize(
    "name", ["", "..", "../shop", "my shop", ".shop", "-shop", "shop/two", "shop\n", "MyShop", "x" * 101]
)
def test_a_name_that_params_yaml_would_refuse_is_refused(tmp_path, name):
    with pytest.raises(SourceError, match=r"is not a name for a source\. It has up to 100 small letters"):
        create_source(name, "woocommerce", tmp_path)
    assert list(tmp_path.iterdir()) == []
