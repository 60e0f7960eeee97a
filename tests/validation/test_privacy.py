"""No customer leaves the tables, and nothing leaves the machine."""

import json
import subprocess
import sys
import textwrap

import pytest

from returns_risk.errors import DataError
from returns_risk.validation import raise_for_broken
from returns_risk.validation.suites import open_context, quiet

SECRETS = ["planted-customer", "planted comment", "1851", "planted-segment"]


@pytest.fixture(scope="module")
def planted(run, make, tmp_path_factory):
    """Faults in all rows that hold something personal."""
    docs = tmp_path_factory.mktemp("planted") / "docs"
    lines = [
        {"customer_id": "planted-customer", "line_id": "L1", "quantity": 0},
        {"customer_id": "planted-customer", "line_id": "L2", "shipped_at": "2026-02-01", "currency": "?"},
        {"customer_id": "planted-customer", "line_id": "L3", "sku": "S404"},
        {"customer_id": "planted-customer", "line_id": "L3"},
    ]
    returns = [{"line_id": "L404", "comment": "planted comment"}, {"quantity": 0, "comment": "planted comment"}]
    people = [{"customer_id": "planted-customer", "birth_year": 1851, "segment": "planted-segment"}] * 2
    people += [{"customer_id": "planted-customer-2", "birth_year": 1851}, {"customer_id": "planted-customer-2"}]
    return docs, run(
        order_lines=make("order_lines", *lines),
        returns=make("returns", *returns),
        customers=make("customers", *people),
        docs=docs,
    )


@pytest.mark.parametrize("secret", SECRETS)
def test_no_page_holds_a_customers_value(planted, secret):
    files = [file for file in planted[0].rglob("*") if file.suffix in {".html", ".json"}]
    assert [file.name for file in files] == ["index.html"]
    assert [file.name for file in files if secret in file.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("secret", SECRETS)
def test_no_check_and_no_error_holds_a_customers_value(planted, secret):
    assert secret not in repr(planted[1].checks)
    with pytest.raises(DataError) as caught:
        raise_for_broken(planted[1])
    assert secret not in str(caught.value)


def test_the_example_of_a_customers_fault_is_a_row_number(planted):
    examples = {check.rule: check.example for check in planted[1].checks if check.broken}
    assert examples["customers.birth_year_plausible"] == "row 1"
    assert examples["customers.customer_id_unique"] == "row 3"
    assert examples["order_lines.quantity_at_least_1"] == "line_id 'L1'"


def test_telemetry_and_progress_bars_are_off():
    with quiet():
        context = open_context()
    assert context.config.analytics_enabled is False
    assert context.config.progress_bars == {"globally": False, "metric_calculations": False} or (
        context.config.progress_bars.globally is False
    )


OFFLINE = """
    import json, socket, sys
    def refuse(*args, **kwargs):
        raise AssertionError(f"something reached for the network: {args}")
    socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
    import returns_risk.validation
    light = [name for name in ("great_expectations", "scipy", "requests", "jinja2") if name in sys.modules]
    import pandas as pd
    from pathlib import Path
    from returns_risk.sources import Source
    from returns_risk.validation import ValidationContext, validate, write_docs
    from returns_risk.config.params import ValidateParams
    lines = pd.DataFrame({
        "order_id": ["O1"], "line_id": ["L1"], "ordered_at": pd.to_datetime(["2026-03-01"], utc=True),
        "customer_id": ["C1"], "sku": ["S1"], "quantity": [1], "unit_price": [1.0],
    })
    returns = pd.DataFrame({
        "line_id": ["L1"], "returned_at": pd.to_datetime(["2026-03-01"], utc=True), "quantity": [1],
    })
    params = ValidateParams(tolerated_share=0, rules={}, volume_drop=0.2, stale_days=3)
    as_of = pd.Timestamp("2026-03-02", tz="UTC")
    source = Source({"order_lines": lines, "returns": returns}, {}, {})
    validation = validate(source, ValidationContext(as_of, as_of, params))
    write_docs(validation, as_of, Path(sys.argv[1]))
    print(json.dumps({"light": light, "passed": all(c.passed for c in validation.checks),
                      "posthog": "posthog" in sys.modules}))
"""


def test_validation_works_with_the_network_refused_silently_and_imports_late(tmp_path):
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(OFFLINE), str(tmp_path / "docs")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == ""
    assert json.loads(done.stdout) == {"light": [], "passed": True, "posthog": False}
    assert (tmp_path / "docs" / "index.html").exists()
