"""Examines a source: reads nothing and writes nothing, but says what the chain would make of its tables."""

from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.config.policy import Policy
from returns_risk.contract.days import NEVER, date_of, day_of
from returns_risk.doctor.columns import available_features, missing_columns
from returns_risk.doctor.findings import Findings, TableCounts
from returns_risk.doctor.rates import (
    LineFacts,
    count_delays,
    count_markets,
    count_months,
    count_open_lines,
    top_customer_share,
)
from returns_risk.errors import DataError, ReturnsRiskError
from returns_risk.features import FeatureSet
from returns_risk.history import Outcomes
from returns_risk.snapshot.labels import label_frame, require_candidates, require_two_classes
from returns_risk.snapshot.opt_outs import opted_out_lines
from returns_risk.snapshot.rows import choose_candidates, choose_training, require_training
from returns_risk.snapshot.splits import PERIODS, find_periods
from returns_risk.sources import Source
from returns_risk.validation import Check, Validation, ValidationContext, apply_opt_outs, raise_for_broken, validate
from returns_risk.validation.row_counts import Extract

__all__ = ["examine", "first_as_of"]

_TIMES = {"order_lines": "ordered_at", "returns": "returned_at"}


def first_as_of(source: Source, read_at: pd.Timestamp, time_zone: str) -> date:
    """Return the day after the latest order that is not later than ``read_at``, or that of reading without one.

    Rejected rows count, too: otherwise the days with the faults would be none of those examined.
    """
    rejected = source.rejected["order_lines"]["ordered_at"].astype("str")
    times = pd.to_datetime(rejected, format="ISO8601", utc=True, errors="coerce").astype("datetime64[us, UTC]")
    ordered = pd.concat([source.tables["order_lines"]["ordered_at"], times], ignore_index=True)
    latest = ordered[ordered <= read_at].max()
    latest = read_at - pd.Timedelta(days=1) if pd.isna(latest) else latest
    return pd.Timestamp(date_of(day_of(pd.Series([latest]), time_zone))[0]).date() + timedelta(days=1)


def examine(
    source: Source,
    params: Params,
    policy: Policy,
    *,
    read_at: pd.Timestamp,
    previous: Extract | None,
    as_of_origin: str = "params.yaml",
    gx_results: Path | None = None,
) -> Findings:
    """Validate the tables of a source as the chain does, and count what it would learn from and act on.

    Parameters
    ----------
    params : ``source`` and ``as_of`` are those to examine
    read_at, previous : as of ``ValidationContext``
    as_of_origin : where the as-of comes from
    gx_results : as of ``validate``
    """
    time_zone = params.source.time_zone
    validation = validate(source, ValidationContext.of_run(params, policy, read_at, previous), gx_results=gx_results)
    # A Snapshot would join products and customers with the lines, which takes a second for a million lines.
    tables, lines = apply_opt_outs(validation), validation.known["order_lines"]
    outcomes = cast("Outcomes", validation.outcomes)  # there is a policy
    open_days, opted_out = params.featurize.open_days, opted_out_lines(lines, tables)
    candidates, left_out = choose_candidates(outcomes, params.as_of, open_days, opted_out)
    error = _find_end(validation, outcomes, lines.iloc[candidates.position], params)
    facts = LineFacts(lines, outcomes, params.as_of, time_zone)
    months, market_months = count_months(facts)
    definitions = FeatureSet.load()
    features = len(available_features(tables, definitions))
    missing = missing_columns(tables, source.absent, definitions)
    counts = (len(lines), len(validation.known["returns"]), features, len(definitions.features), len(candidates))
    return Findings(
        source=params.source.name,
        as_of=params.as_of,
        as_of_origin=as_of_origin,
        time_zone=time_zone,
        error=error,
        verdict=_verdict(error, validation, counts),
        tables=_count_tables(source, validation, time_zone),
        rejected_on_purpose=_count_reject_reasons(source),
        broken=_broken_rules(validation),
        warnings=validation.warnings,
        months=months,
        market_months=market_months,
        markets=count_markets(facts, market_months, candidates),
        delays=count_delays(facts),
        open_lines=count_open_lines(facts, candidates),
        left_out={reason: count for reason, count in left_out.items() if count},
        top_customer_share=top_customer_share(facts),
        free_share=float(lines["unit_price"].eq(0).mean()),
        features=features,
        all_features=len(definitions.features),
        missing=tuple(column for column in missing if column.features or column.use),
        useless=tuple(column.name for column in missing if not (column.features or column.use)),
        unmapped_reasons=source.unmapped_reasons,
    )


def _find_end(
    validation: Validation, outcomes: Outcomes, candidates: pd.DataFrame, params: Params
) -> ReturnsRiskError | None:
    """Return the error that would end the chain: validation, nothing to learn from, or no line to act on."""
    try:
        raise_for_broken(validation)
        warm_up, lines = params.featurize.warm_up_days, len(outcomes.ordered_on)
        first_day = int(outcomes.ordered_on.min(initial=NEVER)) + warm_up
        rows, left_out = choose_training(outcomes, params.as_of, first_day)
        require_training(len(rows), left_out, lines, warm_up)
        labels = label_frame(validation.known["order_lines"], outcomes, rows)
        periods = find_periods(labels, params.as_of, params.split)
        for period in PERIODS:
            require_two_classes(labels.loc[periods.select(labels, period), "returned"], period)
        require_candidates(candidates, params.as_of)
    except ReturnsRiskError as error:
        return error
    return None


def _verdict(error: ReturnsRiskError | None, validation: Validation, counts: tuple[int, ...]) -> str:
    if error is None:
        lines, returns, features, every, candidates = counts
        warnings = len(validation.warnings)
        ready = f"Ready, with {warnings} warning{'s' if warnings > 1 else ''}" if warnings else "Ready"
        numbers = f"{lines:,} lines, {returns:,} returns, {features} of {every} features, {candidates:,} open lines"
        return f"{ready}: {numbers}."
    if isinstance(error, DataError):
        rules = [check.rule for check in validation.checks if _ends_the_run(check)]
        more = f" and {len(rules) - 1} more" if len(rules) > 1 else ""
        return f"Not ready: validation ends the run (exit code {error.exit_code}): {rules[0]}{more}."
    return f"Not ready: the chain ends with exit code {error.exit_code}: {error}"


def _ends_the_run(check: Check) -> bool:
    return check.severity == "error" and not check.passed


def _count_reject_reasons(source: Source) -> dict[str, dict[str, int]]:
    counts = {}
    for table, rows in source.rejected.items():
        reasons = rows.loc[rows["rule"] == f"{table}.source", "reason"].value_counts()
        if len(reasons):
            counts[table] = {str(reason): int(count) for reason, count in reasons.items()}
    return counts


def _broken_rules(validation: Validation) -> tuple[Check, ...]:
    """Return the rules that end the run, then those that warn, then those that a tolerated share of the rows breaks."""
    checks = [check for check in validation.checks if check.rule != f"{check.table}.source"]
    broken = [check for check in checks if check.broken and (check.severity == "error" or not check.passed)]
    return tuple(sorted(broken, key=lambda check: (check.passed, check.severity != "error")))


def _count_tables(source: Source, validation: Validation, time_zone: str) -> tuple[TableCounts, ...]:
    counts = []
    for name, accepted in validation.tables.items():
        read = len(source.tables[name]) + len(source.rejected[name])
        rejected = len(validation.quarantine[name])
        times = validation.known[name][_TIMES[name]].agg(["min", "max"]) if name in _TIMES else pd.Series([pd.NaT] * 2)
        first, last = (None if pd.isna(time) else time.tz_convert(time_zone).date() for time in times)
        counts.append(TableCounts(name, read, len(accepted), rejected, validation.later[name], first, last))
    return tuple(counts)
