"""``policy.yaml`` is checked once and knows a policy for every market."""

import re

import pytest
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.config.messages import LanguagesPolicy
from returns_risk.config.policy import load_policy
from returns_risk.errors import ParamsError


def test_the_repositorys_own_policy_loads(root):
    policy = load_policy(root / "policy.yaml")
    assert list(policy.markets) == ["DE", "AT", "NL", "FR", "PL"]
    assert policy.market("FR").return_window_days == 14
    assert policy.market("FR").delivery_days == 6


def test_a_market_that_is_not_listed_and_a_missing_one_have_the_default(root):
    policy = load_policy(root / "policy.yaml")
    assert policy.market("XX") == policy.default
    assert policy.market(None) == policy.default
    assert policy.market(float("nan")) == policy.default  # type: ignore[arg-type]
    assert policy.default.return_window_days == 60


@pytest.mark.parametrize(
    ("piece", "by", "finding"),
    [
        (
            "  DE: {return",
            "  DE: {retrun",
            r"markets\.DE\.retrun_window_days: there is no such key, found 30 \(and 1 more\)\.",
        ),
        ("days: 14", "days: a fortnight", r"markets\.FR\.return_window_days: .*, found 'a fortnight'\."),
        ("days: 60", "days: -60", r"default\.return_window_days: .* greater than or equal to 0, found -60\."),
        ("markets:", "countries:", r"countries: there is no such key \(and 1 more\)\."),
        ("shipping: 4.50", "shipping: .inf", r"costs\.default\.shipping: .* finite number, found inf\."),
        ("review_below: 0.0", "review_below: .nan", r"decision\.review_below: .* finite number, found nan\."),
        ("GBP: 1.15", "GBP: .inf", r"money\.rates\.GBP: .* finite number, found inf\."),
        ("shipping: 4.50", "shipping: yes", r"costs\.default\.shipping: a number is expected; YAML .*, found True\."),
        ("GBP: 1.15", "GBP: no", r"money\.rates: a number is expected; YAML reads .*"),
        ("grace_days: 4}", "grace_days: 4.5}", r"markets\.DE\.grace_days: .*, found 4\.5\."),
    ],
)
def test_a_wrong_value_is_refused_with_file_key_and_value(spoil, piece, by, finding):
    file = spoil("policy.yaml", piece, by)
    with pytest.raises(ParamsError, match=rf"^{re.escape(str(file))}: {finding} Correct it and run again\.$"):
        load_policy(file)


@pytest.mark.parametrize(
    ("number", "finding"),
    [
        ("030", "030 to the base of 8; write it without zeros in front, or in quotes"),
        ("-0_7", "-0_7 to the base of 8; write it without zeros in front, or in quotes"),
        ("1:30", "1:30 to the base of 60; write a time in quotes, or a number"),
        ("1:30.5", "1:30.5 to the base of 60; write a time in quotes, or a number"),
    ],
)
def test_a_number_that_yaml_reads_as_another_ends_policy_check_with_its_line(spoil, number, finding):
    file = spoil("policy.yaml", "days: 60", f"days: {number}")
    result = CliRunner().invoke(app, ["policy", "check", str(file)])
    assert isinstance(result.exception, ParamsError), result.output
    assert result.exception.exit_code == 3
    assert str(result.exception) == f"{file}: is not valid YAML: line 6: YAML reads {finding}. Correct that line."


def test_each_reader_has_a_language_and_all_read_the_teams_where_nothing_is_said(root):
    languages = load_policy(root / "policy.yaml").languages
    known = ["de", "en", "fr"]
    assert [languages.of_customer(None, market, known) for market in ("DE", "NL", "XX", None)] == [
        "de",
        "nl",
        "en",
        "en",
    ]
    assert [languages.of_customer(name, "DE", known) for name in ("fr", "FR_fr", "sv", 7)] == ["fr", "fr", "de", "de"]
    assert [languages.of_warehouse(name) for name in ("LEJ1", "POZ1", "BER1", None)] == ["de", "pl", "en", "en"]
    assert languages.names == ["en", "de", "pl", "nl", "fr"]
    assert LanguagesPolicy(team="de").of_customer(None, "FR", known) == "de"


def test_languages_are_no_terms_that_labels_follow(root):
    policy = load_policy(root / "policy.yaml")
    others = policy.model_copy(update={"languages": LanguagesPolicy(team="de")})
    assert others.terms_sha256 == policy.terms_sha256
    assert others.sha256 != policy.sha256


def test_norway_is_not_false(spoil):
    # YAML 1.1 reads an unquoted NO as false.
    file = spoil("policy.yaml", "  NL:", "  NO:")
    with pytest.raises(ParamsError, match=r"markets\.0\.\[key\]: Input should be a valid string, found False\."):
        load_policy(file)


def test_a_market_that_stands_twice_is_refused(spoil):
    file = spoil("policy.yaml", "  NL: {", "  DE: {")
    with pytest.raises(ParamsError, match=r"policy\.yaml: is not valid YAML: line \d+: the key DE is in line \d+"):
        load_policy(file)


def test_a_missing_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(ParamsError, match=r"policy\.yaml: cannot be read \(No such file or directory\)"):
        load_policy(tmp_path / "policy.yaml")
