"""Recipes, ``models/recipes/<name>.yaml``: target, features and training parameters of each model."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError

from returns_risk.config.params import Params, TrainParams
from returns_risk.config.yaml_files import Frozen, load_yaml
from returns_risk.errors import ParamsError
from returns_risk.errors.findings import finding_of

__all__ = ["RECIPES", "Classes", "Recipe", "load_recipe", "load_recipes", "resolve_auto", "risk_recipe", "risk_recipes"]

RECIPES = Path("models/recipes")
_CALIBRATIONS = {"returned": ("auto", "platt", "beta", "isotonic", "none"), "reason": ("temperature", "none")}
_AUTO = ("calibration", "features", "censored")
_PLAIN = {"features": "all", "censored": "leave_out"}


class Classes(Frozen):
    """Which return reasons are classes. Lines are never resampled: that would distort the probabilities."""

    unknown: tuple[str, ...] = ()
    """Codes without meaning; lines with them are not learnt from."""
    min_lines: PositiveInt
    """A reason with fewer lines to learn from is no class."""
    min_share: Annotated[float, Field(ge=0, le=1)]
    """Below this probability the likeliest reason is not shown."""


class _Settings(Frozen):
    target: Literal["returned", "reason"]
    meaning: str
    leave_out: tuple[str, ...] = ()
    """Features or whole entities that are not learnt from."""
    monotone: dict[str, Literal["increasing", "decreasing"]] = Field(default_factory=dict)
    """Direction by feature, where its effect on the risk may only go one way."""
    classes: Classes | None = None


class Recipe(_Settings):
    """A model's recipe, completed by ``params.yaml``."""

    name: str
    seed: NonNegativeInt
    train: TrainParams


def risk_recipes(recipes: list[Recipe]) -> list[Recipe]:
    """Return those that predict whether a line is returned."""
    return [recipe for recipe in recipes if recipe.target == "returned"]


def risk_recipe(train: TrainParams, seed: int) -> Recipe:
    """Return the plain recipe of a risk: all features, nothing constrained."""
    return Recipe(name="risk", target="returned", meaning="returned within the window", seed=seed, train=train)


class _File(_Settings):
    seed: NonNegativeInt | None = None
    """None for that of params.yaml."""
    train: dict[str, Any] = Field(default_factory=dict)
    """Parameters that differ from the block ``train`` of params.yaml."""


def load_recipes(params: Params, folder: Path = RECIPES) -> list[Recipe]:
    """Read all recipes, in the order of their names.

    Raises
    ------
    ParamsError
        There is none, or one is wrong; the message names file, key, value and what is expected.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise ParamsError(f"{folder}: there is no recipe. Restore it from git.")
    return [load_recipe(file, params) for file in files]


def resolve_auto(recipe: Recipe, backtest: Path) -> Recipe:
    """Replace ``auto`` in a recipe by the backtest's selection: calibration, features, censored lines.

    Recipes of reasons have no backtest; there ``auto`` means all features and matured lines only.

    Parameters
    ----------
    backtest : folder with ``<recipe>/summary.json``

    Raises
    ------
    ParamsError
        The recipe asks for a backtest and there is none.
    """
    train = recipe.train
    undecided = [name for name in _AUTO if getattr(train, name) == "auto"]
    if recipe.target != "returned":
        return recipe.model_copy(update={"train": train.model_copy(update=_PLAIN)})
    if not undecided:
        return recipe
    file = backtest / recipe.name / "summary.json"
    try:
        selection = json.loads(file.read_text(encoding="utf-8"))["selection"]
        selected = {name: selection[name] for name in undecided if name != "features"}
        needless = selection["leave_out"] if "features" in undecided else []
    except (OSError, ValueError, KeyError) as error:
        raise ParamsError(
            f"{file}: does not say which {' and '.join(undecided)} is best. Run the backtest stage, or name it in "
            "the block train of params.yaml."
        ) from error
    leave_out = tuple(dict.fromkeys([*recipe.leave_out, *needless]))
    return recipe.model_copy(
        update={"train": train.model_copy(update={**selected, "features": "all"}), "leave_out": leave_out}
    )


def load_recipe(file: Path, params: Params) -> Recipe:
    """Read one recipe; errors as of ``load_recipes``."""
    content = load_yaml(file, _File)
    settings = content.model_dump(exclude={"train", "seed"})
    seed = params.seed if content.seed is None else content.seed
    try:
        train = TrainParams.model_validate(params.train.model_dump() | content.train)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ParamsError(
            f"{file}: train.{key}: {finding_of(first)}, found {first['input']!r}. Correct it and run again."
        ) from error
    if (content.target == "reason") != (content.classes is not None):
        raise ParamsError(f"{file}: classes: belong to a recipe with the target reason, and to no other. Correct it.")
    if train.calibration not in _CALIBRATIONS[content.target]:
        raise ParamsError(
            f"{file}: train.calibration: {train.calibration} is not for the target {content.target}. "
            f"Choose among {', '.join(_CALIBRATIONS[content.target])}."
        )
    if train.censored != "leave_out" and not train.refit:
        raise ParamsError(
            f"{file}: train.censored: {train.censored} needs train.refit: such lines are learnt from in the refit. "
            "Set it to true, or censored to leave_out."
        )
    return Recipe(**settings, name=file.stem, seed=seed, train=train)
