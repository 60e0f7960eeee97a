"""Matured training rows -> the risk on past as-of days, beside simpler models, and the calibration that did best."""

from pathlib import Path
from typing import Any

from returns_risk.config.params import Params
from returns_risk.contract.parquet import read_frame
from returns_risk.evaluation import run_backtest, summarize
from returns_risk.features import read_frozen
from returns_risk.io.files import write_folder
from returns_risk.model.recipes import load_recipes, risk_recipes
from returns_risk.snapshot.labels import require_matured
from returns_risk.stage import run_stage

TRAINING = Path("features/training.parquet")
DEFINITIONS = Path("features/definitions.json")
BACKTEST = Path("models/backtest")


def main(params: Params) -> None:
    """Train every recipe of a risk on past as-of days with what was known then, and test it on what came next."""
    rows = read_frame(TRAINING, "featurize")
    require_matured(rows, params.as_of)
    definitions = read_frozen(DEFINITIONS)
    found: dict[str, Any] = {}
    for recipe in risk_recipes(load_recipes(params)):
        summary, tables = summarize(run_backtest(rows, definitions, recipe, params), recipe, definitions, params)
        found |= {f"{recipe.name}/summary.json": summary}
        found |= {f"{recipe.name}/{name}.csv": table for name, table in tables.items()}
    write_folder(BACKTEST, found)


if __name__ == "__main__":
    run_stage(main)
