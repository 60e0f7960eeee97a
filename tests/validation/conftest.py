"""A tiny shop in typed frames, and one run over it with every fault at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from returns_risk.config.params import ValidateParams
from returns_risk.config.policy import MarketPolicy, MoneyPolicy, Policy
from returns_risk.contract.schema import CONTRACT
from returns_risk.sources import Source
from returns_risk.validation import Validation, ValidationContext, validate, write_docs
from returns_risk.validation.row_counts import Extract
from returns_risk.validation.rules import ROW_RULES

AS_OF = pd.Timestamp("2026-03-02", tz="UTC")
READ_AT = pd.Timestamp("2026-03-02 08:00", tz="UTC")
_TERMS = MarketPolicy(return_window_days=30, delivery_days=4, grace_days=4)
# With rates for texts that are no ISO 4217 codes, so that each fault breaks one rule.
POLICY = Policy(default=_TERMS, markets={}, money=MoneyPolicy(currency="EUR", rates={"eur": 1.0, "EURO": 1.0}))
_TYPES = {"time": "datetime64[us, UTC]", "integer": "Int64", "number": "float64", "flag": "boolean"}
_GOOD: dict[str, dict[str, Any]] = {
    "order_lines": {
        "order_id": "O1",
        "line_id": "L1",
        "ordered_at": "2026-03-01 10:00",
        "customer_id": "C1",
        "sku": "S1",
        "quantity": 2,
        "unit_price": 20.0,
        "list_price": 25.0,
        "currency": "EUR",
        "voucher": "none",
        "promised_at": "2026-03-04",
        "shipped_at": None,
        "delivered_at": None,
        "cancelled_at": None,
        "recorded_at": None,
    },
    "returns": {
        "line_id": "L1",
        "returned_at": "2026-03-01 20:00",
        "quantity": 1,
        "reason": "none",
        "comment": None,
    },
    "products": {"sku": "S1", "style": "none", "list_price": 25.0},
    "customers": {"customer_id": "C1", "birth_year": 1980, "segment": "none"},
}


def _make(table: str, *rows: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame([_GOOD[table] | row for row in rows], columns=list(_GOOD[table]))
    return frame.astype({name: _TYPES.get(CONTRACT[table].column(name).type, "str") for name in _GOOD[table]})


@pytest.fixture(scope="session")
def make() -> Callable[..., pd.DataFrame]:
    """Make a typed contract table from what differs from its good row."""
    return _make


@pytest.fixture(scope="session")
def as_of() -> pd.Timestamp:
    return AS_OF


@pytest.fixture(scope="session")
def run() -> Callable[..., Validation]:
    """Validate tables; those not given are one good row, None leaves one out."""

    def run(
        *,
        rejected: dict[str, pd.DataFrame] | None = None,
        previous: dict[str, int] | None = None,
        figures: dict[str, float] | None = None,
        docs: Any = None,
        tolerated_share: float = 0.0,
        rules: dict[str, float] | None = None,
        gx_results: Path | None = None,
        **tables: pd.DataFrame | None,
    ) -> Validation:
        given = {name: tables.get(name, _make(name, {})) for name in CONTRACT}
        present = {name: frame for name, frame in given.items() if frame is not None}
        context = ValidationContext(
            AS_OF,
            READ_AT,
            ValidateParams(tolerated_share=tolerated_share, rules=rules or {}, volume_drop=0.2, stale_days=3),
            None if previous is None else Extract("2026-03-01", previous, figures=figures or {}),
            POLICY,
        )
        validation = validate(Source(present, rejected or {}, {}), context, gx_results=gx_results)
        if docs is not None:
            write_docs(validation, AS_OF, docs)
        return validation

    return run


LINE_FAULTS: dict[str, list[dict[str, Any]]] = {
    "order_lines.order_id_present": [{"order_id": None}],
    "order_lines.line_id_present": [{"line_id": None}],
    "order_lines.ordered_at_present": [{"ordered_at": None}],
    "order_lines.customer_id_present": [{"customer_id": None}],
    "order_lines.sku_present": [{"sku": None}],
    "order_lines.quantity_present": [{"quantity": None}],
    "order_lines.unit_price_present": [{"unit_price": None}],
    "order_lines.line_id_unique": [{"line_id": "twice"}, {"line_id": "twice", "quantity": 1}],
    "order_lines.quantity_at_least_1": [{"quantity": 0}, {"quantity": -1}],
    "order_lines.unit_price_not_negative": [{"unit_price": -0.01}],
    "order_lines.list_price_not_negative": [{"list_price": -0.01}],
    "order_lines.ordered_at_not_in_future": [{"ordered_at": "2026-03-02 08:00:01", "promised_at": None}],
    "order_lines.before_as_of": [{"ordered_at": "2026-03-02 00:00"}, {"recorded_at": "2026-03-02 07:00"}],
    "order_lines.quantity_plausible": [{"quantity": 1_000_001}],
    "order_lines.line_value_plausible": [{"unit_price": 6e9}],
    "order_lines.list_price_plausible": [{"list_price": 1.1e10}],
    "order_lines.ordered_at_from_2000": [{"ordered_at": "1999-12-31 23:59:59"}],
    "order_lines.shipped_at_not_before_ordered_at": [{"shipped_at": "2026-03-01 09:59:59"}],
    "order_lines.delivered_at_not_before_ordered_at": [{"delivered_at": "2026-02-28"}],
    "order_lines.delivered_at_not_before_shipped_at": [
        {"shipped_at": "2026-03-01 13:00", "delivered_at": "2026-03-01 12:00"}
    ],
    "order_lines.cancelled_at_not_before_ordered_at": [{"cancelled_at": "2026-02-28"}],
    "order_lines.promised_at_not_before_ordered_at": [{"promised_at": "2026-02-28"}],
    "order_lines.recorded_at_not_before_ordered_at": [{"recorded_at": "2026-02-28"}],
    "order_lines.currency_iso_4217": [{"currency": "eur"}, {"currency": "EURO"}],
    "order_lines.currency_rated": [{"currency": "CHF"}],
    "order_lines.sku_known": [{"sku": "S404"}],
    "order_lines.customer_known": [{"customer_id": "C404"}],
}
RETURN_FAULTS: dict[str, list[dict[str, Any]]] = {
    "returns.line_id_present": [{"line_id": None}],
    "returns.returned_at_present": [{"returned_at": None}],
    "returns.quantity_present": [{"quantity": None}],
    "returns.line_known": [{"line_id": "L404"}],
    "returns.line_accepted": [{"line_id": "twice"}],
    "returns.returned_at_not_in_future": [{"returned_at": "2027-03-02 00:00"}],
    "returns.before_as_of": [{"returned_at": "2026-03-02 00:00"}],
    "returns.returned_at_not_before_ordered_at": [{"returned_at": "2026-03-01 09:59:59"}],
    "returns.quantity_at_least_1": [{"quantity": 0}],
    "returns.quantity_within_ordered": [{"line_id": "L2", "quantity": 3}],
}
PRODUCT_FAULTS: dict[str, list[dict[str, Any]]] = {
    "products.sku_present": [{"sku": None}],
    "products.sku_unique": [{"sku": "S2"}, {"sku": "S2", "list_price": 1.0}],
    "products.list_price_not_negative": [{"sku": "S3", "list_price": -1.0}],
    "products.list_price_plausible": [{"sku": "S5", "list_price": 1.1e10}],
}
CUSTOMER_FAULTS: dict[str, list[dict[str, Any]]] = {
    "customers.customer_id_present": [{"customer_id": None}],
    "customers.customer_id_unique": [{"customer_id": "C2"}, {"customer_id": "C2", "birth_year": 1981}],
    "customers.birth_year_plausible": [
        {"customer_id": "C3", "birth_year": 1},
        {"customer_id": "C4", "birth_year": 2101},
    ],
}
FAULTS = LINE_FAULTS | RETURN_FAULTS | PRODUCT_FAULTS | CUSTOMER_FAULTS


@pytest.fixture(scope="session")
def dirty() -> dict[str, pd.DataFrame]:
    """Tables with each fault of FAULTS between good rows; a column of no consequence names the rule."""
    lines = [
        {"line_id": f"{rule}{i}"} | fault | {"voucher": rule}
        for rule, faults in LINE_FAULTS.items()
        for i, fault in enumerate(faults)
    ]
    tagged = {
        "returns": [fault | {"reason": rule} for rule, faults in RETURN_FAULTS.items() for fault in faults],
        "products": [fault | {"style": rule} for rule, faults in PRODUCT_FAULTS.items() for fault in faults],
        "customers": [fault | {"segment": rule} for rule, faults in CUSTOMER_FAULTS.items() for fault in faults],
    }
    return {
        "order_lines": _make("order_lines", {}, *lines, {"line_id": "L2"}, {"line_id": "L2"}, {"line_id": "L3"}),
        "returns": _make("returns", {}, *tagged["returns"], {"line_id": "L3"}, {"line_id": "L3"}),
        "products": _make("products", {}, *tagged["products"], {"sku": "S4"}, {"sku": "S4"}),
        "customers": _make("customers", {}, *tagged["customers"], {"customer_id": "C5"}, {"customer_id": "C5"}),
    }


@pytest.fixture(scope="session")
def dirty_run(run, dirty, tmp_path_factory) -> tuple[Validation, Any]:
    """Return what validation made of ``dirty``, and its docs folder."""
    docs = tmp_path_factory.mktemp("dirty") / "docs"
    return run(docs=docs, tolerated_share=0.03, **dirty), docs


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for ``fault`` each rule of FAULTS, for ``error`` or ``warning`` those of that severity."""
    for name, severities in (("fault", ("error", "warn")), ("error", ("error",)), ("warning", ("warn",))):
        if name in metafunc.fixturenames:
            rules = {rule.name: rule.severity for table in ROW_RULES.values() for rule in table}
            metafunc.parametrize(name, [fault for fault in FAULTS if rules[fault] in severities])


@pytest.fixture(scope="session")
def tag() -> dict[str, str]:
    """The column that names the rule in ``dirty``; as the quarantine calls it."""
    return {"order_lines": "voucher", "returns": "return_reason", "products": "style", "customers": "segment"}


@pytest.fixture(scope="session")
def faults() -> dict[str, list[dict[str, Any]]]:
    return FAULTS
