"""A signature is valid for one secret, message and time only."""

import hashlib
import hmac

import pytest

from returns_risk.delivery import sign, verify_signature

SECRET = "a secret that both sides know"
STAMP, BODY = "1772409600", b'{"order_id":"O1"}'
NOW = 1772409600.0


def test_the_signature_is_the_hmac_of_timestamp_and_body():
    by_hand = hmac.new(SECRET.encode(), b'1772409600.{"order_id":"O1"}', hashlib.sha256).hexdigest()
    assert sign(SECRET, STAMP, BODY) == f"sha256={by_hand}"


def test_a_fresh_signature_is_accepted():
    signature = sign(SECRET, STAMP, BODY)
    for now in (NOW, NOW + 300, NOW - 300):
        assert verify_signature(SECRET, STAMP, signature, BODY, now)


@pytest.mark.parametrize(
    ("secret", "stamp", "body", "now"),
    [
        ("another secret of some length", STAMP, BODY, NOW),
        (SECRET, "1772409601", BODY, NOW),
        (SECRET, STAMP, BODY + b" ", NOW),
        (SECRET, STAMP, BODY, NOW + 301),
        (SECRET, STAMP, BODY, NOW - 301),
        (SECRET, "", BODY, NOW),
        (SECRET, "now", BODY, NOW),
        (SECRET, "-1772409600", BODY, NOW),
    ],
)
def test_another_secret_message_or_time_is_refused(secret, stamp, body, now):
    assert not verify_signature(secret, stamp, sign(SECRET, STAMP, BODY), body, now)


@pytest.mark.parametrize("signature", ["", "sha256=", "sha1=0", "sha256=é"])
def test_a_malformed_signature_is_refused(signature):
    assert not verify_signature(SECRET, STAMP, signature, BODY, NOW)
