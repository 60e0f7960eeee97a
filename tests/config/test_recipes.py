"""A recipe is a file; a mistake in it is reported with file and key."""

import json
from pathlib import Path

import pytest

from returns_risk.config.params import load_params
from returns_risk.errors import ParamsError
from returns_risk.model.recipes import load_recipe, load_recipes, resolve_auto, risk_recipe

ROOT = Path(__file__).parents[2]
PARAMS = load_params(ROOT / "params.yaml")
PLAIN = "target: returned\nmeaning: returned\n"
REASONS = "target: reason\nmeaning: reason\nclasses: {min_lines: 5, min_share: 0.2}\n"


def write(tmp_path, text, name="own"):
    file = tmp_path / f"{name}.yaml"
    file.write_text(text)
    return file


def test_the_recipes_of_the_project_are_complete():
    recipes = load_recipes(PARAMS, ROOT / "models/recipes")
    assert [recipe.name for recipe in recipes] == ["reason", "risk"]
    assert recipes[1] == risk_recipe(PARAMS.train, PARAMS.seed)
    assert recipes[0].train.calibration == "temperature"


def test_what_a_recipe_does_not_say_is_as_in_the_params(tmp_path):
    recipe = load_recipe(write(tmp_path, PLAIN + "seed: 3\ntrain: {num_leaves: 9}\nleave_out: [brand]\n"), PARAMS)
    assert recipe.name == "own"
    assert recipe.seed == 3
    assert recipe.leave_out == ("brand",)
    assert recipe.train == PARAMS.train.model_copy(update={"num_leaves": 9})
    assert load_recipe(write(tmp_path, PLAIN), PARAMS).seed == PARAMS.seed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PLAIN + "train: {num_leafs: 9}\n", r"own.yaml: train\.num_leafs: there is no such key, found 9\. Correct it"),
        (PLAIN + "train: {num_leaves: many}\n", r"own.yaml: train\.num_leaves: .*, found 'many'"),
        (PLAIN + "monotone: {brand: up}\n", r"own.yaml: monotone\.brand: .*found 'up'"),
        (
            PLAIN + "classes: {min_lines: 5, min_share: 0.2}\n",
            "own.yaml: classes: belong to a recipe with the target reason",
        ),
        ("target: reason\nmeaning: reason\n", "own.yaml: classes: belong"),
        (
            PLAIN + "train: {calibration: temperature}\n",
            r"calibration: temperature is not for the target returned\. Choose",
        ),
        (REASONS, r"calibration: auto is not for the target reason\. Choose among temperature, none"),
        ("meaning: x\n", r"own.yaml: target: the key is missing"),
        ("target: [\n", r"own.yaml: is not valid YAML"),
    ],
)
def test_a_wrong_recipe_is_reported_by_file_and_key(tmp_path, text, message):
    with pytest.raises(ParamsError, match=message):
        load_recipe(write(tmp_path, text), PARAMS)


def test_what_is_left_open_is_settled_by_the_backtest(tmp_path):
    folder = tmp_path / "risk"
    folder.mkdir()
    recipe = risk_recipe(PARAMS.train.model_copy(update={"features": "auto", "censored": "auto"}), 7)
    recipe = recipe.model_copy(update={"leave_out": ("brand",)})
    with pytest.raises(ParamsError, match="does not say which calibration and features and censored is best"):
        resolve_auto(recipe, tmp_path)
    selection = {"calibration": "beta", "leave_out": ["size", "brand"], "censored": "weigh"}
    (folder / "summary.json").write_text(json.dumps({"selection": selection}))
    settled = resolve_auto(recipe, tmp_path)
    assert settled.leave_out == ("brand", "size")
    assert (settled.train.calibration, settled.train.features, settled.train.censored) == ("beta", "all", "weigh")
    settled_twice = resolve_auto(settled, tmp_path / "nothing")
    assert settled_twice == settled


def test_reasons_have_no_backtest_and_use_all_features(tmp_path):
    reason = load_recipe(write(tmp_path, REASONS + "train: {calibration: none, censored: auto}\n"), PARAMS)
    settled = resolve_auto(reason, tmp_path)
    assert (settled.leave_out, settled.train.features, settled.train.censored) == ((), "all", "leave_out")


def test_censored_lines_need_the_refit(tmp_path):
    with pytest.raises(ParamsError, match=r"own.yaml: train\.censored: weigh needs train\.refit"):
        load_recipe(write(tmp_path, PLAIN + "train: {censored: weigh, refit: false}\n"), PARAMS)


def test_without_a_recipe_there_is_nothing_to_train(tmp_path):
    with pytest.raises(ParamsError, match=r"there is no recipe\. Restore it from git"):
        load_recipes(PARAMS, tmp_path)
