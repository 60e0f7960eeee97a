"""Runs rules as Great Expectations suites, where asked for; GX sees no names, no texts, and sends nothing."""

import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from returns_risk.io.files import write_json
from returns_risk.validation.rule import Rule

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.data_context import EphemeralDataContext

__all__ = ["Outcome", "narrow", "open_context", "quiet", "run_suite"]

_DATASOURCE = "contract"
# Row numbers of all broken rows, none of their values; a query would repeat the numbers as one long text.
_RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
    "return_unexpected_index_query": False,
}


@dataclass(frozen=True)
class Outcome:
    """The result of a suite."""

    broken: dict[str, np.ndarray]
    """Positions of the rows that break a row rule, ascending, by rule name."""
    observed: dict[str, Any]
    """The value that a rule about the table observed, by rule name; only of rules that are broken."""


def open_context() -> "EphemeralDataContext":
    """Open a GX project that lives in memory only, draws no progress bars and sends no telemetry.

    GX 1.24 has no telemetry left; the switches stay for versions that do. The variable must be
    set before GX is imported for the first time.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep GX's log lines below errors, and its deprecation warnings, to itself.

    Importing GX 1.24 warns of ``sre_constants``, and its column pairs warn of ``Series.values`` under
    pandas 3.1; users cannot act on either.
    """
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logger.setLevel(level)


def narrow(frame: pd.DataFrame, facts: pd.DataFrame, rules: list[Rule]) -> pd.DataFrame:
    """Return the columns that the rules read and no others, in types that GX handles column-wise.

    Of a text that must only be present, GX gets whether it is: it copies the frame for each
    expectation, and it has no business with who ordered. Integers become floats, because GX
    compares nullable integers value by value.
    """
    names = list(dict.fromkeys(column for rule in rules for column in rule.columns))
    compared = {
        column for rule in rules if rule.expectation != "ExpectColumnValuesToNotBeNull" for column in rule.columns
    }
    columns = {
        name: facts[name] if name in facts else _light(frame[name], compared=name in compared)
        for name in names
        if name in facts or name in frame
    }
    return pd.DataFrame(columns, index=frame.index)


def _light(column: pd.Series, *, compared: bool) -> pd.Series:
    if pd.api.types.is_integer_dtype(column):
        return column.astype("float64")
    if compared or pd.api.types.is_float_dtype(column):
        return column
    return column.notna().where(column.notna()).astype("boolean")


def run_suite(
    context: "EphemeralDataContext",
    results: Path,
    name: str,
    frame: pd.DataFrame,
    rules: list[Rule],
    parameters: Mapping[str, Any],
    tolerated: Mapping[str, float],
) -> Outcome:
    """Run one suite over ``frame`` (a RangeIndex without name); each rule's columns must be in it.

    Parameters
    ----------
    results : folder for GX's result, ``<name>.json``: counts, numbers of the broken rows, none of their values
    parameters : values that the rules name
    tolerated : share of the rows that may break a rule, by its name

    Raises
    ------
    ExportError
        The result cannot be written.
    RuntimeError
        GX could not evaluate a rule. Its own message is left out, since it may quote values.
    """
    import great_expectations as gx

    suite = context.suites.add(
        gx.ExpectationSuite(name=name, expectations=[_expectation(rule, tolerated) for rule in rules])
    )
    asset = context.data_sources.add_pandas(_DATASOURCE).add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe(name).get_batch({"dataframe": frame})
    result = batch.validate(suite, result_format=_RESULT_FORMAT, expectation_parameters=dict(parameters))
    # The data source holds the frame for as long as the context lives.
    context.data_sources.delete(_DATASOURCE)
    write_json(results / f"{name}.json", result.to_json_dict())
    return _outcome(result)


def _expectation(rule: Rule, tolerated: Mapping[str, float]) -> Any:
    import great_expectations.expectations as gxe

    share = tolerated.get(rule.name)
    limit = {} if share is None else {"mostly": 1 - share}
    return getattr(gxe, rule.expectation)(**rule.arguments, **limit, meta={"rule": rule.name})


def _outcome(result: "ExpectationSuiteValidationResult") -> Outcome:
    broken, observed = {}, {}
    for finding in result.results:
        rule = finding.expectation_config.meta["rule"]
        if _failed(finding.exception_info):
            raise RuntimeError(f"{rule}: Great Expectations could not evaluate {finding.expectation_config.type}.")
        if "observed_value" not in finding.result:
            broken[rule] = np.asarray(finding.result.get("unexpected_index_list", []), dtype="int64")
        elif not finding.success:
            observed[rule] = finding.result["observed_value"]
    return Outcome(broken, observed)


def _failed(info: Mapping[str, Any]) -> bool:
    entries = [info] if "raised_exception" in info else info.values()
    return any(entry["raised_exception"] for entry in entries)
