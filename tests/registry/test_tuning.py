"""Trials on past as-of days: the recipe first, seeded, broken off where hopeless, and never made twice."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.config.params import load_params
from returns_risk.contract.parquet import read_frame
from returns_risk.errors import LabelError, ParamsError
from returns_risk.features import read_frozen
from returns_risk.model.recipes import risk_recipe
from returns_risk.registry.tuning import tune
from tests.small_models import make_shop

ROOT = Path(__file__).parents[2]
TRAINING = Path("features/training.parquet")
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
    told = []
    finding = tune(
        TRAINING,
        read_frame(TRAINING, "featurize"),
        read_frozen(Path("features/definitions.json")),
        risk_recipe(params.train, params.seed),
        params,
        Path(study),
        trials,
        seconds,
        lambda *trial: told.append(trial),
    )
    return finding, told


def test_the_first_trial_is_the_recipe_and_the_best_is_never_worse(params):
    finding, told = run(params, 5)
    number, chosen, losses = told[0]
    assert number == 0
    assert chosen == {"num_leaves": 7, "feature_fraction": params.train.feature_fraction}
    assert len(losses) == 3
    assert finding.trials + finding.pruned == 5
    assert finding.loss <= finding.current_loss == pytest.approx(np.mean(losses))
    gain, low, high = finding.better_by
    assert gain == pytest.approx(finding.current_loss - finding.loss)
    assert low <= gain <= high
    assert finding.loss == pytest.approx(min(np.mean(one) for _, _, one in told))


def test_the_same_seed_makes_the_same_trials(params):
    assert run(params, 4, "one.db") == run(params, 4, "two.db")


def test_a_run_goes_on_where_the_last_one_ended(params):
    first, told = run(params, 3)
    later, more = run(params, 2)
    assert later.trials + later.pruned == first.trials + first.pruned + 2
    assert {number for number, _, _ in more}.isdisjoint(number for number, _, _ in told)
    drawn = [tuple(chosen.values()) for _, chosen, _ in told + more]
    assert len(set(drawn)) == len(drawn)
    assert later.loss <= first.loss


def test_other_folds_are_another_study(params):
    run(params, 2)
    other = params.model_copy(update={"backtest": params.backtest.model_copy(update={"test_days": 15})})
    assert run(other, 1)[0].trials == 1


def test_hopeless_trials_are_broken_off(params):
    space = params.tune.model_copy(update={"space": {"lambda_l2": (1.0, 1e6)}})
    finding, told = run(params.model_copy(update={"tune": space}), 12)
    assert finding.pruned > 0
    assert len(told) == finding.trials


def test_no_trial_begins_once_the_time_is_up(params):
    assert run(params, 50, seconds=0.001)[0].trials == 1


@pytest.mark.parametrize("space", [{"num_leafs": (2, 9)}, {"num_leaves": (9, 2)}])
def test_a_wrong_space_is_told(params, space):
    wrong = params.model_copy(update={"tune": params.tune.model_copy(update={"space": space})})
    with pytest.raises(ParamsError, match=rf"tune\.space\.{next(iter(space))}: is no parameter of train, or"):
        run(wrong, 1)


def test_a_short_history_is_told(params):
    wrong = params.model_copy(update={"backtest": params.backtest.model_copy(update={"folds": 9})})
    with pytest.raises(LabelError, match=r"Lower backtest\.folds"):
        run(wrong, 1)


def test_the_command_prints_both_and_the_experiment_to_make_of_it(params, tmp_path):
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
    assert sorted(one.info.run_name for one in runs) == ["risk 0", "risk 1"]
    refused = CliRunner().invoke(app, ["models", "tune", "reason"])
    assert refused.exit_code == 2
    assert "reason does not predict a risk" in refused.output
