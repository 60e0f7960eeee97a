"""Model cards: what a model is for, what it rests on, how good it is and for whom.

After Mitchell et al. 2019, Model cards for model reporting. The text is ``templates/card.md.jinja``.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.evaluation.checks import CHANCE, RATE_WORDS, check_limits
from returns_risk.evaluation.fairness import TOO_FEW
from returns_risk.evaluation.markdown import render_html, render_markdown
from returns_risk.explain import picture, pyplot
from returns_risk.io.files import hash_files, write_folder
from returns_risk.model import Classifier, bundle_version

__all__ = ["describe_model", "draw_reliability", "write_cards"]

Metrics = dict[str, dict[str, float]]
Tables = dict[str, pd.DataFrame]
_PICTURES = {
    "bar": "Mean absolute SHAP value of the strongest features",
    "beeswarm": "SHAP values of the strongest features, a dot a line",
    "dependence": "SHAP values along the values of the strongest features",
    "interactions": "How much the effect of a feature depends on another",
}


def write_cards(
    folder: Path,
    classifiers: dict[str, Classifier],
    measured: dict[str, tuple[Metrics, Tables]],
    params: Params,
    late_returns: pd.DataFrame,
    models: Path = Path("models"),
    *,
    by_plan: bool = False,
) -> list[Path]:
    """Write the card of each model as ``<folder>/<name>.md``, with pictures beside it, and as ``<name>.html``.

    The folder is replaced as a whole.

    Parameters
    ----------
    measured : metrics and tables of the untouched test period, as ``evaluate_classifier`` returns them
    late_returns : as ``count_late_returns`` returns them
    models : folder with ``bundles``, ``backtest`` and ``shap``, each with one folder a model
    by_plan : the fairness is of the lines about which the policy would have contacted the customer

    Returns
    -------
    The cards written.
    """
    files: dict[str, Any] = {}
    for name, classifier in classifiers.items():
        metrics, tables = measured[name]
        shap = {kind: models / "shap" / name / f"shap_{kind}.png" for kind in _PICTURES}
        pictures = {kind: file.read_bytes() for kind, file in shap.items() if file.exists()}
        bundle, backtest = models / "bundles" / name, _read_backtest(models / "backtest" / name)
        context = describe_model(classifier, metrics, tables, backtest, params) | {
            "version": bundle_version(bundle),
            "hashes": _list_hashes(classifier, bundle),
            "params": params,
            "by_plan": by_plan,
            "late": _sum_late_returns(late_returns),
            "pictures": {kind: _PICTURES[kind] for kind in pictures},
        }
        if "calibration" in tables:
            pictures["reliability"] = draw_reliability(tables["calibration"])
        text = render_markdown("card.md.jinja", **context)
        embedded = {f"{name}/{kind}.png": png for kind, png in pictures.items()}
        files |= {f"{name}.md": text, f"{name}.html": render_html(text, embedded)} | embedded
    write_folder(folder, files)
    return [folder / name for name in files if not name.endswith(".png")]


def describe_model(
    classifier: Classifier, metrics: Metrics, tables: Tables, backtest: dict[str, Any], params: Params
) -> dict[str, Any]:
    """Return what the template shows of a model, all tables as lists of rows; reasons have no backtest."""
    calibration = tables.get("calibration", pd.DataFrame(columns=["predicted", "low", "high"]))
    intervals: dict[str, dict[str, Any]] = {}
    for row in _rows(tables, "intervals"):
        intervals.setdefault(row["metric"], {})[row["predictor"]] = row
    weak = [
        f"{row['dimension'].replace('_', ' ')} {row['slice']}"
        for row in backtest.get("slices", [])
        if row["ece"] > 2 * row["ece_by_chance"]
    ]
    gaps = _rows(tables, "fairness_gaps")
    checks = check_limits(metrics, intervals, backtest, gaps, weak, params.leakage)
    return {
        "checks": checks,
        "chance": CHANCE,
        "rates": RATE_WORDS,
        "lights": {light: sum(check.light == light for check in checks) for light in ("green", "amber", "red")},
        "recipe": classifier.recipe,
        "provenance": classifier.provenance,
        "target": classifier.target_,
        "features": {feature.name: feature.meaning for feature in classifier.features_},
        "metrics": metrics,
        "intervals": intervals,
        **{name: _rows(tables, name) for name in ("calibration", "fairness", "fairness_gaps")},
        "backtest": backtest,
        "miscalibrated": int((~calibration["predicted"].between(calibration["low"], calibration["high"])).sum()),
        "weak_slices": weak,
        "has_small_groups": any(row["group"] == TOO_FEW for row in _rows(tables, "fairness")),
    }


def _list_hashes(classifier: Classifier, bundle: Path) -> dict[str, str]:
    """Return the SHA-256 of the files that the model was made from and consists of, by their path."""
    data = {f"features/{name}": digest for name, digest in classifier.provenance.data.items()}
    files = hash_files(sorted(file for file in bundle.iterdir() if file.is_file()))
    return data | {f"models/bundles/{bundle.name}/{name}": digest for name, digest in files.items()}


def draw_reliability(curve: pd.DataFrame) -> bytes:
    """Draw a ``calibration_curve`` with its intervals, as PNG."""
    _, axis = pyplot().subplots(figsize=(5, 4.5))
    highest = max(curve["predicted"].max(), curve["high"].max())
    axis.plot([0, highest], [0, highest], color="grey", linewidth=0.8)
    reach = (curve["observed"] - curve["low"], curve["high"] - curve["observed"])
    axis.errorbar(curve["predicted"], curve["observed"], yerr=reach, fmt="o", capsize=3, markersize=4)
    axis.set_xlabel("predicted risk")
    axis.set_ylabel("share returned, 95 % interval")
    return picture()


def _sum_late_returns(counts: pd.DataFrame) -> dict[str, Any]:
    """Return how many returns there are, how many came late, and the market and month with most of these."""
    summary = {"returns": int(counts["returns"].sum()), "late": int(counts["late"].sum())}
    return summary | ({"most": counts.iloc[int(counts["late"].to_numpy().argmax())]} if summary["late"] else {})


def _rows(tables: Tables, name: str) -> list[dict[str, Any]]:
    records = tables[name].to_dict("records") if name in tables else []
    return [{str(key): value for key, value in row.items()} for row in records]


def _read_backtest(folder: Path) -> dict[str, Any]:
    if not folder.exists():
        return {}
    tables = {name: pd.read_csv(folder / f"{name}.csv") for name in ("slices", "cold_start", "attributions")}
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return {"summary": summary} | {name: _rows(tables, name) for name in tables}
