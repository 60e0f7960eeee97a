"""Tables of registered models, comparisons and promotions on the terminal."""

from rich.markup import escape
from rich.table import Table

from returns_risk.cli.screen import Console, make_table
from returns_risk.evaluation import MetricDifference, SliceDifference, Verdict
from returns_risk.ledger import Entry
from returns_risk.model.recipes import Recipe
from returns_risk.registry.aliases import CHAMPION
from returns_risk.registry.comparison import Comparison
from returns_risk.registry.promotion import Outcome
from returns_risk.registry.tuning import TuningResult
from returns_risk.registry.versions import ModelVersion

__all__ = ["print_comparison", "print_outcome", "print_tuning", "print_versions"]

_METRICS = {"auc": "model_auc", "log loss": "model_log_loss", "precision at capacity": "model_precision_at_capacity"}
_ACTIONS = {"promote": "promoted", "rollback": "by rollback"}


def print_versions(name: str, versions: list[ModelVersion], decisions: list[Entry]) -> None:
    """Print the versions of a model, the newest first.

    Parameters
    ----------
    decisions : the ledger's entries on models, the oldest first
    """
    promotions = _promotions(decisions)
    left = ("aliases", "bundle", "trained as of")
    columns = ("version", *left, *_METRICS, "became champion")
    table = make_table(f"{name}: {len(versions)} versions", columns, (*left, "became champion"))
    for version in reversed(versions):
        metrics = [f"{version.metrics[key]:.4f}" if key in version.metrics else "" for key in _METRICS.values()]
        aliases, promotion = ", ".join(version.aliases), promotions.get(version.number, "")
        table.add_row(str(version.number), aliases, version.bundle, version.as_of, *metrics, promotion)
    Console().print(table)


def print_comparison(comparison: Comparison, champion: str, challenger: str) -> None:
    """Print the metrics of both models with intervals of their differences, the slices, and the gate's verdict."""
    verdict, console = comparison.verdict, Console()
    console.print(_metrics(verdict, champion, challenger, " to ".join(comparison.period)))
    if verdict.slices:
        console.print(_slices(verdict.slices, champion, challenger))
    if comparison.drift is not None:
        console.print(_shifts(comparison, champion, challenger))
    console.print(f"the gate's decision: {verdict.decision}", highlight=False)
    for reason in verdict.reasons:
        console.print(f"  {escape(reason)}", highlight=False)


def print_outcome(outcome: Outcome) -> None:
    """Print the decision of a promotion or rollback, with its reasons."""
    if outcome.comparison is not None:
        print_comparison(outcome.comparison, "champion", f"version {outcome.version}")
    resumed = "completed an interrupted decision: " if outcome.resumed else ""
    refused = outcome.action == "refuse"
    result = f"is refused; {outcome.after_refusal}" if refused else f"is champion, {_ACTIONS[outcome.action]}"
    reasons = "" if outcome.comparison else f" ({'; '.join(outcome.reasons)})"
    Console().print(f"{resumed}version {outcome.version} {result}{escape(reasons)}", highlight=False, soft_wrap=True)


def print_tuning(result: TuningResult, recipe: Recipe) -> None:
    """Print the best parameters beside those of the recipe, and the command that runs an experiment with them."""
    title = f"{recipe.name}: best of {result.trials} trials ({result.pruned} more were pruned)"
    table = make_table(title, ("parameter", "now", "best"), ("parameter",))
    for name, value in result.best.items():
        table.add_row(name, _format(getattr(recipe.train, name)), _format(value))
    table.add_row("log loss", f"{result.current_loss:.5f}", f"{result.loss:.5f}")
    console = Console()
    console.print(table)
    gain, low, high = result.better_by
    text = f"better by {gain:.5f} [{low:.5f}, {high:.5f}] on the lines of the search; the gate checks it on other lines"
    console.print(text, highlight=False, markup=False)
    # Hydra refuses a parameter that the recipe does not have yet, unless it is added with ++.
    sets = [f"-S 'models/recipes/{recipe.name}.yaml:++train.{n}={_format(v)}'" for n, v in result.best.items()]
    command = "dvc exp run --name tuned \\\n  " + " \\\n  ".join(sets)
    console.print(command, highlight=False, soft_wrap=True, markup=False)


def _format(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:.6g}" if isinstance(value, float) else str(value)


def _shifts(comparison: Comparison, champion: str, challenger: str) -> Table:
    title = "attribution by SHAP: the features whose share changed most"
    caption = f"drift {comparison.drift:.3f}: 0 for the same shares, 1 for no feature in common"
    table = make_table(title, ("feature", champion, challenger, "difference"), ("feature",), caption)
    for shift in comparison.shifts:
        difference = f"{shift.challenger - shift.champion:+.1%}"
        table.add_row(escape(shift.feature), f"{shift.champion:.1%}", f"{shift.challenger:.1%}", difference)
    return table


def _promotions(decisions: list[Entry]) -> dict[int, str]:
    """Return when and how each version last became champion."""
    promotions = {}
    for entry in (entry for entry in decisions if "steps" in entry.content):
        by_force = " by force" if entry.content.get("forced") else ""
        champion = int(dict(entry.content["steps"])[CHAMPION])
        promotions[champion] = f"{entry.at} {_ACTIONS[entry.content['action']]}{by_force}"
    return promotions


def _metrics(verdict: Verdict, champion: str, challenger: str, period: str) -> Table:
    title = f"{verdict.lines:,} lines of {verdict.customers:,} customers, ordered {period}"
    caption = f"intervals: {verdict.level:.0%}, {verdict.resamples:,} samples of customers"
    table = make_table(title, ("metric", champion, challenger, "difference", "interval"), ("metric",), caption)
    for metric in verdict.metrics:
        table.add_row(metric.metric.replace("_", " "), *(escape(cell) for cell in _cells(metric)))
    return table


def _cells(metric: MetricDifference) -> tuple[str, str, str, str]:
    if metric.champion is None or metric.difference is None:
        return "", _plain(metric.challenger), "", f"[{_plain(metric.low)}, {_plain(metric.high)}]"
    interval = f"[{_signed(metric.low)}, {_signed(metric.high)}]"
    return _plain(metric.champion), _plain(metric.challenger), _signed(metric.difference), interval


def _plain(value: float) -> str:
    return f"{value:,.{_decimals(value)}f}"


def _signed(value: float) -> str:
    return f"{value:+,.{_decimals(value)}f}"


def _decimals(value: float) -> int:
    return 0 if abs(value) >= 100 else 2 if abs(value) >= 2 else 4


def _slices(slices: tuple[SliceDifference, ...], champion: str, challenger: str) -> Table:
    columns = ("slice", "lines", champion, challenger, "difference", "p", "")
    caption = "p: of the test whether a slice is worse than allowed, corrected for all slices (Holm)"
    table = make_table("log loss by slice", columns, ("slice", ""), caption)
    for level in slices:
        numbers = [f"{level.lines:,}", _plain(level.champion), _plain(level.challenger), _signed(level.difference)]
        name = f"{level.dimension}: {escape(level.level)}"
        table.add_row(name, *numbers, f"{level.p_value:.3f}", "worse" if level.worse else "")
    return table
