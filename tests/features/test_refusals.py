"""FeatureSet that would give a wrong column, or none, are refused before anything is counted."""

import pandas as pd
import pytest

from returns_risk.errors import ParamsError
from returns_risk.features import (
    FeatureSet,
    read_frozen,
    write_features,
    write_frozen,
)
from returns_risk.snapshot import Shop
from tests.random_shops import LAST, POLICY, own_rows

MARKET = "kind: history\nentity: market\nmeaning: market\nkey: [market]\nrates: true\nprior_rate: 0.3\nstrength: 7\n"
SKU = "kind: history\nentity: sku\nmeaning: item\nkey: [sku]\nrates: true\nparent: market\n"
COLUMNS = "kind: {}\nentity: {}\nmeaning: m\ncolumns:\n  {}: {{{}, meaning: m}}\n"


@pytest.fixture
def load(tmp_path):
    def write_and_load(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return FeatureSet.load(tmp_path)

    return write_and_load


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (SKU.replace("kind: history", "kind: story"), r"sku\.yaml: .*'story'"),
        (SKU.replace("[sku]", "[SKU]"), r"sku\.yaml: .*key"),
        (SKU + "recency: [bought]\n", r"sku\.yaml: .*recency"),
        (SKU + "usual: [discount]\n", r"sku\.yaml: .*usual"),
        (SKU + "strength: 0\n", r"sku\.yaml: .*strength"),
        (SKU + "rate_windows: [ever]\n", r"sku\.yaml: .*rate_windows"),
        (SKU + "prior_rate: 0.1\n", "either a parent or a prior_rate"),
        (SKU + "prior_rate: 1.1\n", r"sku\.yaml: .*prior_rate"),
        ("", r"sku\.yaml"),
        ("- sku\n", r"sku\.yaml"),
        ("kind: [\n", r"sku\.yaml: is not valid YAML"),
    ],
)
def test_a_wrong_value_is_refused_with_its_file(load, text, finding):
    with pytest.raises(ParamsError, match=finding):
        load(market=MARKET, sku=text)


def test_a_parent_without_rates_is_refused(load):
    market = MARKET.replace("rates: true\nprior_rate: 0.3\n", "")
    with pytest.raises(ParamsError, match="parent market of sku is missing, inactive or without rates"):
        load(market=market, sku=SKU)


def test_an_entity_that_is_its_own_parent_is_refused(load):
    with pytest.raises(ParamsError, match="parent sku of sku"):
        load(sku=SKU.replace("parent: market", "parent: sku"))


@pytest.mark.parametrize("verb", ["total: quantity", "rank: unit_price", "distinct: [sku]", "share: quantity"])
def test_a_verb_of_baskets_is_refused_for_a_line(load, verb):
    with pytest.raises(ParamsError, match=r"order\.yaml: .*value"):
        load(order=COLUMNS.format("line", "order", "value", verb))


@pytest.mark.parametrize("verb", ["number: quantity", "category: sku", "discount: [unit_price, list_price]"])
def test_a_verb_of_lines_is_refused_for_a_basket(load, verb):
    """It would otherwise be taken for ``share``."""
    with pytest.raises(ParamsError, match=r"basket\.yaml: .*value"):
        load(basket=COLUMNS.format("basket", "basket", "value", verb))


def test_a_column_that_two_files_define_is_refused(load):
    with pytest.raises(ParamsError, match="value"):
        load(
            order=COLUMNS.format("line", "order", "value", "number: quantity"),
            basket=COLUMNS.format("basket", "basket", "value", "total: quantity"),
        )


def test_a_column_named_like_one_of_an_entitys_history_is_refused(load):
    """One would take the other's place, and the catalogue list both."""
    with pytest.raises(ParamsError, match="market_return_rate_all"):
        load(market=MARKET, order=COLUMNS.format("line", "order", "market_return_rate_all", "number: quantity"))


def test_a_count_that_stands_twice_is_refused(load):
    with pytest.raises(ParamsError, match="market_ordered_lines_all"):
        load(market=MARKET + "counts: [ordered_lines, ordered_lines]\n")


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        ({"sku": SKU.replace("[sku]", "[skuu]").replace("parent: market", "prior_rate: 0.1")}, "sku.*skuu"),
        ({"order": COLUMNS.format("line", "order", "value", "number: unit_prize")}, "order.*unit_prize"),
    ],
)
def test_a_column_that_is_none_of_the_contract_is_refused(load, files, finding):
    """An absent optional column switches off; a mistyped one must not do so for ever."""
    with pytest.raises(ParamsError, match=finding):
        load(**files)


def test_without_its_root_an_entity_shrinks_towards_the_roots_prior(load):
    left = load(market=MARKET, sku=SKU).drop_unavailable(["sku"])
    assert [(one.entity, one.parent, one.prior_rate, one.strength) for one in left.history] == [
        ("sku", None, 0.3, 20.0)
    ]


def test_what_is_switched_off_can_be_frozen_and_read_back(load, tmp_path):
    shop = MARKET.replace("market", "shop").replace("[shop]", "[]")
    market = MARKET.replace("prior_rate: 0.3", "parent: shop")
    order = COLUMNS.format("line", "order", "value", "number: list_price")
    left = load(shop=shop, market=market, sku=SKU, order=order).drop_unavailable(["sku"])
    assert [one.entity for one in left.definitions] == ["order", "shop", "sku"]
    write_frozen(tmp_path / "definitions.json", left)
    assert read_frozen(tmp_path / "definitions.json") == left
    assert [one.name for one in left.features] == ["shop_return_rate_all", "sku_return_rate_all"]


def test_nothing_is_switched_off_where_all_columns_are_there(load):
    definitions = load(market=MARKET, sku=SKU)
    assert definitions.drop_unavailable(["market", "sku"]) == definitions


def test_the_catalogue_does_not_depend_on_the_order_of_the_files(tmp_path):
    def catalogue(folder, names):
        folder.mkdir()
        for name in names:
            (folder / f"{name}.yaml").write_text({"market": MARKET, "sku": SKU}[name])
        return FeatureSet.load(folder).features

    assert catalogue(tmp_path / "a", ["market", "sku"]) == catalogue(tmp_path / "b", ["sku", "market"])


def test_words_in_any_script_are_frozen_as_they_are(tmp_path):
    meaning = 'Größe: "42" # 🎽 \\ \t\n- x'
    definitions = FeatureSet.model_validate(
        {"definitions": [{"kind": "line", "entity": "order", "meaning": meaning, "columns": {}}]}
    )
    write_frozen(tmp_path / "definitions.json", definitions)
    assert read_frozen(tmp_path / "definitions.json").definitions[0].meaning == meaning


def test_a_feature_named_like_an_id_is_refused(tmp_path):
    lines = pd.DataFrame({"sku": ["s"], "quantity": [1], "unit_price": [1.0]})
    lines["ordered_at"] = pd.Timestamp("2026-01-01T12:00Z")
    returns = pd.DataFrame({"line_id": [], "returned_at": lines["ordered_at"].iloc[:0], "quantity": []})
    snapshot = Shop({"order_lines": lines.assign(line_id="L"), "returns": returns}, POLICY, "UTC").snapshot(LAST)
    column = {"meaning": "item", "category": "sku"}
    definitions = FeatureSet.model_validate(
        {"definitions": [{"kind": "line", "entity": "order", "meaning": "order", "columns": {"sku": column}}]}
    )
    with pytest.raises(ParamsError, match=r"columns \['sku'\] have the names of ids"):
        write_features(
            tmp_path / "rows.parquet", pd.DataFrame({"sku": ["s"]}), definitions, snapshot, own_rows(snapshot)
        )
    assert not (tmp_path / "rows.parquet").exists()
