"""Removal of passwords and tokens in URLs from messages and logs."""

import re

__all__ = ["mask_credentials"]

_NON_SPACE = re.compile(r"[^\s'\"<>]+")
_OPTION = re.compile(r"(?i)([?&;](?:[a-z_]*(?:password|passwd|pwd|token|secret|signature)|key|sig)=)[^&;]*")


def mask_credentials(text: str) -> str:
    """Replace passwords and tokens in the URLs of a text by ``***``.

    >>> mask_credentials("postgresql://risk:s3cret@db/shop?sslpassword=x: cannot be reached")
    'postgresql://risk:***@db/shop?sslpassword=*** cannot be reached'
    """
    return _NON_SPACE.sub(lambda match: _mask_url(match[0]), text) if "://" in text else text


def _mask_url(text: str) -> str:
    scheme, separator, after_scheme = text.partition("://")
    if not separator:
        return text
    # The last @ ends the user: a password may contain @, / and :.
    user, at, host = after_scheme.rpartition("@")
    name, _, _ = user.partition(":")
    # In a web address a user without a password is a token.
    shown = "***" if scheme.endswith(("http", "https")) else name + (":***" if ":" in user else "")
    return _OPTION.sub(r"\1***", f"{scheme}://{shown if at else ''}{at}{host}")
