"""Shows registered models, comparisons and decisions, on a terminal."""

from rich.markup import escape
from rich.table import Table

from returns_risk.cli.screen import Console
from returns_risk.evaluation import MetricDifference, SliceDifference, Verdict
from returns_risk.ledger import Entry
from returns_risk.model.recipes import Recipe
from returns_risk.registry.comparison import Comparison
from returns_risk.registry.promotion import Outcome
from returns_risk.registry.tuning import Finding
from returns_risk.registry.versions import CHAMPION, ModelVersion

__all__ = ["print_comparison", "print_finding", "print_outcome", "print_versions"]

_SHOWN = {"auc": "model_auc", "log loss": "model_log_loss", "precision at capacity": "model_precision_at_capacity"}
_WORDS = {"promote": "promoted", "rollback": "by rollback"}


def print_versions(name: str, versions: list[ModelVersion], decided: list[Entry]) -> None:
    """Print the versions of a model, the newest first.

    Parameters
    ----------
    decided : what the ledger says of promotions
    """
    became = _became_champion(decided)
    table = Table(title=f"{name}: {len(versions)} versions")
    for column in ("version", "aliases", "bundle", "trained as of", *_SHOWN, "became champion"):
        table.add_column(column, justify="right" if column == "version" or column in _SHOWN else "left")
    for one in reversed(versions):
        metrics = [f"{one.metrics[key]:.4f}" if key in one.metrics else "" for key in _SHOWN.values()]
        told = became.get(one.number, "")
        table.add_row(str(one.number), ", ".join(one.aliases), one.bundle, one.as_of, *metrics, told)
    Console().print(table)


def print_comparison(comparison: Comparison, champion: str, challenger: str) -> None:
    """Print both models' metrics with the intervals of their differences, the slices, and what the gate says."""
    verdict, console = comparison.verdict, Console()
    console.print(_metrics(verdict, champion, challenger, " to ".join(comparison.period)))
    if verdict.slices:
        console.print(_slices(verdict.slices, champion, challenger))
    if comparison.drift is not None:
        console.print(_shifts(comparison, champion, challenger))
    console.print(f"the gate says: {verdict.decision}", highlight=False)
    for reason in verdict.reasons:
        console.print(f"  {escape(reason)}", highlight=False)


def print_outcome(outcome: Outcome) -> None:
    """Print what was decided, with its grounds."""
    if outcome.comparison is not None:
        print_comparison(outcome.comparison, "champion", f"version {outcome.version}")
    begun = "an interrupted decision was carried out: " if outcome.resumed else ""
    who = (
        f"is refused; {outcome.after_refusal}"
        if outcome.action == "refuse"
        else f"is champion, {_WORDS[outcome.action]}"
    )
    why = "" if outcome.comparison else f" ({'; '.join(outcome.reasons)})"
    Console().print(f"{begun}version {outcome.version} {who}{escape(why)}", highlight=False, soft_wrap=True)


def print_finding(finding: Finding, recipe: Recipe) -> None:
    """Print the best parameters beside those of the recipe, and the command that makes an experiment of them."""
    table = Table(title=f"{recipe.name}: best of {finding.trials} trials ({finding.pruned} more were broken off)")
    for column in ("parameter", "now", "best"):
        table.add_column(column, justify="left" if column == "parameter" else "right")
    for name, value in finding.best.items():
        table.add_row(name, _say(getattr(recipe.train, name)), _say(value))
    table.add_row("log loss", f"{finding.current_loss:.5f}", f"{finding.loss:.5f}")
    console = Console()
    console.print(table)
    gain, low, high = finding.better_by
    console.print(
        f"better by {gain:.5f} [{low:.5f}, {high:.5f}] on the lines it was chosen on; the gate will tell on others",
        highlight=False, markup=False,
    )  # fmt: skip
    # Hydra refuses a parameter that the recipe does not name yet, unless it is added with ++.
    sets = [
        f"-S 'models/recipes/{recipe.name}.yaml:++train.{name}={_say(value)}'" for name, value in finding.best.items()
    ]
    console.print(
        "dvc exp run --name tuned \\\n  " + " \\\n  ".join(sets), highlight=False, soft_wrap=True, markup=False
    )


def _say(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:.6g}" if isinstance(value, float) else str(value)


def _shifts(comparison: Comparison, champion: str, challenger: str) -> Table:
    table = Table(
        title="what the models rest on, by SHAP: the features whose share moved most",
        caption=f"drift {comparison.drift:.3f}: 0 rests on the same features, 1 on none in common",
    )
    for column in ("feature", champion, challenger, "difference"):
        table.add_column(column, justify="left" if column == "feature" else "right")
    for one in comparison.shifts:
        moved = f"{one.challenger - one.champion:+.1%}"
        table.add_row(escape(one.feature), f"{one.champion:.1%}", f"{one.challenger:.1%}", moved)
    return table


def _became_champion(decided: list[Entry]) -> dict[int, str]:
    """Return when and how each version last became champion."""
    became = {}
    for entry in (one for one in decided if "steps" in one.content):
        by_force = " by force" if entry.content.get("forced") else ""
        champion = int(dict(entry.content["steps"])[CHAMPION])
        became[champion] = f"{entry.at} {_WORDS[entry.content['action']]}{by_force}"
    return became


def _metrics(verdict: Verdict, champion: str, challenger: str, period: str) -> Table:
    table = Table(
        title=f"{verdict.lines:,} lines of {verdict.customers:,} customers, ordered {period}",
        caption=f"intervals: {verdict.level:.0%}, {verdict.resamples:,} samples of customers",
    )
    for column in ("metric", champion, challenger, "difference", "interval"):
        table.add_column(column, justify="left" if column == "metric" else "right")
    for one in verdict.metrics:
        table.add_row(one.metric.replace("_", " "), *(escape(cell) for cell in _cells(one)))
    return table


def _cells(one: MetricDifference) -> tuple[str, str, str, str]:
    if one.champion is None or one.difference is None:
        return "", _plain(one.challenger), "", f"[{_plain(one.low)}, {_plain(one.high)}]"
    between = f"[{_signed(one.low)}, {_signed(one.high)}]"
    return _plain(one.champion), _plain(one.challenger), _signed(one.difference), between


def _plain(value: float) -> str:
    return f"{value:,.{_decimals(value)}f}"


def _signed(value: float) -> str:
    return f"{value:+,.{_decimals(value)}f}"


def _decimals(value: float) -> int:
    return 0 if abs(value) >= 100 else 2 if abs(value) >= 2 else 4


def _slices(slices: tuple[SliceDifference, ...], champion: str, challenger: str) -> Table:
    table = Table(title="log loss by slice", caption="p: worse than allowed by chance, corrected for all slices (Holm)")
    for column in ("slice", "lines", champion, challenger, "difference", "p", ""):
        table.add_column(column, justify="left" if column in ("slice", "") else "right")
    for one in slices:
        numbers = [f"{one.lines:,}", _plain(one.champion), _plain(one.challenger), _signed(one.difference)]
        judged = "worse" if one.worse else ""
        table.add_row(f"{one.dimension}: {escape(one.level)}", *numbers, f"{one.p_value:.3f}", judged)
    return table
