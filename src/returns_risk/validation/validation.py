"""Validates the contract tables in the order in which they depend on each other."""

import logging
import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from returns_risk.config.params import ValidateParams
from returns_risk.config.policy import Policy
from returns_risk.contract.schema import CONTRACT
from returns_risk.io.files import write_folder
from returns_risk.io.templates import load_templates
from returns_risk.snapshot.as_of import as_of_view, is_known
from returns_risk.validation.checks import Validation, shop_checks
from returns_risk.validation.facts import key_facts, order_line_facts, return_facts
from returns_risk.validation.previous import describe_figures
from returns_risk.validation.row_counts import Extract
from returns_risk.validation.rules import tolerated_shares
from returns_risk.validation.shop_rule import AcceptedTables
from returns_risk.validation.suites import open_context, quiet
from returns_risk.validation.tables import Run, ValidatedTable, validate_table

__all__ = ["validate"]

_TEMPLATES = Path(__file__).parent / "templates"
_logger = logging.getLogger(__name__)


def validate(
    tables: Mapping[str, pd.DataFrame],
    rejected: Mapping[str, pd.DataFrame],
    *,
    as_of: pd.Timestamp,
    read_at: pd.Timestamp,
    params: ValidateParams,
    previous: Extract | None,
    docs: Path,
    policy: Policy | None = None,
    open_days: int = 14,
) -> Validation:
    """Check each contract table, reject bad rows with a reason, and write the report.

    Rows of the time from the as-of until the extract was read are right and stay; ``as_of_view`` leaves them out, they
    are counted, and they do not count towards how fresh and how large a table is.

    It also returns where more rows than tolerated break a rule, so that the quarantine can be written first;
    ``raise_for_broken`` then ends the run.

    Parameters
    ----------
    tables : typed contract tables (text as ``str``, times in UTC), maybe without ``products``, ``customers``
    rejected : rows rejected while reading, by table: contract columns as text, ``rule``, ``reason``; indexed by their
        position among the rows of the SELECT
    as_of : UTC time
    read_at : UTC time at which the extract was read: a row that is later than this and the as-of is an error
    previous : the extract of the previous run
    docs : folder of the report; it is replaced
    policy : lines in a currency that it has no rate for are quarantined; None to accept all currencies
    open_days : days for which a line may wait to ship; rules about tonight look at them

    Returns
    -------
    Each row of ``tables`` and ``rejected`` exactly once, in ``tables`` or in ``quarantine``.

    Raises
    ------
    ParamsError
        ``params.rules`` names no rule.
    ExportError
        ``docs`` cannot be written.
    """
    tolerated = tolerated_shares(params)
    with quiet():
        run = Run(
            open_context(),
            as_of,
            max(as_of, read_at),
            as_of - pd.Timedelta(days=params.stale_days),
            tolerated,
            {name: _least_rows(rows, params.volume_drop) for name, rows in (previous.rows if previous else {}).items()},
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
    read = {name: table.read for name, table in validated.items() if table.read is not None}
    figures = describe_figures(known), previous.figures if previous else {}
    checks += shop_checks(AcceptedTables(known, quarantine, as_of, read, open_days, *figures), tolerated)
    order = list(CONTRACT)
    checks.sort(key=lambda check: order.index(check.table))
    validation = Validation(accepted, quarantine, known, tuple(checks))
    for name, later in validation.later.items():
        counts = (len(accepted[name]), later, len(quarantine[name]))
        _logger.info("%s: %d rows accepted, %d of them not known at the as-of, %d rejected", name, *counts)
    for check in checks:
        if check.severity == "error" and check.broken and check.passed:
            _logger.info("%s: %d rows quarantined, for example %s", check.rule, check.broken, check.example or "row 1")
    for warning in validation.warnings:
        _logger.warning("%s", warning)
    _write_docs(validation, as_of, docs)
    return validation


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
    page = load_templates(_TEMPLATES).get_template("validation.html")
    failed = sum(not check.passed for check in validation.checks)
    time = f"{as_of:%Y-%m-%d %H:%M} UTC"
    html = page.render(as_of=time, rules=len(validation.checks), failed=failed, tables=tables)
    write_folder(docs, {"index.html": html})
