"""A recipe is a file; what is wrong in it is told by file and key."""

from pathlib import Path

import pytest

from returns_risk.errors import ParamsError
from returns_risk.params import load_params
from returns_risk.recipes import load_recipe, load_recipes, risk_recipe

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
    assert [one.name for one in recipes] == ["reason", "risk"]
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
    ("text", "told"),
    [
        (PLAIN + "train: {num_leafs: 9}\n", r"own.yaml: train\.num_leafs: Extra inputs .*, found 9\. Correct it"),
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
        ("meaning: x\n", r"own.yaml: target: Field required"),
        ("target: [\n", r"own.yaml: is not valid YAML"),
    ],
)
def test_a_wrong_recipe_is_told_by_file_and_key(tmp_path, text, told):
    with pytest.raises(ParamsError, match=told):
        load_recipe(write(tmp_path, text), PARAMS)


def test_without_a_recipe_there_is_nothing_to_train(tmp_path):
    with pytest.raises(ParamsError, match=r"there is no recipe\. Restore it from git"):
        load_recipes(PARAMS, tmp_path)
