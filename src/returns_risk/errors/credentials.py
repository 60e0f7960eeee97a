"""Passwords and tokens in URLs, which no message, log or file may hold."""

import re

__all__ = ["mask_credentials"]

_WORD = re.compile(r"[^\s'\"<>]+")
_OPTION = re.compile(r"(?i)([?&;](?:[a-z_]*(?:password|passwd|pwd|token|secret|signature)|key|sig)=)[^&;]*")


def mask_credentials(text: str) -> str:
    """Replace passwords and tokens in the URLs of a text by ``***``.

    >>> mask_credentials("postgresql://risk:s3cret@db/shop?sslpassword=x: cannot be reached")
    'postgresql://risk:***@db/shop?sslpassword=*** cannot be reached'
    """
    return _WORD.sub(lambda word: _mask_word(word[0]), text) if "://" in text else text


def _mask_word(word: str) -> str:
    scheme, found, rest = word.partition("://")
    if not found:
        return word
    # A password may hold further @, / and :, so that the last @ ends it.
    user, at, place = rest.rpartition("@")
    name, _, _ = user.partition(":")
    # In front of a web address what stands alone is a token as well.
    shown = "***" if scheme.endswith(("http", "https")) else name + (":***" if ":" in user else "")
    return _OPTION.sub(r"\1***", f"{scheme}://{shown if at else ''}{at}{place}")
