"""What the plan is worth on a simulated shop whose truth is known, and whether its holdout finds the true effect.

``python -m benchmarks.plan --lines 200000``

The chain's own stages make the models. Then every day of the untouched test period is a night: the policy of the
repository, with capacities of a share of the night's lines, decides by predicted risks and reasons; the simulator knows
what each plan is truly worth. Beside it: the best plan of all with the truth in hand, without and with the
rule that a customer is contacted once a night; the same policy with the true probabilities; the best plan by trees on
the chain's features that were trained on the true saving of each line, which no shop knows: about the most that these
features allow; and the same model flagging the riskiest lines until the capacity is used up, each
with what fits its likeliest reason.
``--folder`` takes a folder that ``benchmarks.oracle`` has made.
"""

import argparse
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.oracle import make_workspace, predict_truth
from returns_risk.config.params import Params, load_params
from returns_risk.config.policy import Policy, load_policy
from returns_risk.contract.days import start_of_day
from returns_risk.contract.parquet import read_frame, read_rows
from returns_risk.decision import DecisionContext, allocate, assign_arms, decide, estimate_effect
from returns_risk.model import load_classifier
from returns_risk.scoring.replay import describe_lines
from returns_risk.snapshot import Shop
from shop_simulator import read_truth
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.oracle import best_plan, plan_value, values
from shop_simulator.world import REASONS

__all__ = ["main"]

ROOT = Path(__file__).parents[1]
CAPACITY = {"sizing_guidance": 0.08, "quality_check": 0.06, "confirm_with_customer": 0.04, "onboarding_help": 0.03}
"""Lines a night, as a share of the night's lines."""
HOLDOUT = 0.2
REPLAYS = 100
STAGES = ("validate", "featurize", "backtest", "train")
NAMES = [one.name for one in INTERVENTIONS]
DAY = datetime(2026, 1, 1, tzinfo=UTC)
KEY = b"a simulated shop has no secrets!"
Values = npt.NDArray[np.float64]


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Make the shop, decide on every night of the test period, compare, print and return the figures."""
    parser = argparse.ArgumentParser(description="The value of the plan against the truth.")
    parser.add_argument("--lines", type=int, default=200_000, help="order lines, about")
    parser.add_argument("--folder", type=Path, help="a folder that benchmarks.oracle has made, instead of a new shop")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if options.folder is None:
            make_workspace(folder, options.lines, stages=STAGES)
        lines, shares, truth, ceiling, params = _read(folder)
    policy = load_policy(ROOT / "policy.yaml")
    nights = [night.index.to_numpy() for _, night in lines.groupby("as_of")]
    plans = [
        _plans(lines.iloc[night], shares.iloc[night], truth.iloc[night], ceiling[night], policy, params)
        for night in nights
    ]
    figures = {
        name: sum(plan_value(truth.iloc[n], p[name]) for n, p in zip(nights, plans, strict=True)) for name in plans[0]
    }
    planned = np.concatenate([plan["plan"] for plan in plans])
    order = np.concatenate(nights)
    covered = _replay(lines.iloc[order].reset_index(drop=True), truth.iloc[order].reset_index(drop=True), planned)
    _print_figures(len(lines), len(nights), figures, covered, int((planned >= 0).sum()))
    return figures | {"covered": covered}


def _read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Values, Params]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        params, file = load_params(), Path("features/training.parquet")
        labels = read_frame(file, "featurize", ["line_id", "ordered_on", "closes_on"])
        risk, reason = (load_classifier(Path("models/bundles") / name) for name in ("risk", "reason"))
        test = read_rows(file, "featurize", risk.provenance.periods.select(labels, "test").to_numpy())
        snapshot = Shop.read(Path("data/validated"), load_policy(), params.source.time_zone).snapshot(params.as_of)
        truth = read_truth(Path("truth"), test["line_id"].tolist())
        ceiling = predict_truth(file, risk.provenance.periods.learnt(labels).to_numpy(), test, values, "regression")
        lines = describe_lines(test, None, snapshot, risk, load_policy(ROOT / "policy.yaml"))
    finally:
        os.chdir(before)
    shares = pd.DataFrame(reason.predict_proba(test), columns=list(reason.target_.classes))
    return lines, shares, truth.reset_index(drop=True), ceiling, params


def _plans(
    lines: pd.DataFrame, shares: pd.DataFrame, truth: pd.DataFrame, ceiling: Values, policy: Policy, params: Params
) -> dict[str, npt.NDArray[np.int64]]:
    """Return the plans of one night, as positions among the simulator's interventions."""
    lines, shares = lines.reset_index(drop=True), shares.reset_index(drop=True)
    room = {name: round(part * len(lines)) for name, part in CAPACITY.items()}
    scaled = {
        name: intervention.model_copy(update={"capacity": room[name], "capacity_by": {}})
        for name, intervention in policy.interventions.items()
    }
    begins = start_of_day(lines["as_of"].iloc[0].date(), params.source.time_zone)
    limited = policy.model_copy(update={"interventions": scaled})
    # With the truth in hand anything that saves is worth it.
    at_all = limited.model_copy(update={"decision": limited.decision.model_copy(update={"min_value": 0.0})})
    place = np.array([NAMES.index(name) for name in policy.interventions] + [-1])

    def plan(lines: pd.DataFrame, shares: pd.DataFrame) -> npt.NDArray[np.int64]:
        return place[decide(lines, shares, limited, DecisionContext(begins, "benchmark", KEY)).allocation.intervention]

    def best(saves: Values) -> npt.NDArray[np.int64]:
        return place[allocate(saves[:, place[:-1]], lines, at_all).intervention]

    true_risk = truth["probability"].to_numpy(dtype=np.float64)
    true_shares = truth[[f"probability_{name}" for name in REASONS]].set_axis(list(REASONS), axis=1)
    return {
        "best plan": best_plan(truth, room).intervention,
        "best plan, one contact a customer": best(values(truth)),
        "plan with the true probabilities": plan(
            lines.assign(risk=true_risk, risk_low=true_risk, risk_high=true_risk),
            true_shares.div(true_shares.sum(axis=1), axis=0).reset_index(drop=True),
        ),
        "trees trained on the true savings": best(ceiling),
        "plan": plan(lines, shares),
        "riskiest": _flag_riskiest(lines["risk"].to_numpy(), shares, limited, room, place),
    }


def _flag_riskiest(
    risk: Values, shares: pd.DataFrame, policy: Policy, room: dict[str, int], place: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Go down the list by risk; each line gets what fits its likeliest reason, as long as there is room."""
    left = list(room.values())
    effects = np.array(
        [
            [one.effect[name].expected if name in one.effect else 0.0 for name in shares]
            for one in policy.interventions.values()
        ]
    )
    likeliest = shares.to_numpy().argmax(axis=1)
    chosen = np.full(len(risk), -1, dtype=np.int64)
    for line in np.argsort(-risk, kind="stable"):
        fits = [number for number in np.argsort(-effects[:, likeliest[line]], kind="stable") if left[number] > 0]
        if not fits:
            break
        chosen[line] = place[fits[0]]
        left[fits[0]] -= 1
    return chosen


def _replay(lines: pd.DataFrame, truth: pd.DataFrame, planned: npt.NDArray[np.int64]) -> float:
    """Return in which share of the replays the interval of the holdout holds the true effect on the treated lines."""
    at = np.flatnonzero(planned >= 0)
    names = [NAMES[number] for number in planned[at]]
    left = truth["probability"].to_numpy(dtype=np.float64)[at]
    after = np.array(
        [
            (1 - INTERVENTIONS[number].cancels) * truth[f"probability_if_{NAMES[number]}"].iloc[line]
            for line, number in zip(at, planned[at], strict=True)
        ]
    )
    treated_lines = lines.iloc[at].reset_index(drop=True).assign(intervention=names)
    covered = 0
    for replay in range(REPLAYS):
        arm = assign_arms(
            treated_lines, np.zeros(len(treated_lines)), HOLDOUT, DecisionContext(DAY, f"replay {replay}", KEY)
        )
        treated = (arm == "treatment").to_numpy()
        came = np.random.default_rng(replay).random(len(at)) < np.where(treated, after, left)
        outcomes = treated_lines.assign(
            arm=arm, returned=came, stratum=treated_lines["intervention"] + treated_lines["market"].astype("str")
        )
        effect = estimate_effect(outcomes)
        covered += effect.low <= float((left - after)[treated].mean()) <= effect.high
    return covered / REPLAYS


def _print_figures(lines: int, nights: int, figures: dict[str, Any], covered: float, treated: int) -> None:
    table = Table(title=f"{lines:,} lines in {nights} nights, {treated:,} treated by the plan")
    for name in ("plan", "saves, EUR", "of the best"):
        table.add_column(name, justify="left" if name == "plan" else "right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.0f}", f"{value / figures['best plan']:.3f}")
    console = Console(width=100)
    console.print(table)
    console.print(f"plan / riskiest until capacity: {figures['plan'] / figures['riskiest']:.2f}", highlight=False)
    console.print(
        f"the holdout's interval holds the true effect in {covered:.0%} of {REPLAYS} replays", highlight=False
    )


if __name__ == "__main__":
    main()
