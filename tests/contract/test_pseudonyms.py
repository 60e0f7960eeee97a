"""Pseudonyms are keyed and the key stays private."""

import base64

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.contract.pseudonyms import KEY_VARIABLE, ensure_key, key_id, pseudonymise, rotate_key
from returns_risk.errors import ParamsError

KEY = b"k" * 32
RANDOM = "2bf1b4fd1c9a4e0d8d6b7f3a5c2e9071f4a8d3b6c5e7089a1b2c3d4e5f607182"


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


def test_a_pseudonym_is_the_keyed_blake2b_digest_of_the_id():
    assert pseudonymise(pd.Series(["anna"]), KEY).tolist() == ["a0f88424489301650511"]


def test_the_same_id_has_the_same_pseudonym_and_missing_stays_missing():
    names = pseudonymise(pd.Series(["anna", None, "ben", "anna"], index=[3, 2, 1, 0], name="customer_id"), KEY)
    assert names.isna().tolist() == [False, True, False, False]
    assert names[3] == names[0]
    assert names[3] != names[1]
    assert names.name == "customer_id"
    assert names.dtype == "str"


def test_another_key_gives_another_pseudonym():
    names = [pseudonymise(pd.Series(["anna"]), key)[0] for key in (KEY, b"o" * 32)]
    assert names[0] != names[1]


def test_no_ids_give_no_pseudonyms():
    assert pseudonymise(pd.Series([], dtype="str"), KEY).tolist() == []


@settings(deadline=None)
@given(st.lists(st.text(min_size=1), unique=True))
def test_different_ids_have_different_pseudonyms_of_20_hexadecimal_digits(ids):
    names = pseudonymise(pd.Series(ids, dtype="object"), KEY)
    assert names.nunique() == len(ids)
    assert names.str.fullmatch("[0-9a-f]{20}").all()


def test_a_key_is_created_once_and_only_its_owner_may_read_it(tmp_path):
    file = tmp_path / "data" / "pseudonym.key"
    key = ensure_key(file)
    assert len(key) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert ensure_key(file) == key


def test_two_installations_have_two_keys(tmp_path):
    assert ensure_key(tmp_path / "one.key") != ensure_key(tmp_path / "other.key")


def test_the_environment_takes_precedence_and_creates_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, RANDOM)
    # SHA-256 of the text of 64 digits.
    assert (
        ensure_key(tmp_path / "pseudonym.key").hex()
        == "116974f32468e6692b636df6a4d534586f117dc6f8e7f2177e25c796caef5cbd"
    )
    assert list(tmp_path.iterdir()) == []


def test_raw_bytes_are_used_unchanged(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, f"raw:{RANDOM}")
    assert ensure_key(tmp_path / "pseudonym.key").hex() == RANDOM


def test_a_key_in_base64_is_accepted(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, base64.b64encode(bytes.fromhex(RANDOM)).decode())
    assert len(ensure_key(tmp_path / "pseudonym.key")) == 32


def test_an_empty_variable_counts_as_none(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, " ")
    ensure_key(tmp_path / "pseudonym.key")
    assert (tmp_path / "pseudonym.key").exists()


@pytest.mark.parametrize(
    "weak",
    [
        "fifteen-letters",
        "a" * 16,
        "a" * 64,
        "0123456789abcdef" * 4,
        "raw:" + "a" * 64,
        "the-demo-shop-is-made-up",
        "ü" * 40,
    ],
)
def test_a_weak_key_is_refused_without_repeating_it(tmp_path, monkeypatch, weak):
    monkeypatch.setenv(KEY_VARIABLE, weak)
    with pytest.raises(
        ParamsError,
        match=rf"^RETURNS_RISK_KEY: the pseudonym key \({len(weak)} characters\) can be guessed.*rand -hex 32",
    ) as caught:
        ensure_key(tmp_path / "pseudonym.key")
    assert weak not in str(caught.value)


def test_a_weak_key_in_the_file_is_refused_until_it_is_rotated(tmp_path):
    file = tmp_path / "pseudonym.key"
    file.touch(mode=0o600)
    file.write_text("aaaaaaaaaaaaaaaa\n")
    with pytest.raises(ParamsError, match=r"pseudonym\.key: .* can be guessed.*Run returns-risk key rotate"):
        ensure_key(file)
    previous, new, backup = rotate_key(file)
    assert key_id(ensure_key(file)) == new != previous
    assert backup.read_text() == "aaaaaaaaaaaaaaaa\n"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_open_to_others_is_refused(tmp_path, mode):
    file = tmp_path / "pseudonym.key"
    ensure_key(file)
    file.chmod(mode)
    with pytest.raises(ParamsError, match=rf"mode 0{mode:o}\)\. Run chmod 600 .*pseudonym\.key"):
        ensure_key(file)
    file.chmod(0o600)
    ensure_key(file)


def test_a_binary_key_file_is_refused(tmp_path):
    file = tmp_path / "pseudonym.key"
    file.touch(mode=0o600)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ParamsError, match="cannot be read"):
        ensure_key(file)


def test_a_rotated_key_gives_other_pseudonyms_and_the_previous_key_stays(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    file = tmp_path / "pseudonym.key"
    with pytest.raises(ParamsError, match="there is no key yet"):
        rotate_key(file)
    previous = ensure_key(file)
    rotated = rotate_key(file)
    assert rotated == (key_id(previous), key_id(ensure_key(file)), tmp_path / f"pseudonym.{key_id(previous)}.key")
    assert ensure_key(file) != previous
    assert ensure_key(rotated[2]) == previous
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    monkeypatch.setenv(KEY_VARIABLE, "a key of the environment")
    with pytest.raises(ParamsError, match="changed where that is set"):
        rotate_key(file)
