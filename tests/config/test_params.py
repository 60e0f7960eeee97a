"""``params.yaml`` is checked once, with an error that names file, key and value."""

import re
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from returns_risk.config.params import load_params
from returns_risk.config.yaml_files import read_yaml
from returns_risk.contract.days import start_of_day
from returns_risk.errors import ParamsError


def test_the_repositorys_own_params_load(root):
    params = load_params(root / "params.yaml")
    assert (params.source.name, params.as_of, params.seed) == ("demo", date(2026, 3, 2), 7)
    assert params.source.raw == Path("data/raw/demo")
    assert params.validate_.tolerated_share == 0.01


def test_params_never_change(root):
    params = load_params(root / "params.yaml")
    with pytest.raises(ValidationError, match="frozen"):
        params.score.min_risk = 0.1


@pytest.mark.parametrize(
    ("piece", "by", "finding"),
    [
        ("  min_risk: 0.5", "  minrisk: 0.5", r"score\.minrisk: there is no such key, found 0.5 \(and 1 more\)\."),
        ("  reasons: 3", "  reasons: 3\n  gpu: yes", r"score\.gpu: there is no such key, found True\."),
        ("seed: 7", "seed: seven", r"seed: Input should be a valid integer.*, found 'seven'\."),
        ("seed: 7", "seed: -1", r"seed: Input should be greater than or equal to 0, found -1\."),
        ("as_of: '2026-03-02'", "as_of: '2026-02-30'", r"as_of: Input should be a valid date.*, found '2026-02-30'\."),
        ("  min_risk: 0.5", "  min_risk: 1.5", r"score\.min_risk: .* less than or equal to 1, found 1\.5\."),
        ("  min_risk: 0.5", "  min_risk: .nan", r"score\.min_risk: .*, found nan\."),
        ("  lambda_l2: 10.0", "  lambda_l2: .inf", r"train\.lambda_l2: Input should be a finite number, found inf\."),
        ("  lambda_l2: ", "  lambda_l2: 1e999 #", r"train\.lambda_l2: .* finite number, .*"),
        ("  name: demo ", "  name: ../demo ", r"source\.name: String should match pattern .*, found '\.\./demo'\."),
        ("  rules: {}", "  rules: {returns.x: 2}", r"validate\.rules\.returns\.x: .*, found 2\."),
        ("  num_leaves: 15", "  num_leaves: 1", r"train\.num_leaves: .* greater than or equal to 2, found 1\."),
        (
            "  calibration: auto",
            "  calibration: gamma",
            r"train\.calibration: Input should be 'auto', .*, found 'gamma'\.",
        ),
        (
            "  embargo: matured",
            "  embargo: none",
            r"split\.embargo: Input should be 'matured' or 'ordered', found 'none'\.",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_file_key_and_value(spoil, piece, by, finding):
    file = spoil("params.yaml", piece, by)
    with pytest.raises(
        ParamsError, match=rf"^{re.escape(str(file))}: {finding}.* Correct it and run again\.$"
    ) as caught:
        load_params(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("security", "refused"), [("none", True), ("starttls", False), ("tls", False)])
def test_a_password_is_not_sent_in_clear(spoil, security, refused):
    block = (
        f"{{host: mail, port: 587, security: {security}, user: ops, sender: a@b.example, recipients: [c@d.example]}}"
    )
    file = spoil("params.yaml", "  mail: null", f"  mail: {block}")
    if not refused:
        mail = load_params(file).nightly.mail
        assert mail is not None
        assert mail.user == "ops"
        return
    with pytest.raises(ParamsError, match=r"nightly\.mail: .*user with security none would send the password in clear"):
        load_params(file)


def test_a_time_zone_that_does_not_exist_is_refused_where_it_is_used(spoil):
    params = load_params(spoil("params.yaml", "Europe/Berlin", "Europe/Berlyn"))
    with pytest.raises(ParamsError, match=r"^params\.yaml: source\.time_zone: 'Europe/Berlyn' is no time zone\."):
        start_of_day(params.as_of, params.source.time_zone)


def test_a_missing_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(ParamsError, match=r"params\.yaml: cannot be read \(No such file or directory\)"):
        load_params(tmp_path / "params.yaml")


def test_a_file_that_is_no_yaml_is_refused_with_the_line(spoil):
    file = spoil("params.yaml", "seed: 7", "seed: [7")
    with pytest.raises(ParamsError, match=r"params\.yaml: is not valid YAML: .*line \d+") as caught:
        load_params(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("piece", "by", "finding"),
    [
        ("seed: 7", "seed: 7\nseed: 8", r"line (\d+): the key seed is in line (?!\1)\d+ already"),
        (
            "  min_risk: 0.5",
            "  min_risk: 0.5\n  'min_risk': 1",
            r"line \d+: the key min_risk is in line \d+ already",
        ),
        ("  rules: {}", "  rules: {a: 0.1, a: 0.2}", r"line (\d+): the key a is in line \1 already"),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_both_lines(spoil, piece, by, finding):
    file = spoil("params.yaml", piece, by)
    message = rf"^{re.escape(str(file))}: is not valid YAML: {finding}\. Correct that line\.$"
    with pytest.raises(ParamsError, match=message):
        load_params(file)


def test_a_day_that_is_none_is_refused_with_its_line_though_it_has_no_quotes(spoil):
    file = spoil("params.yaml", "as_of: '2026-03-02'", "as_of: 2026-02-30")
    with pytest.raises(ParamsError, match=r"line \d+: 2026-02-30: day .*\. Correct that line\."):
        load_params(file)


def test_what_a_merged_block_says_may_be_said_anew(tmp_path):
    (tmp_path / "some.yaml").write_text("a: &a {x: 1, y: 2}\nb: &b {<<: *a, x: 3}\nc: {d: {<<: [*b, *a], y: 4}}\n")
    assert read_yaml(tmp_path / "some.yaml")["c"] == {"d": {"x": 3, "y": 4}}


def test_a_file_that_is_not_utf_8_is_refused_with_its_name(tmp_path):
    (tmp_path / "params.yaml").write_bytes(b"seed: 7  # z\xe4hlen\n")
    with pytest.raises(ParamsError, match=r"params\.yaml: "):
        load_params(tmp_path / "params.yaml")


@pytest.mark.parametrize("text", ["", "demo", "- demo"])
def test_a_file_without_keys_is_refused(tmp_path, text):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(ParamsError, match=r"params\.yaml: the file: a block of keys is expected"):
        load_params(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  webhook: null", "  webook: https://hooks.example.com/hunter2"),
        ("  webhook: null", "  webhook: [https://hooks.example.com/hunter2]"),
        ("  database: null", "  database: {address: postgresql://shop:hunter2@db/shop"),
        ("  database: null", "  database: postgresql://shop:hunter2@db/shop: x"),
    ],
)
def test_what_is_said_of_a_wrong_address_does_not_repeat_it(root, tmp_path, old, new):
    file = tmp_path / "params.yaml"
    file.write_text((root / "params.yaml").read_text().replace(old, new))
    with pytest.raises(ParamsError, match=r"params\.yaml: (nightly\.|is not valid YAML)") as caught:
        load_params(file)
    assert "hunter2" not in str(caught.value)


NINE = range(1, 9)
BOMBS = {
    "laughs": "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in NINE),
    "merges": "a0: &a0 {k: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in NINE),
    "itself": "a: &a [*a]\n",
    "deep": "[" * 5_000,
    "digits": f"seed: {'9' * 100_000}\n",
    "long": f"seed: {'x' * 100_000}\n",
    "large": " " * 5_000_001,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_file_that_unfolds_without_end_is_refused_in_one_line(tmp_path, bomb):
    file = tmp_path / "params.yaml"
    file.write_text(BOMBS[bomb])
    with pytest.raises(ParamsError, match=r"params\.yaml: ") as caught:
        load_params(file)
    assert len(str(caught.value)) < 1_000
