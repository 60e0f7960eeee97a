"""The results of a run on the terminal."""

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pandas as pd
import typer
from rich.markup import escape
from rich.table import Table

from returns_risk.cli.screen import Console
from returns_risk.config.params import Params, load_params
from returns_risk.contract.parquet import read_frame
from returns_risk.errors import ExportError
from returns_risk.errors.printable import printable
from returns_risk.explain import say_decision
from returns_risk.export.folders import EXPORTS, export_folder
from returns_risk.scoring.figures import describe_figures

__all__ = ["show_results"]

_ITEM = ["brand", "category", "size", "colour"]


def show_results(params_file: Path, top: int, *, opens: bool = False) -> None:
    """Print the most valuable flagged lines, the model's metrics beside its baselines, and the files of the run.

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
    _print_flagged(export, top, console)
    metrics = Path("models/metrics.json")
    if metrics.exists():
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


def _print_flagged(export: Path, top: int, console: Console) -> None:
    manifest = _read_manifest(export)
    flagged = read_frame(export / "flagged_orders.parquet", "score").head(top)
    if len(flagged):
        console.print(_flagged_table(flagged, manifest))
        _print_reasons(flagged, console)
    else:
        console.print(_nothing_flagged(read_frame(export / "scores.parquet", "score"), manifest))


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


def _flagged_table(flagged: pd.DataFrame, manifest: dict[str, Any]) -> Table:
    rows = manifest["rows"]
    table = Table(
        title=f"{_kind(manifest)} {manifest['as_of']}: {describe_figures(manifest['plan'])}",
        caption=f"{rows['flagged']} of {rows['candidates']} open lines flagged: risk at least "
        f"{manifest['min_risk']:.0%} or an intervention planned; model {manifest['model_version']}",
    )
    for name in ("line", "item"):
        table.add_column(name, no_wrap=name == "line")
    for name in ("value", "risk"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("decision")
    table.add_column("expected saving", justify="right", no_wrap=True)
    table.add_column("likely reason")
    for line in flagged.to_dict("records"):
        table.add_row(*_cells(line))
    return table


def _kind(manifest: dict[str, Any]) -> str:
    return "Rehearsal, not to be acted on," if manifest.get("rehearsal") else "Night"


def _cells(line: dict[Hashable, Any]) -> tuple[str, ...]:
    item = " ".join(str(line[name]) for name in _ITEM if name in line and pd.notna(line[name])) or line["sku"]
    intervention = line["intervention"] if pd.notna(line["intervention"]) else ""
    decision = say_decision(line["decision"], intervention, line["no_action_reason"])
    saving = f"{line['value']:.2f}" if pd.notna(line["value"]) else ""
    reason = str(line["return_reason"]).replace("_", " ") if pd.notna(line["return_reason"]) else ""
    value, risk = f"{line['line_value']:.2f}", f"{line['risk']:.0%}"
    return escape(str(line["line_id"])), escape(item), value, risk, escape(decision), saving, escape(reason)


def _print_reasons(flagged: pd.DataFrame, console: Console) -> None:
    """Print the sentences below the table: in a column they would break after every word."""
    names = [name for name in flagged.columns if name.startswith("reason_")]
    for line in flagged.to_dict("records"):
        reasons = " ".join(str(line[name]) for name in names if pd.notna(line[name]))
        text = printable(f"{line['line_id']}: {reasons}", layout="")
        console.print(text, highlight=False, markup=False)


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
