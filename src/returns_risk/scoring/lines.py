"""The flagged orders as files that operations open: whole or not there, the same bytes on every run."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.config.policy import Policy
from returns_risk.contract.days import start_of_day
from returns_risk.contract.pseudonyms import key_id
from returns_risk.decision import DECISIONS, analyse_sensitivity, decide
from returns_risk.evaluation import grade_evidence
from returns_risk.export.handoff import write_handoff
from returns_risk.export.spreadsheet import spreadsheet_safe
from returns_risk.export.workbook import write_workbook
from returns_risk.io.files import atomic_directory, hash_files, write_csv, write_json, write_parquet, write_text
from returns_risk.model import ReasonClassifier, ReturnClassifier, bundle_version, require_schema
from returns_risk.snapshot.lines import join_attributes

__all__ = [
    "add_certainty",
    "add_context",
    "add_decisions",
    "add_return_reason",
    "describe_export",
    "flag",
    "least_share",
    "share_reasons",
    "write_export",
]

_SCORES = ["order_id", "line_id", "sku", "ordered_on", "as_of"]
_SAID = ["risk", "risk_low", "risk_high", "evidence", "return_reason", "return_reason_share"]
_PREDICTED = ["risk", "flagged", *_SAID[1:]]
_DECIDED = ["decision", "intervention", "value", "value_low", "value_high", "arm", "no_action_reason"]
_SHADOW = ["shadow_intervention", "shadow_value"]
_CONTEXT = ["market", "warehouse", "brand", "category", "size", "colour", "quantity", "unit_price", "currency"]


def flag(candidates: pd.DataFrame, risk: npt.NDArray[np.float64], min_risk: float) -> pd.DataFrame:
    """Add the calibrated ``risk`` and ``flagged``, true where it is at least ``min_risk``."""
    return candidates.assign(risk=risk, flagged=risk >= min_risk)


def add_decisions(
    candidates: pd.DataFrame,
    shares: pd.DataFrame,
    policy: Policy,
    params: Params,
    key: bytes,
    former: pd.DataFrame | None = None,
    kept: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, dict[str, Any], pd.DataFrame]:
    """Decide what is done about each line; lines that something is planned for count as flagged, too.

    Parameters
    ----------
    candidates : as ``add_context`` returns them
    shares : P(reason | return) of each line, as ``share_reasons`` returns them
    key : of this installation
    former, kept : what was planned on earlier nights and by earlier runs of this one, as ``decide`` takes them

    Returns
    -------
    The candidates with ``decision``, ``intervention``, ``value`` with ``value_low`` and ``value_high``, ``arm``,
    ``no_action_reason``, ``shadow_intervention`` and ``shadow_value``; what the plan comes to, for the manifest; and
    how it changes under other beliefs (``analyse_sensitivity``).

    Raises
    ------
    ParamsError
        The policy has no rate for a currency.
    """
    begins, run = start_of_day(params.as_of, params.source.time_zone), f"{params.source.name} {params.as_of}"
    plan = decide(candidates, shares, policy, begins, run, key, former, kept)
    decided = candidates.join(plan.lines[[*_DECIDED, *_SHADOW]])
    decided["flagged"] |= decided["decision"] != "none"
    counts = decided["decision"].value_counts()
    # Cents are rounded line by line, so that all that is summed from an export agrees with it.
    value = decided["value"].round(2).groupby(decided["decision"] == "hold").sum()
    told = {
        "policy": policy.sha256,
        "key_id": key_id(key),
        "currency": policy.money.currency,
        "value": round(float(value.get(False, 0.0)), 2),
        "value_left_alone": round(float(value.get(True, 0.0)), 2),
        "way": plan.allocation.way,
        "notices": plan.notices,
        **{name: int(counts.get(name, 0)) for name in DECISIONS},
        "interventions": {name: int((decided["intervention"] == name).sum()) for name in policy.interventions},
        "shadow": {
            "lines": int(decided["shadow_intervention"].notna().sum()),
            "value": round(plan.shadow.value, 2),
        },
    }
    return decided, told, analyse_sensitivity(plan, candidates, shares, policy)


def add_certainty(candidates: pd.DataFrame, classifier: ReturnClassifier) -> pd.DataFrame:
    """Add how sure each risk is: ``risk_low``, ``risk_high`` and ``evidence``.

    Parameters
    ----------
    candidates : features
    """
    low, high = classifier.predict_interval(candidates)
    return candidates.assign(risk_low=low, risk_high=high, evidence=grade_evidence(candidates))


def add_return_reason(candidates: pd.DataFrame, shares: pd.DataFrame, min_share: float) -> pd.DataFrame:
    """Add the likeliest ``return_reason`` should a line come back, and its share of such returns.

    The reason is missing below ``min_share``; both are without a model of reasons.

    Parameters
    ----------
    shares : of each line, as ``share_reasons`` returns them
    min_share : as the model's recipe asks for
    """
    if not len(shares.columns):
        missing = np.full(len(candidates), np.nan)
        return candidates.assign(
            return_reason=pd.Series(None, index=candidates.index, dtype="str"), return_reason_share=missing
        )
    best, highest = shares.to_numpy().argmax(axis=1), shares.to_numpy().max(axis=1)
    names = np.array([*shares.columns, None], dtype=object)
    told = names[np.where(highest >= min_share, best, -1)]
    return candidates.assign(
        return_reason=pd.Series(told, index=candidates.index, dtype="str"), return_reason_share=highest
    )


def share_reasons(candidates: pd.DataFrame, classifier: ReasonClassifier | None) -> pd.DataFrame:
    """Return P(reason | return) of each line, the reasons as columns; none without a model of reasons.

    Parameters
    ----------
    candidates : features

    Raises
    ------
    BundleError
        The columns are not those of training.
    """
    if classifier is None:
        return pd.DataFrame(index=candidates.index)
    require_schema(classifier, candidates)
    shares = classifier.predict_proba(candidates)
    return pd.DataFrame(shares, columns=list(classifier.target.classes), index=candidates.index)


def least_share(classifier: ReasonClassifier | None) -> float:
    """Return from which share on the likeliest reason is told."""
    return 0.0 if classifier is None else classifier.target.min_share


def add_context(candidates: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Put what operations know a line by beside its score, instead of the features; also what decisions rest on.

    Parameters
    ----------
    candidates : ids, days, ``risk``, ``flagged`` and the reason
    tables : validated contract tables
    """
    lines = join_attributes(tables)
    wanted = [
        "line_id",
        "customer_id",
        "line_value",
        *[name for name in (*_CONTEXT, "style", "promised_at") if name in lines],
    ]
    return candidates[[*_SCORES, *_PREDICTED]].merge(lines[wanted], on="line_id", how="left", validate="one_to_one")


def describe_export(params: Params, bundle: Path, reason_bundle: Path | None, files: list[Path]) -> dict[str, Any]:
    """Say what an export was made from: source, as-of, model versions, threshold, hashes."""
    reason = reason_bundle if reason_bundle is not None and reason_bundle.exists() else None
    return {
        "format": 1,
        "source": params.source.name,
        "as_of": params.as_of.isoformat(),
        "model_version": bundle_version(bundle),
        "reason_model_version": bundle_version(reason) if reason is not None else None,
        "min_risk": params.score.min_risk,
        "made_from": hash_files(files),
    }


def write_export(
    folder: Path,
    candidates: pd.DataFrame,
    reasons: list[list[str]],
    manifest: dict[str, Any],
    columns: int,
    sensitivity: pd.DataFrame | None = None,
    page: str | None = None,
    skus: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
) -> None:
    """Write ``flagged_orders`` (CSV, Parquet and XLSX), scores, hand-off, ``manifest.json`` and ``_SUCCESS``.

    Parameters
    ----------
    folder : ``exports/as_of=<date>``; replaced as a whole
    candidates : one row a line: ids, days, context, ``risk``, ``flagged``, the reason and the decision, and the
        ``message`` of what is to be done where there is one
    reasons : sentences for each flagged line, in the order of the flagged lines in ``candidates``
    manifest : what the export was made from; row counts and file hashes are added here
    columns : number of reason columns
    sensitivity : of the plan, as ``analyse_sensitivity`` returns it
    page : of the run, HTML
    skus : actions for items, as ``propose_for_skus`` returns them
    customers : ``order_id`` and the shop's own ``customer_id``; only where the policy lists that as internal

    Raises
    ------
    ExportError
        The folder cannot be written; the former export stays.
    """
    flagged = _flagged_orders(candidates, reasons, columns)
    scores = candidates[[*_SCORES, *_PREDICTED, *(name for name in [*_DECIDED, *_SHADOW] if name in candidates)]]
    with atomic_directory(folder) as aside:
        write_text(aside / "flagged_orders.csv", _csv(flagged))
        write_parquet(aside / "flagged_orders.parquet", flagged)
        write_workbook(aside / "flagged_orders.xlsx", flagged, manifest)
        if sensitivity is not None:
            write_csv(aside / "sensitivity.csv", sensitivity)
        if skus is not None:
            write_text(aside / "skus.csv", _csv_of_skus(skus))
        if customers is not None:
            write_text(aside / "customers.csv", _quoted(_safe(customers, ids=("order_id", "customer_id"))))
        if page is not None:
            write_text(aside / "report.html", page)
        write_parquet(aside / "scores.parquet", _in_order(scores))
        write_handoff(aside, candidates, reasons, manifest)
        files = hash_files(sorted(aside.iterdir()))
        rows = {"candidates": len(candidates), "flagged": len(flagged)}
        write_json(aside / "manifest.json", manifest | {"rows": rows, "files": files})
        write_text(aside / "_SUCCESS", "")


def _flagged_orders(candidates: pd.DataFrame, reasons: list[list[str]], columns: int) -> pd.DataFrame:
    flagged = candidates[candidates["flagged"]].reset_index(drop=True)
    context = [name for name in _CONTEXT if name in flagged]
    told = {
        f"reason_{i + 1}": pd.Series([line[i] if i < len(line) else None for line in reasons], dtype="str")
        for i in range(columns)
    }
    if "message" in flagged:
        told["message"] = flagged["message"]
    ids = ["order_id", "line_id", "sku", "ordered_on"]
    decided = [name for name in _DECIDED if name in flagged]
    rows = _in_order(flagged[[*ids, *context, "line_value", *decided, *_SAID]].assign(**told))
    return rows.sort_values("value", ascending=False, kind="stable", ignore_index=True) if decided else rows


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort by risk, highest first; ids settle ties so that the order never depends on the input's."""
    return frame.sort_values(["risk", "order_id", "line_id"], ascending=[False, True, True], ignore_index=True)


def _csv_of_skus(skus: pd.DataFrame) -> str:
    rates = ("return_rate_all", "return_rate_90d", "parent_return_rate")
    digits = dict.fromkeys(rates, 4) | {"expected_returns": 2, "saves": 2}
    safe = [spreadsheet_safe(str(item), is_id=True) for item in skus["item"]]
    text = skus.astype(dict.fromkeys(digits, "float64")).round(digits)
    return _quoted(text.assign(item=pd.Series(safe, index=skus.index, dtype="str")))


def _csv(flagged: pd.DataFrame) -> str:
    ids = ("order_id", "line_id", "sku", "size")
    text = flagged.assign(
        ordered_on=flagged["ordered_on"].dt.strftime("%Y-%m-%d"),
        risk=flagged["risk"].round(4),
        risk_low=flagged["risk_low"].round(4),
        risk_high=flagged["risk_high"].round(4),
        return_reason_share=flagged["return_reason_share"].round(4),
        **{name: flagged[name].round(2) for name in ("value", "value_low", "value_high") if name in flagged},
    )
    return _quoted(_safe(text, ids))


def _safe(frame: pd.DataFrame, ids: tuple[str, ...]) -> pd.DataFrame:
    """Return the frame with texts that no spreadsheet changes or runs."""
    text = frame.copy()
    for name in text.select_dtypes(include=["str", "category"]).columns:
        safe = [spreadsheet_safe(str(v), is_id=name in ids) if isinstance(v, str) else "" for v in text[name]]
        text[name] = pd.Series(safe, index=text.index, dtype="str")
    return text


def _quoted(text: pd.DataFrame) -> str:
    # The byte order mark tells spreadsheets that this is UTF-8. Text is quoted throughout: a carriage return
    # inside a cell would otherwise begin a row, and there a formula.
    return "\ufeff" + text.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
