"""Keyed pseudonyms in place of identifiers of persons."""

import hashlib
import os
import secrets
from pathlib import Path

import pandas as pd

from returns_risk.errors import ParamsError
from returns_risk.files import atomic_file

__all__ = ["KEY_FILE", "KEY_VARIABLE", "ensure_key", "pseudonymise"]

KEY_VARIABLE = "RETURNS_RISK_KEY"
KEY_FILE = Path("data/pseudonym.key")
_KEY_BYTES = 32
_PSEUDONYM_BYTES = 10  # 80 bits: a collision among 100 million persons has odds below 1 in 200 million


def ensure_key(file: Path = KEY_FILE) -> bytes:
    """Return the key of this installation, from ``RETURNS_RISK_KEY`` or ``file``, made once if missing.

    Raises
    ------
    ParamsError
        The key is shorter than 16 characters.
    """
    text = os.environ.get(KEY_VARIABLE, "").strip()
    place = KEY_VARIABLE if text else str(file)
    if not text and not file.exists():
        with atomic_file(file) as aside:
            # Nobody else may read it, not even before it has its name.
            aside.touch(mode=0o600)
            aside.write_text(secrets.token_hex(_KEY_BYTES) + "\n", encoding="utf-8")
    text = text or file.read_text(encoding="utf-8").strip()
    if len(text) < 16:
        raise ParamsError(
            f"{place}: the pseudonym key has {len(text)} characters, at least 16 are needed. "
            "Set a longer one, or remove the file to have one made."
        )
    return hashlib.sha256(text.encode()).digest()


def pseudonymise(identifiers: pd.Series, key: bytes) -> pd.Series:
    """Replace each identifier by its keyed BLAKE2b digest (20 hexadecimal digits); missing stays missing.

    >>> pseudonymise(pd.Series(["anna", None, "anna"]), b"a key of this shop").nunique()
    1
    """
    codes, known = pd.factorize(identifiers)
    digests = [hashlib.blake2b(str(one).encode(), key=key, digest_size=_PSEUDONYM_BYTES).hexdigest() for one in known]
    names = pd.array([*digests, None], dtype="str")
    return pd.Series(names[codes], index=identifiers.index, name=identifiers.name)
