"""Definitions that would give a wrong column are refused; the others give named and explained columns."""

from pathlib import Path

import pandas as pd
import pytest

from returns_risk.contract.schema import CONTRACT
from returns_risk.errors import ParamsError
from returns_risk.features import FeatureSet, read_frozen, write_features, write_frozen
from returns_risk.features.belief_definitions import BeliefsDefinition
from returns_risk.features.fit_definitions import FitDefinition
from returns_risk.features.line_definitions import BasketDefinition, Column, LineDefinition
from returns_risk.snapshot import Shop
from tests.random_shops import LAST, POLICY, own_rows

ROOT = Path(__file__).parents[2]
SHOP = "kind: history\nentity: shop\nmeaning: shop\nkey: []\nrates: true\nprior_rate: 0.1\n"
MARKET = "kind: history\nentity: market\nmeaning: market\nkey: [market]\nrates: true\nprior_rate: 0.3\nstrength: 7\n"
SKU = "kind: history\nentity: sku\nmeaning: item\nkey: [sku]\nrates: true\nparent: market\n"
COUNTED = SKU.replace("market", "shop") + "windows: [all, 30]\ncounts: [ordered_lines]\n"
COLUMNS = "kind: {}\nentity: {}\nmeaning: m\ncolumns:\n  {}: {{{}, meaning: m}}\n"


def line(name="value", verb="number: quantity"):
    return COLUMNS.format("line", "order", name, verb)


@pytest.fixture
def load(tmp_path):
    def write_and_load(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return FeatureSet.load(tmp_path)

    return write_and_load


def test_an_empty_folder_is_refused(load):
    with pytest.raises(ParamsError, match="holds no"):
        load()


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (SKU.replace("kind: history", "kind: story"), r"sku\.yaml: .*'story'"),
        (SKU.replace("[sku]", "[SKU]"), r"sku\.yaml: .*key"),
        (SKU + "windows: [0]\n", r"sku\.yaml: .*windows"),
        (SKU + "windows: [152000]\n", r"sku\.yaml: .*windows"),
        (SKU + "window: [all]\n", r"sku\.yaml: .*window"),
        (SKU + "counts: [bought_lines]\n", r"sku\.yaml: .*counts"),
        (SKU + "recency: [bought]\n", r"sku\.yaml: .*recency"),
        (SKU + "usual: [discount]\n", r"sku\.yaml: .*usual"),
        (SKU + "strength: 0\n", r"sku\.yaml: .*strength"),
        (SKU + "rate_windows: [ever]\n", r"sku\.yaml: .*rate_windows"),
        (SKU + "prior_rate: 0.1\n", "either a parent or a prior_rate"),
        (SKU.replace("parent: market\n", ""), "either a parent or a prior_rate"),
        (SKU + "prior_rate: 1.1\n", r"sku\.yaml: .*prior_rate"),
        (SKU.replace("entity: sku", "entity: item"), r"sku\.yaml: entity: is item, the file's name says sku"),
        ("", r"sku\.yaml"),
        ("- sku\n", r"sku\.yaml"),
        ("kind: [\n", r"sku\.yaml: is not valid YAML"),
    ],
)
def test_a_wrong_value_is_refused_with_its_file(load, text, finding):
    with pytest.raises(ParamsError, match=finding):
        load(market=MARKET, sku=text)


@pytest.mark.parametrize(
    ("files", "parent"),
    [
        ({"sku": SKU}, "market of sku"),
        ({"sku": SKU, "market": MARKET.replace("rates: true\nprior_rate: 0.3\n", "")}, "market of sku"),
        ({"sku": SKU, "market": MARKET + "active: false\n"}, "market of sku"),
        ({"sku": SKU.replace("parent: market", "parent: sku")}, "sku of sku"),
        ({"sku": SKU, "market": MARKET.replace("prior_rate: 0.3", "parent: sku")}, ""),
    ],
)
def test_a_parent_that_is_missing_or_without_rates_or_an_entity_below_is_refused(load, files, parent):
    with pytest.raises(ParamsError, match=f"parent {parent}.*is missing, inactive or without rates"):
        load(**files)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (line(verb="number: unit_price, ratio: [a, b]"), "exactly one verb"),
        (COLUMNS.format("line", "order", "value", "").replace("{, ", "{"), "exactly one verb"),
        (line(name="Price"), r"order\.yaml"),
    ],
)
def test_a_column_without_a_single_verb_or_a_plain_name_is_refused(load, text, finding):
    with pytest.raises(ParamsError, match=finding):
        load(order=text)


@pytest.mark.parametrize(
    ("verb", "finding"),
    [
        ("number: brand", "the verb number needs a number there, and brand is a text"),
        ("ratio: [unit_price, brand]", "ratio needs a number there, and brand is a text"),
        ("days: [ordered_at, unit_price]", "days needs a time there, and unit_price is a number"),
        ("part: [quantity, hour]", "part needs a time there"),
        ("years: [ordered_at, birth_year]", "years needs a number there, and ordered_at is a time"),
        ("until: [unit_price, 12-25]", "until needs a time there"),
        ("category: quantity", "category needs a text there, and quantity is a number"),
    ],
)
def test_a_column_of_the_wrong_type_is_refused(load, verb, finding):
    with pytest.raises(ParamsError, match=rf"order\.yaml: .*{finding}"):
        load(order=line(verb=verb))


@pytest.mark.parametrize(("day", "is_one"), [("12-31", True), ("01-29", True), ("02-29", False), ("04-31", False)])
def test_a_feast_is_a_day_of_every_year(load, day, is_one):
    definition = line(verb=f'until: [ordered_at, "{day}"]')
    if is_one:
        assert load(order=definition).names == ["value"]
    else:
        with pytest.raises(ParamsError, match=r"order\.yaml"):
            load(order=definition)


def test_a_reason_is_too_small_or_too_large(load):
    text = (
        "kind: fit\nentity: fit\nmeaning: fit\noffsets: [{key: [style], variance: 1}]\ntoo_large: [large, too_small]\n"
    )
    with pytest.raises(ParamsError, match="the reason too_small is in too_small and too_large"):
        load(fit=text)


@pytest.mark.parametrize("verb", ["total: quantity", "rank: unit_price", "distinct: [sku]", "share: quantity"])
def test_a_verb_of_baskets_is_refused_for_a_line(load, verb):
    with pytest.raises(ParamsError, match=r"order\.yaml: .*value"):
        load(order=line(verb=verb))


@pytest.mark.parametrize("verb", ["number: quantity", "category: sku", "discount: [unit_price, list_price]"])
def test_a_verb_of_lines_is_refused_for_a_basket(load, verb):
    """It would otherwise be taken for ``share``."""
    with pytest.raises(ParamsError, match=r"basket\.yaml: .*value"):
        load(basket=COLUMNS.format("basket", "basket", "value", verb))


def test_a_column_that_two_files_define_is_refused(load):
    with pytest.raises(ParamsError, match="value"):
        load(order=line(), basket=COLUMNS.format("basket", "basket", "value", "total: quantity"))


def test_a_column_named_like_one_of_an_entitys_history_is_refused(load):
    """It would replace the other column, and the catalogue would list both."""
    with pytest.raises(ParamsError, match="market_return_rate_all"):
        load(market=MARKET, order=line(name="market_return_rate_all"))


def test_a_repeated_count_is_refused(load):
    with pytest.raises(ParamsError, match="market_ordered_lines_all"):
        load(market=MARKET + "counts: [ordered_lines, ordered_lines]\n")


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        ({"sku": SKU.replace("[sku]", "[skuu]").replace("parent: market", "prior_rate: 0.1")}, "sku.*skuu"),
        ({"order": line(verb="number: unit_prize")}, "order.*unit_prize"),
    ],
)
def test_a_column_that_is_none_of_the_contract_is_refused(load, files, finding):
    """An absent optional column switches off; a mistyped one must not do so for ever."""
    with pytest.raises(ParamsError, match=finding):
        load(**files)


def test_a_feature_named_like_an_id_is_refused(tmp_path):
    lines = pd.DataFrame({"sku": ["s"], "quantity": [1], "unit_price": [1.0]})
    lines["ordered_at"] = pd.Timestamp("2026-01-01T12:00Z")
    returns = pd.DataFrame({"line_id": [], "returned_at": lines["ordered_at"].iloc[:0], "quantity": []})
    snapshot = Shop({"order_lines": lines.assign(line_id="L"), "returns": returns}, POLICY, "UTC").snapshot(LAST)
    column = {"meaning": "item", "category": "sku"}
    definitions = FeatureSet.model_validate(
        {"definitions": [{"kind": "line", "entity": "order", "meaning": "order", "columns": {"sku": column}}]}
    )
    file, ids = tmp_path / "rows.parquet", pd.DataFrame({"sku": ["s"]})
    with pytest.raises(ParamsError, match=r"columns \['sku'\] have the names of ids"):
        write_features(file, ids, definitions, snapshot, own_rows(snapshot))
    assert not file.exists()


def test_parents_come_before_the_entities_that_shrink_towards_them(load):
    child = COUNTED.replace("entity: sku", "entity: a")
    assert [definition.entity for definition in load(a=child, shop=SHOP).definitions] == ["shop", "a"]


def test_columns_are_named_by_entity_event_measure_and_window(load):
    names = load(shop=SHOP, sku=COUNTED).names
    sku = ["sku_ordered_lines_all", "sku_return_rate_all", "sku_ordered_lines_30d", "sku_return_rate_30d"]
    assert names == ["shop_return_rate_all", *sku]


def test_rates_may_have_other_windows_than_counts(load):
    definitions = load(shop=SHOP, sku=COUNTED + "rate_windows: [90]\n")
    names = [feature.name for feature in definitions.features if feature.group == "sku"]
    assert names == ["sku_ordered_lines_all", "sku_ordered_lines_30d", "sku_return_rate_90d"]


def test_an_inactive_entity_gives_no_columns(load):
    definitions = load(shop=SHOP, sku=COUNTED + "active: false\n")
    assert {feature.group for feature in definitions.features} == {"shop"}


def test_the_catalogue_does_not_depend_on_the_order_of_the_files(tmp_path):
    def catalogue(folder, names):
        folder.mkdir()
        for name in names:
            (folder / f"{name}.yaml").write_text({"market": MARKET, "sku": SKU}[name])
        return FeatureSet.load(folder).features

    assert catalogue(tmp_path / "a", ["market", "sku"]) == catalogue(tmp_path / "b", ["sku", "market"])


def test_only_features_of_an_absent_column_are_switched_off(load, caplog):
    brand = COUNTED.replace("entity: sku", "entity: brand").replace("[sku]", "[brand]")
    order = line("price", "number: unit_price") + "  channel: {category: channel, meaning: c}\n"
    definitions = load(shop=SHOP, brand=brand, sku=COUNTED.replace("parent: shop", "parent: brand"), order=order)
    available = definitions.drop_unavailable(["sku", "unit_price"])
    assert [definition.entity for definition in available.definitions] == ["order", "shop", "sku"]
    assert available.names[0] == "price"
    assert next(definition.parent for definition in available.history if definition.entity == "sku") == "shop"
    assert "features/definitions/brand.yaml is off: the source has no column brand" in caplog.text
    assert "['channel'] are off" in caplog.text


def test_without_its_root_an_entity_shrinks_towards_the_roots_prior(load):
    (sku,) = load(market=MARKET, sku=SKU).drop_unavailable(["sku"]).history
    assert (sku.entity, sku.parent, sku.prior_rate, sku.strength) == ("sku", None, 0.3, 20.0)


def test_available_definitions_can_be_frozen_and_read_back(load, tmp_path):
    market = MARKET.replace("prior_rate: 0.3", "parent: shop")
    order = line(verb="number: list_price")
    available = load(shop=SHOP, market=market, sku=SKU, order=order).drop_unavailable(["sku"])
    assert [definition.entity for definition in available.definitions] == ["order", "shop", "sku"]
    write_frozen(tmp_path / "definitions.json", available)
    assert read_frozen(tmp_path / "definitions.json") == available
    assert available.names == ["shop_return_rate_all", "sku_return_rate_all"]


def test_nothing_is_switched_off_where_no_column_is_absent(load):
    definitions = load(market=MARKET, sku=SKU)
    assert definitions.drop_unavailable(["market", "sku"]) == definitions


def test_texts_in_any_script_are_frozen_unchanged(tmp_path):
    meaning = 'Größe: "42" # 🎽 \\ \t\n- x'
    definitions = FeatureSet.model_validate(
        {"definitions": [{"kind": "line", "entity": "order", "meaning": meaning, "columns": {}}]}
    )
    write_frozen(tmp_path / "definitions.json", definitions)
    assert read_frozen(tmp_path / "definitions.json").definitions[0].meaning == meaning


def test_the_repositorys_definitions_can_be_frozen_and_read_back(tmp_path):
    definitions = FeatureSet.load(ROOT / "features/definitions")
    write_frozen(tmp_path / "definitions.json", definitions)
    assert read_frozen(tmp_path / "definitions.json") == definitions


def test_the_repositorys_definitions_give_unique_explained_columns_none_named_like_an_id():
    definitions = FeatureSet.load(ROOT / "features/definitions")
    names = definitions.names
    assert len(set(names)) == len(names) <= 90
    assert all(feature.meaning and feature.known and feature.unit for feature in definitions.features)
    ids = {"line_id", "order_id", "customer_id", "sku", "ordered_on", "as_of", "closes_on", "returned"}
    assert not ids & set(names)


def test_the_repositorys_definitions_read_only_columns_of_the_contract():
    contract = {column.name for table in CONTRACT.values() for column in table.columns}
    definitions = FeatureSet.load(ROOT / "features/definitions")
    keys = {name for definition in definitions.history for name in definition.key}
    columns: list[Column] = []
    for definition in definitions.definitions:
        if isinstance(definition, LineDefinition | BasketDefinition):
            columns += definition.columns.values()
        elif isinstance(definition, BeliefsDefinition):
            columns += definition.bands.values()
        if isinstance(definition, BeliefsDefinition | FitDefinition):
            keys |= set(definition.columns)
    operands = {name for column in columns for name in column.operands}
    assert keys | operands <= contract | {"line", "line_value", "size_rank"}
    # Times after the order are no features.
    assert not operands & {"shipped_at", "delivered_at", "cancelled_at", "recorded_at"}
