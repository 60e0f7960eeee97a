"""Trials on past as-of days: the recipe first, seeded, pruned, and never repeated."""

import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.config.params import load_params
from returns_risk.errors import LabelError, ParamsError
from returns_risk.model.recipes import risk_recipe
from returns_risk.registry.tuning import tune
from tests.small_models import make_shop

ROOT = Path(__file__).parents[2]
SMALL = {"num_boost_round": 20, "min_data_in_leaf": 20, "num_threads": 1, "num_leaves": 7, "calibration": "platt"}
FOLDS = {"folds": 3, "step_days": 20, "test_days": 20, "resamples": 30}


@pytest.fixture
def params(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_shop(tmp_path, ROOT)
    read = load_params(ROOT / "params.yaml")
    return read.model_copy(
        update={
            "train": read.train.model_copy(update=SMALL),
            "split": read.split.model_copy(update={"calibrate_days": 30}),
            "backtest": read.backtest.model_copy(update=FOLDS),
            "tune": read.tune.model_copy(
                update={"startup_trials": 2, "space": {"num_leaves": (2, 40), "feature_fraction": (0.2, 1.0)}}
            ),
        }
    )


def run(params, trials, study="models/tuning.db", seconds=600.0):
    reported = []
    recipe = risk_recipe(params.train, params.seed)
    result = tune(recipe, params, Path(study), trials, seconds, lambda *trial: reported.append(trial))
    return result, reported


def test_the_first_trial_is_the_recipe_and_the_best_is_never_worse(params):
    result, reported = run(params, 5)
    number, chosen, losses = reported[0]
    assert number == 0
    assert chosen == {"num_leaves": 7, "feature_fraction": params.train.feature_fraction}
    assert len(losses) == 3
    assert result.trials + result.pruned == 5
    assert result.loss <= result.current_loss == pytest.approx(np.mean(losses))
    gain, low, high = result.better_by
    assert gain == pytest.approx(result.current_loss - result.loss)
    assert low <= gain <= high
    assert result.loss == pytest.approx(min(np.mean(losses) for _, _, losses in reported))


def test_the_same_seed_makes_the_same_trials(params):
    assert run(params, 4, "first.db") == run(params, 4, "second.db")


def test_a_run_continues_the_study_of_the_last_one(params):
    first, reported = run(params, 3)
    later, more = run(params, 2)
    assert later.trials + later.pruned == first.trials + first.pruned + 2
    assert {number for number, _, _ in more}.isdisjoint(number for number, _, _ in reported)
    drawn = [tuple(chosen.values()) for _, chosen, _ in reported + more]
    assert len(set(drawn)) == len(drawn)
    assert later.loss <= first.loss


def test_other_folds_are_another_study(params):
    run(params, 2)
    other = params.model_copy(update={"backtest": params.backtest.model_copy(update={"test_days": 15})})
    assert run(other, 1)[0].trials == 1


def test_hopeless_trials_are_pruned(params):
    space = params.tune.model_copy(update={"space": {"lambda_l2": (1.0, 1e6)}})
    result, reported = run(params.model_copy(update={"tune": space}), 12)
    assert result.pruned > 0
    assert len(reported) == result.trials


def test_no_trial_starts_after_the_time_limit(params):
    assert run(params, 50, seconds=0.001)[0].trials == 1


@pytest.mark.parametrize("space", [{"num_leafs": (2, 9)}, {"num_leaves": (9, 2)}])
def test_a_wrong_space_is_refused(params, space):
    wrong = params.model_copy(update={"tune": params.tune.model_copy(update={"space": space})})
    with pytest.raises(ParamsError, match=rf"tune\.space\.{next(iter(space))}: is no parameter of train, or"):
        run(wrong, 1)


def test_a_short_history_is_refused(params):
    wrong = params.model_copy(update={"backtest": params.backtest.model_copy(update={"folds": 9})})
    with pytest.raises(LabelError, match=r"Lower backtest\.folds"):
        run(wrong, 1)


def test_without_optuna_the_error_names_the_extra(params, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    message = r'^models tune: optuna is not installed\. Run: pip install "returns-risk\[tuning\]"\.$'
    with pytest.raises(ParamsError, match=message):
        run(params, 1)


def test_the_command_prints_both_recipes_and_the_command_of_an_experiment(params, tmp_path):
    recipes = tmp_path / "models/recipes"
    recipes.mkdir(parents=True)
    (recipes / "risk.yaml").write_text((ROOT / "models/recipes/risk.yaml").read_text())
    (recipes / "reason.yaml").write_text((ROOT / "models/recipes/reason.yaml").read_text())
    (tmp_path / "params.yaml").write_text(params.model_dump_json(by_alias=True))
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["models", "tune", "--trials", "2"])
    assert done.exit_code == 0, done.output
    assert "num_leaves" in done.stdout
    assert "-S 'models/recipes/risk.yaml:++train.num_leaves=" in done.stdout
    from returns_risk.registry import store

    mlflow = store.connect()
    runs = mlflow.search_runs(experiment_names=["returns-risk-demo-tuning"], output_format="list")
    assert sorted(run.info.run_name for run in runs) == ["risk 0", "risk 1"]
    refused = CliRunner().invoke(app, ["models", "tune", "reason"])
    assert refused.exit_code == 2
    assert "reason does not predict a risk" in refused.output
