"""The flagged orders as files that operations open: whole or not there, the same bytes on every run."""

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.classifier import Classifier, bundle_version, require_schema
from returns_risk.evaluation import grade_evidence
from returns_risk.feature_groups import describe_lines
from returns_risk.files import atomic_directory, hash_files, write_json, write_parquet, write_text
from returns_risk.params import Params

__all__ = [
    "add_certainty",
    "add_context",
    "add_return_reason",
    "describe_export",
    "flag",
    "spreadsheet_safe",
    "write_export",
]

_SCORES = ["order_id", "line_id", "sku", "ordered_on", "as_of"]
_SAID = ["risk", "risk_low", "risk_high", "evidence", "return_reason", "return_reason_share"]
_PREDICTED = ["risk", "flagged", *_SAID[1:]]
_CONTEXT = ["market", "warehouse", "brand", "category", "size", "colour", "quantity", "unit_price", "currency"]
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)"
# Numbers and times, and what reads as a day of a month: 1-Mar, SEP12.
_CHANGED_BY_SPREADSHEETS = re.compile(
    rf" *(?:[\d.,:/e+-]*\d[\d.,:/e+-]*|\d+[-/. ]?{_MONTH}(?:[-/. ]?\d+)?|{_MONTH}[-/. ]?\d+) *", re.IGNORECASE
)


def flag(candidates: pd.DataFrame, risk: npt.NDArray[np.float64], min_risk: float) -> pd.DataFrame:
    """Add the calibrated ``risk`` and ``flagged``, true where it is at least ``min_risk``."""
    return candidates.assign(risk=risk, flagged=risk >= min_risk)


def add_certainty(candidates: pd.DataFrame, classifier: Classifier) -> pd.DataFrame:
    """Add how sure each risk is: ``risk_low``, ``risk_high`` and ``evidence``.

    Parameters
    ----------
    candidates : features
    """
    low, high = classifier.predict_interval(candidates)
    return candidates.assign(risk_low=low, risk_high=high, evidence=grade_evidence(candidates))


def add_return_reason(candidates: pd.DataFrame, classifier: Classifier | None) -> pd.DataFrame:
    """Add the likeliest ``return_reason`` should a line come back, and its share of such returns.

    The reason is missing below the share that the model's recipe asks for; both are without a model of reasons.

    Parameters
    ----------
    candidates : features

    Raises
    ------
    BundleError
        The columns are not those of training.
    """
    if classifier is None:
        missing = np.full(len(candidates), np.nan)
        return candidates.assign(
            return_reason=pd.Series(None, index=candidates.index, dtype="str"), return_reason_share=missing
        )
    require_schema(classifier, candidates)
    shares = classifier.predict_shares(candidates)
    best, highest = shares.argmax(axis=1), shares.max(axis=1)
    names = np.array([*classifier.target.classes, None], dtype=object)
    told = names[np.where(highest >= classifier.target.min_share, best, -1)]
    return candidates.assign(
        return_reason=pd.Series(told, index=candidates.index, dtype="str"), return_reason_share=highest
    )


def add_context(candidates: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Put what operations know a line by beside its score, instead of the features.

    Parameters
    ----------
    candidates : ids, days, ``risk``, ``flagged`` and the reason
    tables : validated contract tables
    """
    lines = describe_lines(tables)
    wanted = ["line_id", "line_value", *[name for name in _CONTEXT if name in lines]]
    return candidates[[*_SCORES, *_PREDICTED]].merge(lines[wanted], on="line_id", how="left", validate="one_to_one")


def describe_export(params: Params, bundle: Path, reason_bundle: Path, files: list[Path]) -> dict[str, Any]:
    """Say what an export was made from: source, as-of, model versions, threshold, hashes."""
    return {
        "format": 1,
        "source": params.source.name,
        "as_of": params.as_of.isoformat(),
        "model_version": bundle_version(bundle),
        "reason_model_version": bundle_version(reason_bundle) if reason_bundle.exists() else None,
        "min_risk": params.score.min_risk,
        "made_from": hash_files(files),
    }


def write_export(
    folder: Path, candidates: pd.DataFrame, reasons: list[list[str]], manifest: dict[str, Any], columns: int
) -> None:
    """Write ``flagged_orders`` (CSV and Parquet), ``scores.parquet``, ``manifest.json`` and ``_SUCCESS``.

    Parameters
    ----------
    folder : ``exports/as_of=<date>``; replaced as a whole
    candidates : one row a line: ids, days, context, ``risk``, ``flagged`` and the reason
    reasons : sentences for each flagged line, in the order of the flagged lines in ``candidates``
    manifest : what the export was made from; row counts and file hashes are added here
    columns : number of reason columns

    Raises
    ------
    ExportError
        The folder cannot be written; the former export stays.
    """
    flagged = _flagged_orders(candidates, reasons, columns)
    scores = candidates[[*_SCORES, *_PREDICTED]]
    with atomic_directory(folder) as aside:
        write_text(aside / "flagged_orders.csv", _csv(flagged))
        write_parquet(aside / "flagged_orders.parquet", flagged)
        write_parquet(aside / "scores.parquet", _in_order(scores))
        files = hash_files(sorted(aside.iterdir()))
        rows = {"candidates": len(candidates), "flagged": len(flagged)}
        write_json(aside / "manifest.json", manifest | {"rows": rows, "files": files})
        write_text(aside / "_SUCCESS", "")


def spreadsheet_safe(text: str, *, is_id: bool = False) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula, or before an id it would change.

    >>> spreadsheet_safe("=HYPERLINK(1)"), spreadsheet_safe("00123", is_id=True), spreadsheet_safe("AB-1", is_id=True)
    ("'=HYPERLINK(1)", "'00123", 'AB-1')
    """
    changes = is_id and _CHANGED_BY_SPREADSHEETS.fullmatch(text) is not None
    return f"'{text}" if changes or text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def _flagged_orders(candidates: pd.DataFrame, reasons: list[list[str]], columns: int) -> pd.DataFrame:
    flagged = candidates[candidates["flagged"]].reset_index(drop=True)
    context = [name for name in _CONTEXT if name in flagged]
    told = {
        f"reason_{i + 1}": pd.Series([line[i] if i < len(line) else None for line in reasons], dtype="str")
        for i in range(columns)
    }
    ids = ["order_id", "line_id", "sku", "ordered_on"]
    return _in_order(flagged[[*ids, *context, "line_value", *_SAID]].assign(**told))


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort by risk, highest first; ids settle ties so that the order never depends on the input's."""
    return frame.sort_values(["risk", "order_id", "line_id"], ascending=[False, True, True], ignore_index=True)


def _csv(flagged: pd.DataFrame) -> str:
    ids = ("order_id", "line_id", "sku", "size")
    text = flagged.assign(
        ordered_on=flagged["ordered_on"].dt.strftime("%Y-%m-%d"),
        risk=flagged["risk"].round(4),
        risk_low=flagged["risk_low"].round(4),
        risk_high=flagged["risk_high"].round(4),
        return_reason_share=flagged["return_reason_share"].round(4),
    )
    for name in text.select_dtypes(include=["str", "category"]).columns:
        safe = [spreadsheet_safe(str(v), is_id=name in ids) if isinstance(v, str) else "" for v in text[name]]
        text[name] = pd.Series(safe, index=text.index, dtype="str")
    # The byte order mark tells spreadsheets that this is UTF-8. Text is quoted throughout: a carriage return
    # inside a cell would otherwise begin a row, and there a formula.
    return "\ufeff" + text.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
