"""Definitions of shops and their options."""

from datetime import date

import pytest

from returns_risk.errors import ParamsError
from shop_simulator import Definition, with_dirt


def test_a_definition_survives_its_file() -> None:
    options = ["late_rows=0.02", "duplicates", "schema_drift=2026-02-10", "new_brand=2026-01-01"]
    definition = with_dirt(Definition(start=date(2025, 9, 1)), options)
    assert Definition.from_json(definition.as_json()) == definition
    assert definition.faults == (("duplicates", 0.002), ("late_rows", 0.02))
    assert definition.day_of("new_brand") == 20_454
    assert definition.day_of("new_season") is None


@pytest.mark.parametrize(
    ("option", "finding"),
    [
        ("mud", "there is no such fault. Choose among rows, duplicates"),
        ("duplicates=half", "half is not a share between 0 and 1"),
        ("duplicates=1", "1 is not a share"),
        ("new_brand=2025-09-01", "the shop opens on 2025-09-01. Choose a later day"),
        ("new_brand=soon", "new_brand happens on a day. Write new_brand=2026-02-10 or so"),
    ],
)
def test_dirt_that_is_not_known_is_refused(option: str, finding: str) -> None:
    with pytest.raises(ParamsError, match=finding):
        with_dirt(Definition(start=date(2025, 9, 1)), [option])
