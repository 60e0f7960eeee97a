"""The policy is shown as it was understood, and the nights an effect takes are told."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.errors import ParamsError
from returns_risk.policy import load_policy

ROOT = Path(__file__).parents[2]
POLICY = str(ROOT / "policy.yaml")


def call(*arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments))


def test_a_policy_is_told_as_it_was_understood():
    printed = call("policy", "check", POLICY).stdout
    for told in (
        "sizing_guidance",
        "too_small: 50% (30% to 65%)",
        "30 in LEJ1",
        "12 h before the promise",
        "all others",
        "4.50",
        "Reasons and messages: en, de in DE, de in AT.",
    ):
        assert told in printed
    assert "left alone to compare: 10%" in printed


@pytest.mark.parametrize(
    ("piece", "by", "told"),
    [
        (
            "cost: 0.35 ",
            "cost: -0.35 ",
            r"interventions\.sizing_guidance\.cost: .* greater than or equal to 0, found -0\.35",
        ),
        ("holdout: 0.10", "holdout: 1.10", r"decision\.holdout: .*, found 1\.1"),
        ("expected: 0.60, low: 0.40", "expected: 0.30, low: 0.40", r"low, expected and high are not in this order"),
        ("lead_hours: 2 ", "leed_hours: 2 ", r"interventions\.sizing_guidance\.leed_hours: Extra inputs"),
        ("  currency: EUR", "  currency: Euro", r"money\.currency: .*, found 'Euro'"),
        ("default: en", "default: fr", r"languages: 'fr' has no sentences; there are \['de', 'en'\]"),
        ("default: en", "default: English", r"languages\.default: .*, found 'English'"),
        ("PLN: 0.23", "PLN: 0", r"money\.rates\.PLN: .* greater than 0, found 0"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(tmp_path, piece, by, told):
    text = Path(POLICY).read_text()
    assert piece in text
    (tmp_path / "policy.yaml").write_text(text.replace(piece, by))
    with pytest.raises(ParamsError, match=rf"policy\.yaml: .*{told}"):
        raise call("policy", "check", str(tmp_path / "policy.yaml")).exception


def test_the_nights_an_effect_takes_are_told():
    done = call("decision", "power", "--effect", "0.4", "--return-rate", "0.5", "--lines", "100", "--holdout", "0.2")
    assert done.stdout.startswith("3 nights: 240 lines treated, 60 left alone, until an effect of 40% shows in 80%")
    own = call("decision", "power", "--effect", "0.4", "--return-rate", "0.5", "--lines", "100", "--policy", POLICY)
    assert own.stdout.startswith("5 nights")


def test_a_policy_of_terms_alone_plans_nothing(tmp_path):
    terms = {"default": {"return_window_days": 30, "delivery_days": 4, "grace_days": 4}, "markets": {}}
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(terms))
    assert load_policy(tmp_path / "policy.yaml").interventions == {}
    (tmp_path / "policy.yaml").write_text(
        yaml.safe_dump(terms | {"interventions": {"call": {"cost": 1.0, "effect": {}, "capacity": 3}}})
    )
    with pytest.raises(ParamsError, match="not what a return costs: add money and costs"):
        load_policy(tmp_path / "policy.yaml")
