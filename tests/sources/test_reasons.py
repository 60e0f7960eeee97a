"""Codes and words of the shop become the policy's reasons; the rest is other, and listed."""

import logging

import pytest

from returns_risk.errors import ParamsError, SourceError
from returns_risk.sources.reasons import unknown_reasons

RETURNS = "line,received,qty,reason\n"
SELECT = """
SELECT line AS line_id, received AS returned_at, qty AS quantity, reason
FROM read_csv('returns.csv', all_varchar = true)
"""
POLICY = """
default: {return_window_days: 30, delivery_days: 0, grace_days: 0}
markets: {}
money: {currency: EUR}
costs: {default: {shipping: 1, handling: 1, markdown: 0.1, margin: 0.1}}
interventions: {advice: {cost: 1, capacity: 1, effect: {too_small: {expected: 0.5, low: 0.1, high: 0.9}}}}
sku_actions: {check: {level: sku, reasons: [quality], effect: 0.1, cost: 1, min_lines: 1, min_excess: 1.2}}
"""


@pytest.fixture
def read_reasons(read, tmp_path, monkeypatch):
    """Read returns with these reasons and this map."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(POLICY)

    def read_reasons(reason_map, *reasons):
        (tmp_path / "sources/shop").mkdir(parents=True, exist_ok=True)
        (tmp_path / "sources/shop/reasons.yaml").write_text(reason_map, encoding="utf-8")
        rows = "".join(f"007-1,2026-03-09,1,{reason}\n" for reason in reasons)
        return read(returns_csv=RETURNS + rows, returns_sql=SELECT)

    return read_reasons


def test_words_are_compared_without_case_and_outer_blanks(read_reasons):
    source = read_reasons("too_small: [Z01, zu klein]\nquality: ['07']\n", "z01", " Zu Klein ", "07", "quality", "")
    assert source.tables["returns"]["reason"].fillna("-").tolist() == [
        "too_small",
        "too_small",
        "quality",
        "quality",
        "-",
    ]
    assert source.unmapped_reasons == {}


def test_other_words_become_other_and_are_counted_and_long_or_rare_ones_are_not_quoted(read_reasons, caplog):
    letter = "my name is Anna Meier and the zip is broken"
    source = read_reasons("too_small: [Z01]\n", "Z02", "Z01", "Z02", letter, "Z02", "Ms Meier rang")
    assert source.tables["returns"]["reason"].tolist() == ["other", "too_small", *["other"] * 4]
    assert source.unmapped_reasons == {"Z02": 3, "long or rare texts": 2}
    assert "Z02" in caplog.text
    assert "Meier" not in caplog.text


def test_reasons_stay_as_they_are_without_a_map(read):
    source = read(returns_csv=RETURNS + "007-1,2026-03-09,1,Z01\n", returns_sql=SELECT)
    assert source.tables["returns"]["reason"].tolist() == ["Z01"]
    assert source.unmapped_reasons == {}


def test_a_reason_that_no_effect_names_is_warned_of(read_reasons, caplog):
    with caplog.at_level(logging.WARNING):
        read_reasons("to_small: [Z01]\nother: [Z99]\nquality: [Z02]\n", "Z01")
    assert "no effect in policy.yaml names ['to_small']" in caplog.text


@pytest.mark.parametrize(
    ("reason_map", "finding"),
    [
        ("too_small: [Z01]\nquality: [z01 ]\n", r"'z01' stands for too_small and quality\. Take it from one of them"),
        ("too_small: [quality]\nquality: [Z02]\n", "'quality' stands for too_small and quality"),
        ("too_small: [7]\n", r"too_small: YAML reads 7 as no text\. Put it in quotes: '7'"),
        ("too_small: Z01\n", "is not a list of codes and words for each reason"),
        ("- Z01\n", "is not a list of codes and words for each reason"),
    ],
)
def test_a_wrong_map_is_named(read_reasons, reason_map, finding):
    with pytest.raises(SourceError, match=rf"sources/shop/reasons\.yaml: .*{finding}"):
        read_reasons(reason_map, "Z01")


def test_a_code_with_a_zero_in_front_needs_quotes(read_reasons):
    with pytest.raises(ParamsError, match=r"reasons\.yaml: .*line 1: YAML reads 07 to the base of 8; .* in quotes"):
        read_reasons("too_small: [07]\n", "07")


def test_a_reason_twice_is_refused(read_reasons):
    with pytest.raises(ParamsError, match=r"reasons\.yaml: .* the key quality is in line 1 already"):
        read_reasons("quality: [Z01]\nquality: [Z02]\n", "Z01")


def test_other_needs_no_effect(tmp_path):
    (tmp_path / "policy.yaml").write_text(POLICY)
    assert unknown_reasons({"x": "other", "y": "late"}, tmp_path / "policy.yaml") == ["late"]
