"""Tuning of a recipe's parameters on the folds of the backtest, with Optuna (extra ``tuning``)."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params, TrainParams
from returns_risk.contract.parquet import read_frame
from returns_risk.errors import ParamsError
from returns_risk.evaluation import Fold, bin_recipe, find_folds, fit_fold, interval, resample_weights
from returns_risk.features import FeatureSet, read_frozen
from returns_risk.io.extras import missing_extra
from returns_risk.io.files import hash_file
from returns_risk.model.recipes import Recipe

if TYPE_CHECKING:
    from optuna import Study, Trial

__all__ = ["TuningResult", "tune"]

Values = npt.NDArray[np.float64]
_TRAINING = Path("features/training.parquet")
_DEFINITIONS = Path("features/definitions.json")
_LOG_SCALE = 10.0  # ratio of highest to lowest value from which the scale is logarithmic
_EPSILON = 1e-15


@dataclass(frozen=True)
class TuningResult:
    """The best trial compared with the recipe as it is."""

    trials: int
    """Finished trials, also of earlier runs."""
    pruned: int
    """Trials that were stopped early."""
    best: dict[str, Any]
    """Value of each parameter in the best trial."""
    loss: float
    """Mean log loss over the folds."""
    current_loss: float
    better_by: tuple[float, float, float]
    """Difference of the mean log loss to the recipe as it is, and its 95 % interval over customers. The best of many
    trials looks better than it is: only new lines can confirm it."""


@dataclass(frozen=True)
class _Search:
    """The data of a search: lines with features, their folds, and the recipe that is tuned."""

    rows: pd.DataFrame
    folds: list[Fold]
    definitions: FeatureSet
    recipe: Recipe
    params: Params

    def losses(self, values: dict[str, Any]) -> Iterator[Values]:
        """Yield the log loss of each tested line, fold by fold, for the recipe with other parameters."""
        recipe = self.recipe.model_copy(update={"train": self.recipe.train.model_copy(update=values)})
        table = bin_recipe(self.rows, self.definitions, recipe, self.params)
        for fold in self.folds:
            test, threads = self.rows[fold.test], self.params.train.num_threads
            risk = fit_fold(table, fold, self.definitions, recipe, self.params, threads).predict_risk(test)
            risk = np.clip(risk, _EPSILON, 1 - _EPSILON)
            yield -np.log(np.where(test["returned"].to_numpy(dtype=bool), risk, 1 - risk))


def tune(
    recipe: Recipe,
    params: Params,
    storage: Path,
    trials: int,
    seconds: float,
    report: Callable[[int, dict[str, Any], list[float]], None],
) -> TuningResult:
    """Search the space of ``params.tune`` for a smaller mean log loss over the folds of the backtest.

    The first trial is the recipe as it is. Trials are drawn by the tree-structured Parzen estimator (Bergstra et al.
    2011, Algorithms for hyper-parameter optimization), seeded. A trial whose losses on the first folds are worse than
    the median of the others is pruned. Trials are stored: a run continues the study of the same features, folds, recipe
    and space.

    Parameters
    ----------
    storage : SQLite file of the trials
    trials, seconds : limits on the number of trials of this run and on its duration
    report : called with number, parameters and losses on the folds of each finished trial

    Raises
    ------
    LabelError
        The history is too short for the folds.
    ParamsError
        The space has a name that is no parameter, or Optuna is not installed.
    SourceError
        The feature table is missing.
    """
    optuna = _import_optuna()
    _require_space(params)
    rows = read_frame(_TRAINING, "featurize")
    folds = find_folds(rows, params.as_of, params.split, params.backtest)
    search = _Search(rows, folds, read_frozen(_DEFINITIONS), recipe, params)
    study = _open_study(optuna, storage, recipe, params)

    def objective(trial: "Trial") -> float:
        values = {name: _suggest(trial, name, bounds) for name, bounds in params.tune.space.items()}
        losses: list[float] = []
        for number, of_lines in enumerate(search.losses(values)):
            losses.append(float(of_lines.mean()))
            trial.report(float(np.mean(losses)), number)
            if trial.should_prune():
                raise optuna.TrialPruned
        report(trial.number, values, losses)
        return float(np.mean(losses))

    study.optimize(objective, n_trials=trials, timeout=seconds)
    states = [trial.state.name for trial in study.trials]
    best = {name: study.best_trial.params[name] for name in params.tune.space}
    return _compare(search, best, trials=states.count("COMPLETE"), pruned=states.count("PRUNED"))


def _import_optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise missing_extra("models tune", error, "tuning", ParamsError) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _open_study(optuna: Any, storage: Path, recipe: Recipe, params: Params) -> "Study":
    settings = params.tune
    storage.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{storage}",
        study_name=_study_name(recipe, params),
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=settings.startup_trials, n_warmup_steps=1),
    )
    # A run that continues a study must not repeat the draws of the earlier run.
    seed = params.seed + len(study.trials)
    study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=settings.startup_trials)
    if not study.trials:
        study.enqueue_trial({name: getattr(recipe.train, name) for name in settings.space})
    return study  # type: ignore[no-any-return]


def _require_space(params: Params) -> None:
    for name, (low, high) in params.tune.space.items():
        if name not in TrainParams.model_fields or low > high:
            raise ParamsError(
                f"params.yaml: tune.space.{name}: is no parameter of train, or its lowest value is above its highest. "
                "Correct it."
            )


def _study_name(recipe: Recipe, params: Params) -> str:
    """Return a name that depends on everything that the losses depend on."""
    parts = [hash_file(_TRAINING), recipe.model_dump(mode="json"), params.seed, params.as_of.isoformat()]
    parts += [block.model_dump(mode="json") for block in (params.split, params.backtest, params.tune)]
    return f"{recipe.name}-{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]}"


def _suggest(trial: "Trial", name: str, bounds: tuple[Any, Any]) -> Any:
    low, high = bounds
    kind = TrainParams.model_fields[name].annotation
    if kind is bool:
        return trial.suggest_categorical(name, [False, True])
    logarithmic = low > 0 and high / low >= _LOG_SCALE
    if kind is int:
        return trial.suggest_int(name, int(low), int(high), log=logarithmic)
    return trial.suggest_float(name, float(low), float(high), log=logarithmic)


def _compare(search: _Search, best: dict[str, Any], trials: int, pruned: int) -> TuningResult:
    """Train the best trial and the recipe as it is once more, and compare them line by line."""
    new, current = (list(search.losses(values)) for values in (best, {}))
    gains = [old_loss - new_loss for old_loss, new_loss in zip(current, new, strict=True)]
    customers = pd.concat([search.rows.loc[fold.test, "customer_id"] for fold in search.folds], ignore_index=True)
    ends = np.cumsum([len(gain) for gain in gains])[:-1]
    weights = resample_weights(customers, search.params.backtest.resamples, search.params.seed)
    samples = [_mean_gain(gains, np.split(sample, ends)) for sample in weights]
    return TuningResult(
        trials=trials,
        pruned=pruned,
        best=best,
        loss=float(np.mean([losses.mean() for losses in new])),
        current_loss=float(np.mean([losses.mean() for losses in current])),
        better_by=(float(np.mean([gain.mean() for gain in gains])), *interval(samples)),
    )


def _mean_gain(gains: list[Values], weights: list[Values]) -> float:
    return float(np.mean([np.average(gain, weights=weight) for gain, weight in zip(gains, weights, strict=True)]))
