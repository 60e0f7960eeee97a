"""Great Expectations' Data Docs: one page per suite result, with an index."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from returns_risk.expectations.checks import Check
from returns_risk.expectations.suites import Outcome
from returns_risk.files import atomic_directory

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext

__all__ = ["write_docs"]

_SITE = "data_docs"
# The template loads GX's logo from GX's own server with the time in the address; the same picture lies beside the page.
_REMOTE_LOGO = re.compile(r"https://great-expectations-web-assets[^\"']*")


def write_docs(
    context: "EphemeralDataContext", outcomes: list[Outcome], checks: list[Check], as_of: pd.Timestamp, docs: Path
) -> None:
    """Build the pages aside and put them in the place of ``docs`` at once.

    Row numbers are left out; a suite stands as failed where one of our checks does, since those
    count the rows turned away while reading as well.

    Raises
    ------
    ExportError
        The folder cannot be written; it keeps its former content.
    RuntimeError
        GX left out a page; it logs why and goes on.
    """
    passed = {check.rule: check.passed for check in checks}
    for outcome in outcomes:
        _judge(outcome, passed)
        _store(context, outcome, as_of)
    with atomic_directory(docs) as aside:
        context.add_data_docs_site(_SITE, _site(aside))
        context.build_data_docs(site_names=[_SITE])
        context.delete_data_docs_site(_SITE)
        _require_pages(aside, outcomes)
        for page in aside.rglob("*.html"):
            _keep_logo_local(page, aside)


def _site(folder: Path) -> dict[str, object]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.resolve())},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "site_section_builders": {"profiling": "None"},
    }


def _judge(outcome: Outcome, passed: dict[str, bool]) -> None:
    result = outcome.result
    for finding in result.results:
        finding.success = passed[finding.expectation_config.meta["rule"]]
        finding.result.pop("unexpected_index_list", None)
        if "unexpected_percent_total" in finding.result:
            # The page says "of all rows" and would show the share of the filled ones.
            finding.result["unexpected_percent"] = finding.result["unexpected_percent_total"]
    good = sum(bool(finding.success) for finding in result.results)
    result.success = good == len(result.results)
    result.statistics |= {
        "successful_expectations": good,
        "unsuccessful_expectations": len(result.results) - good,
        "success_percent": 100 * good / len(result.results),
    }


def _store(context: "EphemeralDataContext", outcome: Outcome, as_of: pd.Timestamp) -> None:
    """Hand a result to the store that the pages are built from, dated with the as-of."""
    from great_expectations.core import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    result = outcome.result
    run = RunIdentifier(run_name=f"as-of-{as_of:%Y-%m-%dT%H%MZ}", run_time=as_of.to_pydatetime())
    result.meta.pop("batch_markers", None)
    result.meta |= {"run_id": run, "batch_spec": {"data_asset_name": outcome.name}}
    suite = ExpectationSuiteIdentifier(name=outcome.name)
    context.validation_results_store.store_validation_results(
        suite_validation_result=result,
        suite_validation_result_identifier=ValidationResultIdentifier(
            batch_identifier=outcome.name, expectation_suite_identifier=suite, run_id=run
        ),
        expectation_suite_identifier=suite,
    )


def _require_pages(site: Path, outcomes: list[Outcome]) -> None:
    missing = [o.name for o in outcomes if not list((site / "validations" / o.name).rglob("*.html"))]
    index = site / "index.html"
    if missing or not index.exists() or not index.stat().st_size:
        raise RuntimeError(f"Great Expectations built no page of {missing or 'the index'}; its log says why.")


def _keep_logo_local(page: Path, site: Path) -> None:
    up = "../" * (len(page.relative_to(site).parts) - 1)
    text = page.read_text(encoding="utf-8")
    page.write_text(_REMOTE_LOGO.sub(f"{up}static/images/logo-long.png", text), encoding="utf-8")
