"""Control and direction characters as visible escapes, so that data cannot manipulate a terminal or a log."""

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from returns_risk.errors import ExportError

__all__ = ["guard_streams", "printable"]

# Control characters (C0, DEL, C1), those that set the direction of text, line separators and lone surrogates.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_STYLE = re.compile(r"(\x1b\[[0-9;]*m)")


def printable(text: str, layout: str = "\n\t") -> str:
    r"""Replace each control and direction character by its JSON escape.

    Parameters
    ----------
    layout : control characters that stay; empty to get a single line

    >>> printable("red\x1b[2J\u202e\tshoes\n"), printable("one\ntwo", layout="")
    ('red\\u001b[2J\\u202e\tshoes\n', 'one\\u000atwo')
    """
    return _UNSAFE.sub(lambda match: match[0] if match[0] in layout else f"\\u{ord(match[0]):04x}", text)


def guard_streams() -> None:
    """Make stdout and stderr write ``printable`` text only, also from libraries."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            if stream.encoding.lower() in ("ascii", "us-ascii", "ansi_x3.4-1968", "646"):
                # Otherwise Typer bypasses the guard and writes to the underlying buffer.
                stream.reconfigure(encoding="utf-8")
            setattr(sys, name, _Stdout(stream) if name == "stdout" else _Guarded(stream))


class _Guarded:
    """A text stream that writes all text through ``printable``."""

    def __init__(self, stream: TextIO, *, styled: bool = False) -> None:
        self._stream, self._styled = stream, styled

    @property
    def rich_proxied_file(self) -> "_Guarded":
        """The stream for Rich, whose styles (SGR sequences) stay."""
        return type(self)(self._stream, styled=True)

    def write(self, text: str) -> int:
        # Odd parts are styles.
        parts = _STYLE.split(text) if self._styled else [text]
        self._stream.write("".join(part if index % 2 else printable(part) for index, part in enumerate(parts)))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Stdout(_Guarded):
    """Stdout, where a full disk is a user's error."""

    def write(self, text: str) -> int:
        with self._reporting():
            return super().write(text)

    def flush(self) -> None:
        with self._reporting():
            self._stream.flush()

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            # Typer ends quietly where the reader, for example head, has had enough.
            raise
        except OSError as error:
            # What is still in the buffer would fail again when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            raise ExportError(
                f"stdout: cannot be written: {error.strerror}. Free some space, or write it elsewhere."
            ) from error
