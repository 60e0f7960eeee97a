"""FeatureSet are refused where they make no sense, and give named and explained columns where they do."""

from pathlib import Path

import pytest

from returns_risk.contract.schema import CONTRACT
from returns_risk.errors import ParamsError
from returns_risk.features import FeatureSet, read_frozen, write_frozen

ROOT = Path(__file__).parents[2]
SHOP = "kind: history\nentity: shop\nmeaning: shop\nkey: []\nrates: true\nprior_rate: 0.1\n"
SKU = """
kind: history
entity: sku
meaning: item
key: [sku]
windows: [all, 30]
counts: [ordered_lines]
rates: true
parent: {}
"""
LINE = "kind: line\nentity: order\nmeaning: order\ncolumns:\n  {}\n"


@pytest.fixture
def load(tmp_path):
    def write_and_load(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        return FeatureSet.load(tmp_path)

    return write_and_load


def test_an_empty_folder_is_refused(load):
    with pytest.raises(ParamsError, match="holds no"):
        load()


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        ({"sku": SKU.format("style")}, "parent style of sku is missing, inactive or without rates"),
        ({"shop": SHOP.replace("prior_rate: 0.1\n", "")}, "rates need either a parent or a prior_rate"),
        ({"shop": SHOP + "windows: [0]\n"}, r"shop\.yaml: .*windows"),
        ({"shop": SHOP + "counts: [bought_lines]\n"}, r"shop\.yaml: .*counts"),
        ({"shop": SHOP + "window: [all]\n"}, r"shop\.yaml: .*window"),
        ({"store": SHOP}, r"store\.yaml: entity: is shop, the file's name says store"),
        ({"order": LINE.format("price: {number: unit_price, ratio: [a, b], meaning: m}")}, "exactly one verb"),
        ({"order": LINE.format("price: {meaning: m}")}, "exactly one verb"),
        ({"order": LINE.format("Price: {number: unit_price, meaning: m}")}, r"order\.yaml"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(load, files, finding):
    with pytest.raises(ParamsError, match=finding):
        load(**files)


def test_entities_that_shrink_towards_each_other_are_refused(load):
    style = SKU.format("sku").replace("entity: sku", "entity: style").replace("[sku]", "[style]")
    with pytest.raises(ParamsError, match="is missing, inactive or without rates"):
        load(sku=SKU.format("style"), style=style)


def test_parents_stand_before_what_shrinks_towards_them(load):
    names = [
        one.entity for one in load(a=SKU.format("shop").replace("entity: sku", "entity: a"), shop=SHOP).definitions
    ]
    assert names == ["shop", "a"]


def test_columns_are_named_by_entity_event_measure_and_window(load):
    names = [feature.name for feature in load(shop=SHOP, sku=SKU.format("shop")).features]
    assert names == [
        "shop_return_rate_all",
        "sku_ordered_lines_all",
        "sku_return_rate_all",
        "sku_ordered_lines_30d",
        "sku_return_rate_30d",
    ]


def test_rates_may_have_windows_of_their_own(load):
    definitions = load(shop=SHOP, sku=SKU.format("shop") + "rate_windows: [90]\n")
    names = [feature.name for feature in definitions.features if feature.group == "sku"]
    assert names == ["sku_ordered_lines_all", "sku_ordered_lines_30d", "sku_return_rate_90d"]


def test_an_inactive_entity_gives_no_columns(load):
    definitions = load(shop=SHOP, sku=SKU.format("shop") + "active: false\n")
    assert {feature.group for feature in definitions.features} == {"shop"}


def test_only_what_needs_an_absent_column_is_switched_off(load, caplog):
    brand = SKU.format("shop").replace("entity: sku", "entity: brand").replace("[sku]", "[brand]")
    order = LINE.format("price: {number: unit_price, meaning: m}\n  channel: {category: channel, meaning: c}")
    definitions = load(shop=SHOP, brand=brand, sku=SKU.format("brand"), order=order)
    left = definitions.drop_unavailable(["sku", "unit_price"])
    assert [one.entity for one in left.definitions] == ["order", "shop", "sku"]
    assert [feature.name for feature in left.features][:1] == ["price"]
    assert next(one.parent for one in left.history if one.entity == "sku") == "shop"
    assert "features/definitions/brand.yaml is off: the source has no column brand" in caplog.text
    assert "['channel'] are off" in caplog.text


def test_frozen_definitions_are_read_back_as_they_were(tmp_path):
    definitions = FeatureSet.load(ROOT / "features/definitions")
    write_frozen(tmp_path / "definitions.json", definitions)
    assert read_frozen(tmp_path / "definitions.json") == definitions


def test_the_repositorys_definitions_give_unique_explained_columns_none_named_like_an_id():
    features = FeatureSet.load(ROOT / "features/definitions").features
    names = [feature.name for feature in features]
    assert len(set(names)) == len(names) >= 100
    assert all(feature.meaning and feature.known and feature.unit for feature in features)
    assert not {"line_id", "order_id", "customer_id", "sku", "ordered_on", "as_of", "closes_on", "returned"} & set(
        names
    )


def test_the_repositorys_definitions_read_only_columns_of_the_contract():
    known = {column.name for table in CONTRACT.values() for column in table.columns} | {
        "line",
        "line_value",
        "size_rank",
    }
    definitions = FeatureSet.load(ROOT / "features/definitions")
    keys = {name for one in definitions.history for name in one.key}
    lines = {
        name
        for one in definitions.definitions
        if one.kind != "history"
        for c in one.columns.values()
        for name in c.operands
    }
    assert keys | lines <= known
    # What is known only later is no feature.
    assert not lines & {"shipped_at", "delivered_at", "cancelled_at", "recorded_at"}
