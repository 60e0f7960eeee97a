"""The sections of a model card that say how good it is, and for whom."""

from typing import Any

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.evaluation.cards.content import Block, Picture, Section, Table, number, share, span, tabulate
from returns_risk.evaluation.cards.reliability import draw_reliability
from returns_risk.evaluation.cards.words import say

__all__ = ["Metrics", "Tables", "tell_calibration", "tell_fairness", "tell_past", "tell_quality"]

Metrics = dict[str, dict[str, float]]
Tables = dict[str, pd.DataFrame]
_CLEAR = 0.05
_TINY = 0.001


def tell_quality(metrics: Metrics, tables: Tables) -> tuple[Block, ...]:
    """Put the metrics of the model beside those of simpler predictors."""
    if "intervals" not in tables:
        names = list(metrics["model"])
        rows = [
            {"metric": name.replace("_", " "), **{one: number(of[name]) for one, of in metrics.items()}}
            for name in names
        ]
        return (tabulate("Reasons of returned lines", rows),)
    rows = [
        {"metric": str(metric).replace("_", " ")}
        | {
            row["predictor"].replace("_", " "): span(row["value"], row["low"], row["high"])
            for row in part.to_dict("records")
        }
        for metric, part in tables["intervals"].groupby("metric", sort=False)
    ]
    own = metrics["model"]
    return (
        say("quality", lines=f"{own['lines']:,.0f}", returned=share(own["return_rate"]), ece=number(own["ece"])),
        tabulate("The model beside simpler predictors", rows),
    )


def tell_past(backtest: dict[str, Any]) -> Section:
    """Tell the backtest: predictors, lines without history, slices."""
    rows = [
        {"predictor": name.replace("_", " ")}
        | {metric.replace("_", " "): span(one["mean"], one["low"], one["high"]) for metric, one in of.items()}
        for name, of in backtest["summary"]["metrics"].items()
    ]
    days, cold, slices = backtest["summary"]["as_of"], backtest["cold_start"], backtest["slices"]
    new = [
        {
            "lines": row["group"],
            "number": f"{row['lines']:,.0f}",
            "AUC": span(row["auc"], row["auc_low"], row["auc_high"]),
            "log loss": number(row["log_loss"]),
            "log loss of the category's rate": number(row["category_rate_log_loss"]),
            "better by": span(row["better_by"], row["better_by_low"], row["better_by_high"]),
        }
        for row in cold.to_dict("records")
    ]
    return Section(
        "Quality over time",
        (
            say("past", folds=len(days), first=days[0], last=days[-1], lines=f"{backtest['summary']['lines']:,}"),
            tabulate("Backtest", rows),
            tabulate("Customers and items without history", new) if new else say("no_cold_start"),
            say("no_slices") if slices.empty else _slices(slices),
        ),
    )


def _slices(slices: pd.DataFrame) -> Table:
    rows = [
        {
            "slice": f"{row['dimension'].replace('_', ' ')}: {row['slice']}",
            "lines": f"{row['lines']:,.0f}",
            "returned": share(row["return_rate"]),
            "mean risk": share(row["mean_risk"]),
            "AUC": span(row["auc"], row["auc_low"], row["auc_high"]),
            "log loss": span(row["log_loss"], row["log_loss_low"], row["log_loss_high"]),
            "ECE (by chance)": f"{row['ece']:.3f} ({row['ece_by_chance']:.3f})",
        }
        for row in slices.to_dict("records")
    ]
    return tabulate("Slices of the backtest", rows)


def tell_calibration(tables: Tables) -> Section:
    """Tell whether risks mean what they say."""
    rows = [
        {
            "predicted": share(row["predicted"]),
            "returned": f"{share(row['observed'])} ({share(row['low'])} to {share(row['high'])})",
            "lines": f"{row['lines']:,.0f}",
        }
        for row in tables["calibration"].to_dict("records")
    ]
    return Section(
        "Calibration",
        (
            say("calibration"),
            Picture("Share returned along the predicted risk", "reliability", draw_reliability(tables["calibration"])),
            tabulate("Tenths of the lines by risk, with 95 % Wilson intervals", rows),
        ),
    )


def tell_fairness(tables: Tables, params: Params) -> Section:
    """Tell how groups of customers are treated."""
    fairness, gaps = tables["fairness"], tables["fairness_gaps"]
    if fairness.empty:
        return Section("Fairness", (say("no_fairness"),))
    own = params.fairness
    told = say("fairness", min_risk=params.score.min_risk, min_lines=own.min_lines, min_customers=own.min_customers)
    blocks: list[Block] = [told]
    for dimension, part in fairness.groupby("dimension", sort=False):
        blocks.append(
            tabulate(f"By {str(dimension).replace('_', ' ')}", [_group(row) for row in part.to_dict("records")])
        )
    if len(gaps):
        blocks += [say("gaps"), tabulate("Differences between groups", [_gap(row) for row in gaps.to_dict("records")])]
    return Section("Fairness", tuple(blocks))


def _group(row: dict[Any, Any]) -> dict[str, str]:
    rates = {
        name.replace("_", " "): span(row[name], row[f"{name}_low"], row[f"{name}_high"])
        for name in ("flag_rate", "false_positive_rate", "true_positive_rate", "calibration_gap")
    }
    counts = {"lines": f"{row['lines']:,.0f}", "customers": f"{row['customers']:,.0f}"}
    return {"group": str(row["group"])} | counts | {"returned": share(row["return_rate"])} | rates


def _gap(row: dict[Any, Any]) -> dict[str, str]:
    clear = row["p_value"] < _CLEAR
    return {
        "groups and rate": f"{row['dimension']}, {row['rate']}".replace("_", " "),
        "lowest": f"{number(row['least'])} ({row['lowest']})",
        "highest": f"{number(row['most'])} ({row['highest']})",
        "difference": number(row["gap"]),
        "p": "< 0.001" if row["p_value"] < _TINY else number(row["p_value"]),
        "that is": "more than chance explains" if clear else "within what chance explains",
    }
