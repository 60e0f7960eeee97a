"""Rules about the accepted tables taken together."""

import pytest

from returns_risk.validation import raise_for_broken


@pytest.mark.parametrize(("free", "warned"), [(1, 0), (3, 1)])
def test_many_lines_at_price_0_are_warned_of(run, make, free, warned):
    rows = [{"line_id": f"L{n}", "unit_price": 0.0 if n < free else 9.9} for n in range(8)]
    validation = run(order_lines=make("order_lines", *rows))
    raise_for_broken(validation)
    found = [warning for warning in validation.warnings if "unit_price_above_0" in warning]
    assert len(found) == warned
    if warned:
        assert found[0].startswith(
            "order_lines.unit_price: 3 of 8 rows (37.50%, tolerated 20.00%) break rule order_lines.unit_price_above_0: "
            "unit_price is 0, for example line_id 'L0'. Where configurable items"
        )
