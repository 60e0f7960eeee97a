"""Trials of parameters on the folds of the backtest, with Optuna."""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params, TrainParams
from returns_risk.errors import ParamsError
from returns_risk.evaluation import Fold, find_folds, fit_fold, interval, resample_weights
from returns_risk.features import FeatureSet
from returns_risk.io.files import hash_file
from returns_risk.model.recipes import Recipe

if TYPE_CHECKING:
    import optuna

__all__ = ["Finding", "tune"]

Values = npt.NDArray[np.float64]
_WIDE = 10.0  # from such a ratio of highest to lowest value on, the scale is logarithmic
_EPSILON = 1e-15
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """The best trial beside the recipe as it is."""

    trials: int
    """Finished ones, those of former runs included."""
    pruned: int
    best: dict[str, Any]
    """Parameters by name."""
    loss: float
    """Mean log loss over the folds."""
    current_loss: float
    better_by: tuple[float, float, float]
    """Difference of the mean log loss to the recipe as it is, and its 95 % interval over customers. The best of many
    trials looks better than it is: only new lines tell."""


def tune(
    file: Path,
    rows: pd.DataFrame,
    definitions: FeatureSet,
    recipe: Recipe,
    params: Params,
    storage: Path,
    trials: int,
    seconds: float,
    report: Callable[[int, dict[str, Any], list[float]], None],
) -> Finding:
    """Search the space of ``params.tune`` for a smaller mean log loss over the folds of the backtest.

    The first trial is the recipe as it is. Trials are drawn by the tree-structured Parzen estimator (Bergstra et al.
    2011, Algorithms for hyper-parameter optimization), seeded; one whose losses on the first folds are worse than the
    median of the others' is broken off. Trials are kept: a run goes on where the last one on the same features,
    folds, recipe and space ended, however it ended.

    Parameters
    ----------
    file : what ``rows`` were read from, whose content names the study
    storage : SQLite database of the trials
    trials, seconds : a run ends when so many trials are made in it or so much time has passed
    report : is told number, parameters and losses on the folds of each finished trial

    Raises
    ------
    LabelError
        The history is too short for the folds.
    ParamsError
        The space names what is no parameter.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    _require_space(params)
    folds = find_folds(rows, params.as_of, params.split, params.backtest)
    settings = params.tune
    storage.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{storage}",
        study_name=_name_study(file, recipe, params),
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=settings.startup_trials, n_warmup_steps=1),
    )
    # A run that goes on must not draw again what the former one drew.
    study.sampler = optuna.samplers.TPESampler(
        seed=params.seed + len(study.trials), n_startup_trials=settings.startup_trials
    )
    if not study.trials:
        study.enqueue_trial({name: getattr(recipe.train, name) for name in settings.space})

    def objective(trial: "optuna.Trial") -> float:
        chosen = {name: _suggest(trial, name, bounds) for name, bounds in settings.space.items()}
        losses = []
        for number, fold in enumerate(folds):
            losses.append(float(_losses(rows, fold, definitions, _with(recipe, chosen), params).mean()))
            trial.report(float(np.mean(losses)), number)
            if trial.should_prune():
                raise optuna.TrialPruned
        report(trial.number, chosen, losses)
        return float(np.mean(losses))

    study.optimize(objective, n_trials=trials, timeout=seconds)
    return _find(study, rows, folds, definitions, recipe, params)


def _require_space(params: Params) -> None:
    known = TrainParams.model_fields
    for name, (low, high) in params.tune.space.items():
        if name not in known or low > high:
            raise ParamsError(
                f"params.yaml: tune.space.{name}: is no parameter of train, or its lowest value is above its highest. "
                "Correct it."
            )


def _name_study(file: Path, recipe: Recipe, params: Params) -> str:
    """Name a study by all that its losses depend on."""
    parts = [hash_file(file), recipe.model_dump(mode="json"), params.seed, params.as_of.isoformat()]
    parts += [one.model_dump(mode="json") for one in (params.split, params.backtest, params.tune)]
    return f"{recipe.name}-{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]}"


def _suggest(trial: "optuna.Trial", name: str, bounds: tuple[Any, Any]) -> Any:
    low, high = bounds
    kind = TrainParams.model_fields[name].annotation
    if kind is bool:
        return trial.suggest_categorical(name, [False, True])
    wide = low > 0 and high / low >= _WIDE
    if kind is int:
        return trial.suggest_int(name, int(low), int(high), log=wide)
    return trial.suggest_float(name, float(low), float(high), log=wide)


def _with(recipe: Recipe, chosen: dict[str, Any]) -> Recipe:
    return recipe.model_copy(update={"train": recipe.train.model_copy(update=chosen)})


def _losses(rows: pd.DataFrame, fold: Fold, definitions: FeatureSet, recipe: Recipe, params: Params) -> Values:
    """Return the log loss of each tested line of a fold."""
    test = rows[fold.test]
    risk = np.clip(fit_fold(rows, fold, definitions, recipe, params).predict_risk(test), _EPSILON, 1 - _EPSILON)
    return -np.log(np.where(test["returned"].to_numpy(dtype=bool), risk, 1 - risk))


def _find(
    study: "optuna.Study",
    rows: pd.DataFrame,
    folds: list[Fold],
    definitions: FeatureSet,
    recipe: Recipe,
    params: Params,
) -> Finding:
    """Train the best trial and the recipe as it is once more, to compare them line by line."""
    import optuna

    best = {name: study.best_trial.params[name] for name in params.tune.space}
    new, old = (
        [_losses(rows, fold, definitions, one, params) for fold in folds] for one in (_with(recipe, best), recipe)
    )
    customers = pd.concat([rows.loc[fold.test, "customer_id"] for fold in folds], ignore_index=True)
    ends = np.cumsum([len(one) for one in new])[:-1]
    gains = [before - after for before, after in zip(old, new, strict=True)]
    samples = [
        _mean_gain(gains, np.split(weight, ends))
        for weight in resample_weights(customers, params.backtest.resamples, params.seed)
    ]
    states = [trial.state for trial in study.trials]
    return Finding(
        trials=states.count(optuna.trial.TrialState.COMPLETE),
        pruned=states.count(optuna.trial.TrialState.PRUNED),
        best=best,
        loss=float(np.mean([one.mean() for one in new])),
        current_loss=float(np.mean([one.mean() for one in old])),
        better_by=(float(np.mean([one.mean() for one in gains])), *interval(samples)),
    )


def _mean_gain(gains: list[Values], weights: list[Values]) -> float:
    return float(np.mean([np.average(gain, weights=weight) for gain, weight in zip(gains, weights, strict=True)]))
