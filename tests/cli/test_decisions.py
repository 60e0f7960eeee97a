"""The policy is shown as it was understood, and the nights that an effect takes are printed."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.cli.decision_tables import print_effects
from returns_risk.config.policy import load_policy
from returns_risk.decision import Estimate
from returns_risk.errors import ParamsError
from returns_risk.monitoring import MeasuredEffect
from tests.small_tables import write_small_tables

ROOT = Path(__file__).parents[2]
POLICY = str(ROOT / "policy.yaml")


def call(*arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments))


def test_a_policy_is_reported_as_it_was_understood():
    printed = call("policy", "check", POLICY).stdout
    for message in (
        "sizing_guidance",
        "too_small: 50% (30% to 65%)",
        "30 in LEJ1",
        "12 h before the promise",
        "all others",
        "4.50",
        "+ 0.03 goodwill",
        "where there is a size to suggest",
        "review if the worst case is below 0.00 EUR and at least 0.50 is expected",
        "damaged; below 40 EUR",
        "offer to exchange size {size} for {suggested_size}",
        "Reasons: en. Notes to the warehouse: en, de in LEJ1, pl in POZ1.",
    ):
        assert message in printed
    assert "control group: 10%" in printed


def test_lines_that_would_skip_their_review_are_warned_of(tmp_path):
    assert "without a review" not in call("policy", "check", POLICY).stdout
    text = Path(POLICY).read_text()
    (tmp_path / "policy.yaml").write_text(text.replace("  min_value: 0.50", "  min_value: 0.10"))
    printed = call("policy", "check", str(tmp_path / "policy.yaml")).stdout
    assert "warning: decision.min_value: lines that are expected to save between 0.10 and 0.50 are acted on" in printed


def test_windows_by_day_of_order_are_reported(tmp_path):
    windows = "windows: [{from: 11-01, to: 12-31, until: 01-31}]"
    text = Path(POLICY).read_text().replace("  FR: {return", f"  FR: {{{windows}, return")
    (tmp_path / "policy.yaml").write_text(text)
    printed = call("policy", "check", str(tmp_path / "policy.yaml")).stdout
    row = next(line for line in printed.splitlines() if "until 01-31" in line)
    assert "11-01 to 12-31: until 01-31" in row


@pytest.mark.parametrize(
    ("piece", "by", "message"),
    [
        (
            "cost: 0.35 ",
            "cost: -0.35 ",
            r"interventions\.sizing_guidance\.cost: .* greater than or equal to 0, found -0\.35",
        ),
        (
            "for {suggested_size},",
            "for {advised_size},",
            r"resolutions\.0\.text: .*there is no placeholder \{advised_size\}; there are \{order_id\}, \{size\}",
        ),
        ("holdout: 0.10", "holdout: 1.10", r"decision\.holdout: .*, found 1\.1"),
        ("expected: 0.60, low: 0.40", "expected: 0.30, low: 0.40", r"low, expected and high are not in this order"),
        ("lead_hours: 2 ", "leed_hours: 2 ", r"interventions\.sizing_guidance\.leed_hours: there is no such key"),
        ("  currency: EUR", "  currency: Euro", r"money\.currency: .*, found 'Euro'"),
        ("team: en", "team: sv", r"languages: 'sv' has no file; known are \['de', 'en', 'fr', 'nl', 'pl'\]"),
        ("team: en", "team: English", r"languages\.team: .*, found 'English'"),
        ("    de: Demo", "    sv: Demo", r"messages\.footer\.sv is in a language without texts"),
        ('reply_at: "12:00"', "reply_at: noon", r"messages\.reply_at: .*, found 'noon'"),
        ("shop: Demo Shop ", "opt_out: {de: '{stop}'}", r"messages\.opt_out: de: a text here has no placeholders"),
        ("PLN: 0.23", "PLN: 0", r"money\.rates\.PLN: .* greater than 0, found 0"),
    ],
)
def test_a_wrong_value_is_reported_with_file_and_key(tmp_path, piece, by, message):
    text = Path(POLICY).read_text()
    assert piece in text
    (tmp_path / "policy.yaml").write_text(text.replace(piece, by))
    with pytest.raises(ParamsError, match=rf"policy\.yaml: .*{message}"):
        raise call("policy", "check", str(tmp_path / "policy.yaml")).exception


def test_actions_about_items_rates_and_currencies_of_markets_are_reported(tmp_path):
    text = Path(POLICY).read_text().replace("markets: {}              # currency", "markets: {PL: PLN}  # currency")
    (tmp_path / "policy.yaml").write_text(text)
    printed = call("policy", "check", str(tmp_path / "policy.yaml")).stdout
    (row,) = [line for line in printed.splitlines() if "fix_size_chart" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "fix_size_chart", "style", "too_small, too_large, not_as_pictured", "30%", "4.00", "5", "1.2",
    ]  # fmt: skip
    assert (
        "rates: 1 GBP = 1.15 EUR, 1 PLN = 0.23 EUR; lines that name no currency are in PLN in PL, else EUR.\n"
        in printed
    )


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A folder with the repository's policy and parameters, and no tables."""
    monkeypatch.chdir(tmp_path)
    for name in ("policy.yaml", "params.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    return tmp_path


def warnings():
    done = call("policy", "check")
    assert done.exit_code == 0
    return [line for line in done.stdout.splitlines() if line.startswith(("names", "warning"))]


def test_names_that_the_tables_do_not_know_are_warned_of(house):
    write_small_tables(house / "data/validated", market=["DE", "AT", "NL", "PL"])
    compared, first, *others = warnings()
    assert compared == "names compared with data/validated, warnings: 18"
    assert first == ("warning: markets: none of 4 rows of order_lines has the market FR. Correct it if it is misspelt.")
    categories = [line for line in others if "interventions.onboarding_help.categories" in line]
    assert len(categories) == 2
    text = (house / "policy.yaml").read_text()
    (house / "policy.yaml").write_text(text.replace("[headphones,", "[head-phones,"))
    assert (
        "warning: interventions.onboarding_help.categories: none of 2 rows of products has the category head-phones; "
        "similar is headphones (1 rows). Correct it if it is misspelt."
    ) in warnings()


def test_the_latest_nights_tables_go_before_the_chains(house):
    write_small_tables(house / "data/validated")
    for night in ("as_of=2026-03-01", "as_of=2026-03-02", "as_of=2026-03-09-backfill"):
        write_small_tables(house / "data/nightly/demo" / night / "validated", market=None)
    (house / "data/nightly/demo/as_of=2026-03-03/validated").mkdir(parents=True)
    compared, *_, last = warnings()
    assert compared.startswith("names compared with data/nightly/demo/as_of=2026-03-02/validated, warnings: ")
    assert last == "warning: the tables have no column market: what the policy says by market has no effect"
    done = call("policy", "check", "--tables", "data/validated")
    assert "names compared with data/validated, warnings: " in done.stdout


def test_without_tables_it_says_that_names_were_not_compared(house):
    message = "names were not compared: there are no validated tables yet; run returns-risk nightly or dvc repro"
    assert warnings() == [message]
    (house / "params.yaml").unlink()
    assert warnings() == [message]


def test_a_currency_without_rate_is_an_error_after_all_warnings(house):
    write_small_tables(house / "data/validated", currency=["CHF", "EUR", "EUR", "EUR"])
    done = call("policy", "check")
    assert isinstance(done.exception, ParamsError)
    assert str(done.exception).startswith("policy.yaml: money.rates: CHF is missing, 1 of 4 lines are in it.")
    assert "warning: " in done.stdout


def test_effects_are_shown_in_full_on_a_narrow_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    estimate = Estimate(12345, 1372, 0.213, 0.457, 0.123, 0.1, 0.145)
    measured = MeasuredEffect("confirm_with_customer", 1234, estimate, estimate)
    print_effects([measured], date(2026, 3, 2))
    title, _, *lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in [title, *lines])
    heads = [[cell.strip() for cell in line.strip("┃").split("┃")] for line in lines[:2]]
    assert [" ".join(column).strip() for column in zip(*heads, strict=True)] == [
        "intervention", "final lines", "still open", "treated rate", "control rate", "avoided", "sales lost",
    ]  # fmt: skip
    assert "│ confirm_with_customer │" in lines[3]


def test_the_nights_an_effect_takes_are_reported():
    done = call("decision", "power", "--effect", "0.4", "--return-rate", "0.5", "--lines", "100", "--holdout", "0.2")
    assert done.stdout.startswith(
        "3 nights: 240 lines treated, 60 in the control group, until an effect of 40% is detected"
    )
    with_policy = call(
        "decision", "power", "--effect", "0.4", "--return-rate", "0.5", "--lines", "100", "--policy", POLICY
    )
    assert with_policy.stdout.startswith("5 nights")


def test_a_policy_of_terms_alone_plans_nothing(tmp_path):
    terms = {"default": {"return_window_days": 30, "delivery_days": 4, "grace_days": 4}, "markets": {}}
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(terms))
    assert load_policy(tmp_path / "policy.yaml").interventions == {}
    (tmp_path / "policy.yaml").write_text(
        yaml.safe_dump(terms | {"interventions": {"call": {"cost": 1.0, "effect": {}, "capacity": 3}}})
    )
    with pytest.raises(ParamsError, match="not what a return costs: add money and costs"):
        load_policy(tmp_path / "policy.yaml")
