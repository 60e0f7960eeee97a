"""Validates the contract tables in the order in which they depend on each other."""

import logging
import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from returns_risk.config.params import ValidateParams
from returns_risk.config.policy import Policy
from returns_risk.contract.customer_ids import CustomerIdFaults
from returns_risk.contract.schema import CONTRACT
from returns_risk.io.files import write_folder
from returns_risk.io.templates import load_templates
from returns_risk.snapshot.as_of import as_of_view, is_known
from returns_risk.validation.checks import Validation, shop_checks
from returns_risk.validation.direct import evaluate_rules
from returns_risk.validation.facts import key_facts, order_line_facts, return_facts
from returns_risk.validation.rules import tolerated_shares
from returns_risk.validation.shop_rule import AcceptedTables
from returns_risk.validation.suites import open_context, quiet, run_suite
from returns_risk.validation.tables import Run, ValidatedTable, validate_table

__all__ = ["validate", "write_docs"]

_TEMPLATES = Path(__file__).parent / "templates"
_logger = logging.getLogger(__name__)


def validate(
    tables: Mapping[str, pd.DataFrame],
    rejected: Mapping[str, pd.DataFrame],
    *,
    as_of: pd.Timestamp,
    read_at: pd.Timestamp,
    params: ValidateParams,
    previous: Mapping[str, int] | None,
    policy: Policy | None = None,
    time_zone: str = "UTC",
    id_faults: CustomerIdFaults | None = None,
    with_gx: bool = True,
) -> Validation:
    """Check each contract table and reject bad rows with a reason.

    Rows of the time from the as-of until the extract was read are right and stay; ``as_of_view`` leaves them out, they
    are counted, and they do not count towards how fresh and how large a table is.

    It also returns where more rows than tolerated break a rule, so that the quarantine can be written first;
    ``raise_for_broken`` then ends the run.

    Parameters
    ----------
    tables : typed contract tables (text as ``str``, times in UTC), maybe without ``products``, ``customers``
    rejected : rows rejected while reading, by table: contract columns as text, ``rule``, ``reason``
    as_of : UTC time
    read_at : UTC time at which the extract was read: a row that is later than this and the as-of is an error
    previous : accepted rows by table in the previous run that were known at its as-of
    policy : lines in a currency that it has no rate for are quarantined; None to accept all currencies, and to
        leave out the rules about return windows and markets
    time_zone : IANA name of the shop's
    id_faults : what reading found in the shop's own customer ids
    with_gx : False to evaluate the rules with pandas alone, for the same result within seconds

    Returns
    -------
    Each row of ``tables`` and ``rejected`` exactly once, in ``tables`` or in ``quarantine``.

    Raises
    ------
    ParamsError
        ``params.rules`` names no rule.
    """
    tolerated = tolerated_shares(params)
    with quiet():
        run = Run(
            partial(run_suite, open_context()) if with_gx else evaluate_rules,
            as_of,
            max(as_of, read_at),
            as_of - pd.Timedelta(days=params.stale_days),
            tolerated,
            {table: _least_rows(rows, params.volume_drop) for table, rows in (previous or {}).items()},
        )
        validated = _validate_tables(
            run,
            {name: tables[name].reset_index(drop=True) for name in CONTRACT if name in tables},
            rejected,
            None if policy is None else [policy.money.currency, *policy.money.rates],
        )
    accepted = {name: table.accepted for name, table in validated.items()}
    quarantine = {name: table.quarantine for name, table in validated.items()}
    known = as_of_view(accepted, as_of)
    checks = [check for table in validated.values() for check in table.checks]
    customers = pd.concat([accepted["order_lines"]["customer_id"], quarantine["order_lines"]["customer_id"]])
    faults = id_faults or CustomerIdFaults()
    shop = AcceptedTables(known, quarantine, as_of, customers, faults, policy, time_zone)
    checks += shop_checks(shop, tolerated)
    order = list(CONTRACT)
    checks.sort(key=lambda check: order.index(check.table))
    validation = Validation(accepted, quarantine, known, tuple(checks), shop.late_returns, shop.outcomes)
    for name, later in validation.later.items():
        counts = (len(accepted[name]), later, len(quarantine[name]))
        _logger.info("%s: %d rows accepted, %d of them not known at the as-of, %d rejected", name, *counts)
    for check in checks:
        if check.severity == "error" and check.broken and check.passed:
            _logger.info("%s: %d rows quarantined, for example %s", check.rule, check.broken, check.example or "row 1")
    for warning in validation.warnings:
        _logger.warning("%s", warning)
    return validation


def write_docs(validation: Validation, as_of: pd.Timestamp, docs: Path) -> None:
    """Write the report of a validation as a page into the folder ``docs``, which is replaced.

    Raises
    ------
    ExportError
        ``docs`` cannot be written.
    """
    # Great Expectations' pages ask five other hosts for their styles and scripts, and are empty without them.
    tables = [
        {
            "name": name,
            "accepted": len(accepted),
            "rejected": len(validation.quarantine[name]),
            "checks": [check for check in validation.checks if check.table == name],
        }
        for name, accepted in validation.tables.items()
    ]
    page = load_templates(_TEMPLATES).get_template("validation.html")
    failed = sum(not check.passed for check in validation.checks)
    time = f"{as_of:%Y-%m-%d %H:%M} UTC"
    html = page.render(as_of=time, rules=len(validation.checks), failed=failed, tables=tables)
    write_folder(docs, {"index.html": html})


def _least_rows(previous: int, drop: float) -> int:
    # Rounded first: 0.35 off 100 rows must ask for 65 and not, by a hair of binary, for 66.
    return math.ceil(round((1 - drop) * previous, 6))


def _validate_tables(
    run: Run, tables: Mapping[str, pd.DataFrame], rejected: Mapping[str, pd.DataFrame], currencies: list[str] | None
) -> dict[str, ValidatedTable]:
    """Validate tables that others refer to first, and return all in the order of the contract."""
    validated = {}
    for name, key in (("products", "sku"), ("customers", "customer_id")):
        if name in tables:
            validated[name] = validate_table(run, name, tables[name], key_facts(tables[name], key), rejected.get(name))
    known = {name: validated[name].accepted if name in validated else None for name in ("products", "customers")}
    lines = tables["order_lines"]
    facts = order_line_facts(lines, known["products"], known["customers"], currencies)
    facts["before_as_of"] = _before_as_of(run, "order_lines", lines, lines["ordered_at"])
    validated["order_lines"] = validate_table(run, "order_lines", lines, facts, rejected.get("order_lines"))
    accepted, quarantine = validated["order_lines"].accepted, validated["order_lines"].quarantine
    returns = tables["returns"]
    facts = return_facts(returns, accepted, quarantine["line_id"], run.latest)
    facts["before_as_of"] = _before_as_of(run, "returns", returns, returns["returned_at"])
    validated["returns"] = validate_table(run, "returns", returns, facts, rejected.get("returns"))
    return {name: validated[name] for name in CONTRACT if name in validated}


def _before_as_of(run: Run, table: str, frame: pd.DataFrame, time: pd.Series) -> pd.Series:
    """Say of each row that can be right whether it was known at the as-of."""
    return is_known(table, frame, run.as_of).astype("boolean").where(time.le(run.latest))


def _write_docs(validation: Validation, as_of: pd.Timestamp, docs: Path) -> None:
    # Great Expectations' pages ask five other hosts for their styles and scripts, and are empty without them.
    tables = [
        {
            "name": name,
            "accepted": len(accepted),
            "rejected": len(validation.quarantine[name]),
            "checks": [check for check in validation.checks if check.table == name],
        }
        for name, accepted in validation.tables.items()
    ]
    counts = validation.late_returns
    late = [] if counts is None else counts[counts["late"] > 0].to_dict("records")
    page = load_templates(_TEMPLATES).get_template("validation.html")
    failed = sum(not check.passed for check in validation.checks)
    time = f"{as_of:%Y-%m-%d %H:%M} UTC"
    html = page.render(as_of=time, rules=len(validation.checks), failed=failed, tables=tables, late_returns=late)
    write_folder(docs, {"index.html": html})
