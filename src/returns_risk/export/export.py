"""A scored run as files that operations open: complete or absent, the same bytes for the same run."""

from pathlib import Path
from typing import Any

import pandas as pd

from returns_risk.export.columns import to_export
from returns_risk.export.handoff import write_handoff
from returns_risk.export.page import describe_page, render_page
from returns_risk.export.recent_nights import RecentNights
from returns_risk.export.tables import customers_csv, flagged_csv, flagged_orders, scores, sku_actions_csv
from returns_risk.export.workbook import write_workbook
from returns_risk.io.files import atomic_directory, hash_files, write_csv, write_json, write_parquet, write_text
from returns_risk.scoring import ScoredRun

__all__ = ["write_export"]


def write_export(
    folder: Path,
    run: ScoredRun,
    about: dict[str, Any] | None = None,
    customers: pd.DataFrame | None = None,
    recent: RecentNights | None = None,
) -> None:
    """Write ``flagged_orders`` (CSV, Parquet, XLSX), scores, hand-off, page, ``manifest.json`` and ``_SUCCESS``.

    Parameters
    ----------
    folder : ``exports/as_of=<date>``; replaced as a whole
    about : more entries for the manifest, e.g. ``{"backfill": True}``
    customers : ``order_id`` and the shop's own ``customer_id``; only where the policy lists that as internal
    recent : the nights before, for page and workbook of a night

    Raises
    ------
    ExportError
        The folder cannot be written; the former export stays.
    """
    candidates = to_export(run.candidates)
    flagged = flagged_orders(candidates, run.reason_columns)
    manifest = run.manifest | (about or {})
    with atomic_directory(folder) as aside:
        write_text(aside / "flagged_orders.csv", flagged_csv(flagged))
        write_parquet(aside / "flagged_orders.parquet", flagged)
        write_workbook(aside / "flagged_orders.xlsx", flagged, run, manifest, recent)
        write_csv(aside / "sensitivity.csv", run.sensitivity)
        write_text(aside / "skus.csv", sku_actions_csv(run.sku_actions))
        if customers is not None:
            write_text(aside / "customers.csv", customers_csv(customers))
        write_text(aside / "report.html", render_page(describe_page(run, about, recent), run.policy.links.photos))
        write_parquet(aside / "scores.parquet", scores(run.candidates))
        write_handoff(aside, candidates, manifest)
        files = hash_files(sorted(aside.iterdir()))
        rows = {"candidates": len(run.candidates), "flagged": len(flagged)}
        write_json(aside / "manifest.json", manifest | {"rows": rows, "files": files})
        write_text(aside / "_SUCCESS", "")
