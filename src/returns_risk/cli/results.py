"""The results of a run on the terminal."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import typer
from babel.numbers import format_decimal, format_percent
from rich.markup import escape
from rich.table import Table

from returns_risk.cli.screen import Console
from returns_risk.config.params import Params, load_params
from returns_risk.contract.parquet import read_frame
from returns_risk.errors import ExportError
from returns_risk.errors.printable import printable
from returns_risk.export.folders import EXPORTS, export_folder
from returns_risk.export.page_content import read_page_content
from returns_risk.scoring.figures import describe_figures

__all__ = ["show_results"]


def show_results(params_file: Path, top: int, *, opens: bool = False) -> None:
    """Print the orders that the page lists, and the files of the run; of a rehearsal also the model's metrics.

    Parameters
    ----------
    opens : whether to open the page in the browser as well

    Raises
    ------
    ExportError
        There is no finished export, neither of a night nor of the chain.
    """
    export = _find_export(load_params(params_file))
    console = Console()
    manifest = _read_manifest(export)
    _print_list(export, manifest, top, console)
    metrics = Path("models/metrics.json")
    if manifest.get("rehearsal") and metrics.exists():
        for recipe, predictors in json.loads(metrics.read_text(encoding="utf-8")).items():
            console.print(_metrics_table(recipe, predictors))
    _print_files(export, console)
    if opens:
        typer.launch((export / "report.html").absolute().as_uri())


def _find_export(params: Params) -> Path:
    """Return the export of the latest night of the source; without one, that of the chain."""
    for finished in sorted(EXPORTS.glob("as_of=*/_SUCCESS"), reverse=True):
        if _read_manifest(finished.parent).get("source") == params.source.name:
            return finished.parent
    export = export_folder(params.as_of, "chain")
    if not (export / "_SUCCESS").exists():
        raise ExportError(
            f"{export}: there is no finished export, and no night of {params.source.name} in {EXPORTS}. Run the chain "
            "first: dvc repro."
        )
    return export


def _read_manifest(export: Path) -> dict[str, Any]:
    file = export / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExportError(
            f"{file}: cannot be read ({error}). Make it again: returns-risk nightly, or dvc repro."
        ) from error
    return manifest


def _print_list(export: Path, manifest: dict[str, Any], top: int, console: Console) -> None:
    """Print the orders to do and to review as the page lists them, or else the riskiest without an action."""
    page = read_page_content(export / "report.html")
    orders = [order for order in page["orders"] if order["planned"] and order["queue"] in ("to_do", "review")]
    unplanned = [order for order in page["orders"] if order["queue"] == "none"]
    title = f"{_kind(manifest)} {manifest['as_of']}: {describe_figures(manifest['plan'])}"
    if orders:
        caption = _count_listed(orders, top)
    elif unplanned:
        orders = sorted(unplanned, key=lambda order: -float(order["lines"][0]["risk"]))
        caption = f"No order has an action; these are the riskiest, {min(top, len(orders)):,} of {len(orders):,}"
    elif manifest["rows"]["flagged"]:
        console.print(title, markup=False, highlight=False)
        return
    else:
        console.print(_nothing_flagged(read_frame(export / "scores.parquet", "score"), manifest))
        return
    table = _list_table(page, title, caption)
    for order in orders[:top]:
        table.add_row(*(escape(cell) for cell in _cells(order, page)))
    console.print(table)
    _print_reasons(orders[:top], page, console)


def _print_files(export: Path, console: Console) -> None:
    files = [
        ("page", export / "report.html"),
        ("", export / "flagged_orders.xlsx"),
        ("", export / "flagged_orders.csv"),
        ("model card", Path("models/cards/risk.html")),
        ("validation", Path("data/data_docs/index.html")),
        ("quarantine", Path("data/quarantine")),
        ("SHAP", Path("models/shap/risk/shap_beeswarm.png")),
        ("MLflow", Path("mlflow.db")),
    ]
    for name, path in files:
        if path.exists():
            console.print(f"{name:<11}{path}", highlight=False)


def _nothing_flagged(scores: pd.DataFrame, manifest: dict[str, Any]) -> str:
    return (
        f"None of {len(scores)} open lines as of {manifest['as_of']} reaches a risk of {manifest['min_risk']:.0%}; "
        f"the highest is {scores['risk'].max():.0%}. The threshold is score.min_risk in params.yaml."
    )


def _count_listed(orders: list[dict[str, Any]], top: int) -> str:
    carried = sum(bool(order["since"]) for order in orders)
    noun = "order" if len(orders) == 1 else "orders"
    before = f", {carried:,} carried over from earlier nights" if carried else ""
    if len(orders) <= top:
        return f"{len(orders):,} {noun}{before}"
    return f"{top:,} of {len(orders):,} {noun}{before}; all of them: returns-risk show --top {len(orders)}"


def _list_table(page: dict[str, Any], title: str, caption: str) -> Table:
    """Return the table without its rows; its headers are the page's."""
    words, columns = page["words"], page["words"]["columns"]
    table = Table(title=title, caption=caption)
    table.add_column(columns["ship_by"], no_wrap=True)
    table.add_column(words["order"], no_wrap=True)
    table.add_column(columns["item"])
    table.add_column(columns["action"])
    table.add_column(f"{columns['value']} ({page['currency']})", justify="right")
    return table


def _kind(manifest: dict[str, Any]) -> str:
    return "Rehearsal, not to be acted on," if manifest.get("rehearsal") else "Night"


def _cells(order: dict[str, Any], page: dict[str, Any]) -> tuple[str, ...]:
    """Return ship-by, order, item, action and expected saving of an order; those of its first line, as on the page."""
    words, first = page["words"], order["lines"][0]
    ship_by = (order["ship_by"] or "").replace("T", " ")
    if ship_by and ship_by[:10] < page["as_of"]:
        ship_by = f"{ship_by} {words['overdue']}"
    others = sum(line["planned"] for line in order["lines"]) - 1
    item = f"{first['item']} +{others}" if others > 0 else first["item"]
    action = f"{words['tabs']['review']}: {first['action']}" if order["queue"] == "review" else first["action"]
    if order["since"]:
        action = f"{action} ({words['since'].replace('{day}', order['since'])})"
    saving = format_decimal(order["value"], "#,##0.00", locale=_locale(page)) if order["planned"] else ""
    return ship_by, order["id"], item, action, saving


def _print_reasons(orders: list[dict[str, Any]], page: dict[str, Any], console: Console) -> None:
    """Print the risk and the sentences below the table: in a column they would break after every word."""
    words = page["words"]
    for order in orders:
        first = order["lines"][0]
        risk = words["risk"].replace("{share}", format_percent(first["risk"], locale=_locale(page)))
        reasons = " ".join(first["reasons"]) or words["no_reason"]
        console.print(printable(f"{order['id']}: {risk}. {reasons}", layout=""), highlight=False, markup=False)


def _locale(page: dict[str, Any]) -> str:
    return str(page["words"]["locale"]).replace("-", "_")


def _metrics_table(recipe: str, metrics: dict[str, dict[str, float]]) -> Table:
    table = Table(title=f"{recipe} on the test period")
    table.add_column("metric")
    for predictor in metrics:
        table.add_column(predictor.replace("_", " "), justify="right")
    for metric in metrics["model"]:
        values = [values[metric] for values in metrics.values()]
        table.add_row(
            metric.replace("_", " "), *[f"{value:,.0f}" if value > 100 else f"{value:.3f}" for value in values]
        )
    return table
