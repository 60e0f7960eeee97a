"""Keyed pseudonyms in place of identifiers of persons."""

import base64
import hashlib
import os
import re
import secrets
from pathlib import Path

import pandas as pd

from returns_risk.errors import ParamsError
from returns_risk.io.files import atomic_file

__all__ = ["KEY_FILE", "KEY_VARIABLE", "ensure_key", "has_key", "key_id", "pseudonymise", "rotate_key"]

KEY_VARIABLE = "RETURNS_RISK_KEY"
KEY_FILE = Path("data/pseudonym.key")
_KEY_BYTES = 32
_LEAST_DIFFERENT = 16
"""Different bytes among 32; random ones have about 30, and fewer than 16 once in 10^16 keys."""
_RAW = re.compile(r"raw:([0-9a-fA-F]{64})")
_MOST = 64
"""Bytes of a BLAKE2b key."""
_PSEUDONYM_BYTES = 10  # 80 bits: a collision among 100 million persons has odds below 1 in 200 million


def ensure_key(file: Path = KEY_FILE) -> bytes:
    """Return the key of this installation, from ``RETURNS_RISK_KEY`` or ``file``, which is created if missing.

    Raises
    ------
    ParamsError
        The key is not 32 random bytes in hexadecimal or base64, or others than its owner may read the file.
    """
    given = os.environ.get(KEY_VARIABLE, "").strip()
    if not given and not file.exists():
        _write_key(file)
    if not given:
        _require_private(file)
    text = given or _read_text(file)
    if not _is_random(text):
        origin, remedy = (
            (KEY_VARIABLE, f"Set {KEY_VARIABLE} to what `openssl rand -hex 32` prints")
            if given
            else (file, "Run returns-risk key rotate")
        )
        raise ParamsError(
            f"{origin}: the pseudonym key ({len(text)} characters) can be guessed; 32 random bytes in hexadecimal or "
            f"base64 are needed. {remedy}, then the chain, and the next night with --new-key: all pseudonyms change."
        )
    return _derive(text)


def has_key(file: Path = KEY_FILE) -> bool:
    """Say whether there is a key already, so that ``ensure_key`` would not make one."""
    return bool(os.environ.get(KEY_VARIABLE, "").strip()) or file.exists()


def key_id(key: bytes) -> str:
    """Return the id of a key, stored beside pseudonyms; it does not reveal the key.

    >>> key_id(b"a key of this shop") == key_id(b"another key of this shop")
    False
    """
    return hashlib.blake2b(b"key id", key=key[:_MOST], digest_size=4).hexdigest()


def rotate_key(file: Path = KEY_FILE) -> tuple[str, str, Path]:
    """Create a new key and keep the previous one beside it.

    From then on every customer has another pseudonym: files made with the previous key have to be made again from the
    sources, and customers in the remaining ones cannot be recognised once the file of the previous key is removed.

    Returns
    -------
    Ids of the previous and the new key, and the file of the previous one.

    Raises
    ------
    ParamsError
        The key comes from ``RETURNS_RISK_KEY``, or there is none yet.
    """
    if os.environ.get(KEY_VARIABLE, "").strip():
        raise ParamsError(
            f"{KEY_VARIABLE}: the key comes from the environment and is changed where that is set. Then run the chain."
        )
    if not file.exists():
        raise ParamsError(f"{file}: there is no key yet; the first run makes one.")
    # The previous key may be one that is no longer accepted.
    previous = key_id(_derive(_read_text(file)))
    backup = file.with_name(f"{file.stem}.{previous}{file.suffix}")
    # A copy first: at every moment there is a key under the name that runs read.
    with atomic_file(backup) as aside:
        aside.touch(mode=0o600)
        aside.write_bytes(file.read_bytes())
    _write_key(file)
    return previous, key_id(ensure_key(file)), backup


def pseudonymise(identifiers: pd.Series, key: bytes) -> pd.Series:
    """Replace each identifier by its keyed BLAKE2b digest (20 hexadecimal digits); missing stays missing.

    >>> pseudonymise(pd.Series(["anna", None, "anna"]), b"a key of this shop").nunique()
    1
    """
    codes, known = pd.factorize(identifiers)
    digests = [hashlib.blake2b(str(name).encode(), key=key, digest_size=_PSEUDONYM_BYTES).hexdigest() for name in known]
    names = pd.array([*digests, None], dtype="str")
    return pd.Series(names[codes], index=identifiers.index, name=identifiers.name)


def _derive(text: str) -> bytes:
    """Return the bytes of a key: the SHA-256 of its text, or after ``raw:`` the bytes that are written there."""
    raw = _RAW.fullmatch(text)
    return bytes.fromhex(raw[1]) if raw else hashlib.sha256(text.encode()).digest()


def _is_random(text: str) -> bool:
    """Say whether a key can be 32 random bytes; a few bytes repeated are not."""
    hexadecimal = _RAW.fullmatch(text) or re.fullmatch(r"([0-9a-fA-F]{64})", text)
    try:
        plain = bytes.fromhex(hexadecimal[1]) if hexadecimal else base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return len(plain) == _KEY_BYTES and len(set(plain)) >= _LEAST_DIFFERENT


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ParamsError(f"{file}: the pseudonym key cannot be read. Restore the file from a backup.") from error


def _require_private(file: Path) -> None:
    mode = file.stat().st_mode & 0o777
    if mode & 0o077:
        raise ParamsError(
            f"{file}: others than its owner may use the pseudonym key (mode {mode:04o}). Run chmod 600 {file}; "
            "if another account may have read it, returns-risk key rotate as well."
        )


def _write_key(file: Path) -> None:
    with atomic_file(file) as aside:
        # No other account may read it, not even before it has its name.
        aside.touch(mode=0o600)
        aside.write_text(secrets.token_hex(_KEY_BYTES) + "\n", encoding="utf-8")
