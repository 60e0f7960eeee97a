"""Model cards: what a model is for, what it rests on, how good it is and for whom.

After Mitchell et al. 2019, Model cards for model reporting. What they say in words is in ``templates/card.yaml``.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.evaluation import TOO_FEW
from returns_risk.evaluation.cards.content import Block, Page, Picture, Section, share, tabulate
from returns_risk.evaluation.cards.quality import (
    Metrics,
    Tables,
    tell_calibration,
    tell_fairness,
    tell_past,
    tell_quality,
)
from returns_risk.evaluation.cards.words import say
from returns_risk.model import Classifier, bundle_version

__all__ = ["describe_models"]

_STRONGEST = 15


def describe_models(
    classifiers: dict[str, Classifier],
    found: dict[str, tuple[Metrics, Tables]],
    bundles: Path,
    backtest: Path,
    shap: Path,
    params: Params,
) -> dict[str, Page]:
    """Return the card of each model.

    Parameters
    ----------
    found : metrics and tables of the untouched test period, as ``evaluate_classifier`` returns them
    bundles, backtest, shap : folders with one folder a model; of reasons there is no backtest
    """
    return {
        name: _describe(
            classifier, *found[name], bundle_version(bundles / name), _read(backtest / name), shap / name, params
        )
        for name, classifier in classifiers.items()
    }


def _describe(
    classifier: Classifier,
    metrics: Metrics,
    tables: Tables,
    version: str,
    backtest: dict[str, Any],
    shap: Path,
    params: Params,
) -> Page:
    recipe, provenance = classifier.recipe, classifier.provenance
    sections = [
        _purpose(classifier),
        _data(classifier, version),
        Section("Quality on the untouched test period", tell_quality(metrics, tables)),
        *([tell_past(backtest)] if backtest else []),
        *([tell_calibration(tables)] if "calibration" in tables else []),
        *([tell_fairness(tables, params)] if "fairness" in tables else []),
        Section("What it rests on", _explanation(classifier, backtest, shap)),
        _limits(tables, backtest),
        _training(classifier),
    ]
    return Page(
        title=f"Model card: {recipe.name}, {provenance.source}",
        summary=f"{_sentence(recipe.meaning)} Trained as of {provenance.as_of}, bundle {version}.",
        sections=tuple(sections),
    )


def _purpose(classifier: Classifier) -> Section:
    target = classifier.target_
    what = say("intended_risk")
    if target.classes:
        what = say("intended_reason", classes=", ".join(target.classes), min_share=share(target.min_share, 0))
    return Section("Intended use", (what, say("intended_use"), say("not_intended")))


def _data(classifier: Classifier, version: str) -> Section:
    provenance = classifier.provenance
    rows = [
        {
            "period": name,
            "ordered from": str(getattr(provenance.periods, name)[0]),
            "to": str(getattr(provenance.periods, name)[1]),
            "lines": f"{provenance.rows[name]:,}",
        }
        for name in ("train", "calibrate", "test")
    ]
    hashes = {f"SHA-256 of {name}": value for name, value in provenance.data.items()} | {
        "SHA-256 of policy.yaml": provenance.policy,
        "bundle": version,
    }
    return Section(
        "Data",
        (
            say("data", source=provenance.source, returned=share(provenance.return_rate)),
            tabulate("Periods", rows),
            tabulate("What exactly", [{"file": name, "is": value} for name, value in hashes.items()]),
        ),
    )


def _explanation(classifier: Classifier, backtest: dict[str, Any], shap: Path) -> tuple[Block, ...]:
    pictures = tuple(
        Picture(shows, name, (shap / f"shap_{name}.png").read_bytes())
        for name, shows in (
            ("bar", "Mean absolute SHAP value of the strongest features"),
            ("beeswarm", "SHAP values of the strongest features, a dot a line"),
            ("dependence", "SHAP values along the values of the strongest features"),
            ("interactions", "How much the effect of a feature depends on another"),
        )
        if (shap / f"shap_{name}.png").exists()
    )
    if not backtest:
        return pictures
    meanings = {feature.name: feature.meaning for feature in classifier.features_}
    rows = [
        {
            "feature": row["feature"],
            "meaning": meanings[row["feature"]],
            "share": share(row["share"]),
            "over the folds": f"{share(row['least'])} to {share(row['most'])}",
        }
        for row in backtest["attributions"].to_dict("records")
        if row["feature"] in meanings
    ][:_STRONGEST]
    return (
        say("rests_on", features=len(classifier.features_), left_out=len(classifier.recipe.leave_out)),
        tabulate("Share of the attributions on past days", rows),
        *pictures,
    )


def _limits(tables: Tables, backtest: dict[str, Any]) -> Section:
    told = [say("limit_knowledge"), say("limit_untreated")]
    if "calibration" in tables:
        curve = tables["calibration"]
        off = (curve["predicted"] < curve["low"]) | (curve["predicted"] > curve["high"])
        told.append(say("limit_calibration", off=int(off.sum()), bins=len(curve)))
    if backtest:
        slices = backtest["slices"]
        weak = slices[slices["ece"] > 2 * slices["ece_by_chance"]]
        named = [f"{row['dimension'].replace('_', ' ')} {row['slice']}" for row in weak.to_dict("records")]
        told.append(say("limit_slices", slices=", ".join(named) or "none") if len(slices) else say("limit_no_slices"))
        accepted = backtest["summary"]["accepted"]
        told += [say("limit_accepted", what=what, why=why) for what, why in accepted.items()]
    if "fairness" in tables and (tables["fairness"]["group"] == TOO_FEW).any():
        told.append(say("limit_few"))
    return Section("Limits", tuple(told))


def _training(classifier: Classifier) -> Section:
    recipe, provenance = classifier.recipe, classifier.provenance
    settings = {"rounds": provenance.rounds, "seed": recipe.seed, "monotone": recipe.monotone or "none"}
    rows = [{"parameter": name, "value": str(value)} for name, value in (settings | recipe.train.model_dump()).items()]
    versions = [{"package": name, "version": value} for name, value in provenance.packages.items()]
    return Section(
        "How it was made",
        (
            say("made", recipe=recipe.name),
            tabulate("Parameters", rows),
            tabulate("Packages", versions),
        ),
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _read(folder: Path) -> dict[str, Any]:
    """Read a backtest; nothing where there is none."""
    if not folder.exists():
        return {}
    tables = {name: pd.read_csv(folder / f"{name}.csv") for name in ("slices", "cold_start", "attributions")}
    return tables | {"summary": json.loads((folder / "summary.json").read_text(encoding="utf-8"))}
