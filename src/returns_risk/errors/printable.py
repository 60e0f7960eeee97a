"""Control and direction characters as visible escapes, so that data cannot change what a terminal or a log shows."""

import io
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

__all__ = ["guard_streams", "printable"]

# Control characters (C0, DEL, C1), those that set the direction of text, line separators and lone surrogates.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_STYLE = re.compile(r"(\x1b\[[0-9;]*m)")


def printable(text: str, layout: str = "\n\t") -> str:
    r"""Write each control and direction character as a visible escape, which JSON reads as that character again.

    Parameters
    ----------
    layout : control characters that stay; empty for a text that is one line

    >>> printable("red\x1b[2J\u202e\tshoes\n"), printable("one\ntwo", layout="")
    ('red\\u001b[2J\\u202e\tshoes\n', 'one\\u000atwo')
    """
    return _UNSAFE.sub(lambda found: found[0] if found[0] in layout else f"\\u{ord(found[0]):04x}", text)


def guard_streams() -> None:
    """Replace stdout and stderr by streams that write ``printable`` text only, also for libraries."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            if stream.encoding.lower() in ("ascii", "us-ascii", "ansi_x3.4-1968", "646"):
                # Typer would write past the guard, to the bytes below.
                stream.reconfigure(encoding="utf-8")
            setattr(sys, name, _Guarded(stream))


class _Guarded:
    """A text stream that passes all text through ``printable``."""

    def __init__(self, stream: TextIO, *, styled: bool = False) -> None:
        self._stream, self._styled = stream, styled

    @property
    def rich_proxied_file(self) -> "_Guarded":
        """The stream that Rich writes to: its styles (SGR sequences) are kept."""
        return _Guarded(self._stream, styled=True)

    def write(self, text: str) -> int:
        # Every other part is a style.
        parts = _STYLE.split(text) if self._styled else [text]
        self._stream.write("".join(part if place % 2 else printable(part) for place, part in enumerate(parts)))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
