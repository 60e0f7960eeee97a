"""Signatures that prove to a receiver the origin, content and time of a message."""

import hashlib
import hmac

__all__ = ["sign", "verify_signature"]

_PREFIX = "sha256="


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return ``sha256=`` and the HMAC of ``<timestamp>.<body>`` in hexadecimal.

    >>> sign("a secret of both sides", "1772409600", b"{}")[:23]
    'sha256=a166b061fe467adf'
    """
    message = timestamp.encode() + b"." + body
    return _PREFIX + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def verify_signature(
    secret: str, timestamp: str, signature: str, body: bytes, now: float, tolerance: float = 300.0
) -> bool:
    """Return whether a message is signed with the secret and was sent within the tolerance.

    Parameters
    ----------
    timestamp, signature : headers ``X-Returns-Risk-Timestamp`` and ``X-Returns-Risk-Signature``
    body : as received, before it is parsed
    now : Unix time, seconds
    tolerance : seconds that the timestamp may deviate; an older message may be a replay
    """
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(now - int(timestamp)) > tolerance:
        return False
    return hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode())
