"""The calls that read files in the text of SQL statements."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

__all__ = ["Call", "quote", "quoted_texts", "replace_calls", "warn_of_lost_offsets", "writes_files"]

_logger = logging.getLogger(__name__)
_READER = re.compile(
    r"read_(csv|csv_auto|xlsx|parquet|json\w*|ndjson\w*|text|blob)|parquet_(scan|\w*metadata|schema)|sniff_csv|glob",
    re.IGNORECASE,
)
_LOCAL_CAST = re.compile(
    r"\w+ :: TIMESTAMP AT TIME ZONE|(?:TRY_)?CAST \( (?:\w+ \. )?\w+ AS TIMESTAMP \) AT TIME ZONE", re.IGNORECASE
)
_QUOTES = ("'", "$$")
_WRITING = re.compile(
    r"((EXPLAIN|PREPARE) .*)?(COPY .*\bTO\b|EXPORT DATABASE)|.*\b(ENABLE_LOGGING|LOG_QUERY_PATH|PERSISTENT SECRET)\b",
    re.IGNORECASE | re.DOTALL,
)
_WITH_FROM = ("extract", "overlay", "substring", "trim")
_QUOTED = re.compile(r"""[eE]?'(.*)'|"(.*)"|(\$\w*\$)(.*)\3""", re.DOTALL)
_Token = tuple[str, int, int, duckdb.token_type]


@dataclass(frozen=True)
class Call:
    """A call of a function that reads files, or a file name behind FROM, JOIN or ATTACH."""

    function: str
    """In lower case; for a bare name the keyword before it."""
    names: list[str]
    """Files or patterns as written."""
    options: dict[str, str] = field(default_factory=dict)
    """SQL of each named argument."""
    is_bare: bool = False


def quote(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted_texts(text: str) -> list[str]:
    """Return what stands in quotes of any kind in SQL statements, names included.

    >>> quoted_texts("FROM $$a.csv$$, E'b.csv' -- the shop's 'c.csv'")
    ['a.csv', 'b.csv']
    """
    matches = [_QUOTED.fullmatch(symbol) for symbol, _, _, kind in _tokens(text) if kind != duckdb.token_type.comment]
    return [(match[1] or match[2] or match[4] or "").replace("''", "'") for match in matches if match]


def replace_calls(text: str, render: Callable[[Call], str]) -> str:
    """Replace each call that names its files by what ``render`` makes of it; a bare name by its replacement."""
    result, end = b"", 0
    content, tokens = text.encode(), _tokens(text)
    symbols = [token[0] for token in tokens]
    for position, (symbol, start, _, kind) in enumerate(tokens):
        if start < end or kind == duckdb.token_type.comment:
            continue
        call, first, last = None, start, start
        if _READER.fullmatch(symbol.strip('"')) and symbols[position + 1 : position + 2] == ["("]:
            call, last = _call(content, tokens, position)
        elif (
            symbol.upper() in ("FROM", "JOIN", "ATTACH") and tokens[position + 1 :] and not _in_value(symbols, position)
        ):
            call, first, last = _bare(tokens, position)
        if call:
            result += content[end:first] + render(call).encode()
            end = last
    return (result + content[end:]).decode()


def warn_of_lost_offsets(file: Path, text: str) -> None:
    """Warn of local times that a cast makes of texts: an offset in a text is lost silently."""
    code = "".join(symbol + " " for symbol, _, _, kind in _tokens(text) if kind != duckdb.token_type.comment)
    for cast in sorted(set(_LOCAL_CAST.findall(code))):
        _logger.warning(
            "%s: %s drops the offset of a text that has one, and a text that is no time ends the run. "
            "Write local_time(..., 'Europe/Berlin') with the zone instead.",
            file,
            cast.replace(" :: ", "::"),
        )


def writes_files(statement: str) -> bool:
    """Whether a statement writes files: COPY ... TO, also explained or prepared, EXPORT, logs, persistent secrets."""
    kinds = (duckdb.token_type.comment, duckdb.token_type.string_const)
    symbols = [symbol.strip('"') for symbol, _, _, kind in _tokens(statement) if kind not in kinds]
    return bool(_WRITING.match(" ".join(symbols)))


def _tokens(text: str) -> list[_Token]:
    """Return text, first and last byte, and kind of each token."""
    content = text.encode()
    starts = duckdb.tokenize(text)
    ends = [start for start, _ in starts[1:]] + [len(content)] * bool(starts)
    symbols = [(content[start:end].decode(), start, kind) for (start, kind), end in zip(starts, ends, strict=True)]
    return [(symbol.strip(), start, start + len(symbol.rstrip().encode()), kind) for symbol, start, kind in symbols]


def _call(content: bytes, tokens: list[_Token], position: int) -> tuple[Call | None, int]:
    arguments, close = _arguments(tokens, position + 2)
    names = [token for token in arguments[0] if token[0] not in ("[", "]", ",")] if arguments else []
    if not names or any(not token[0].startswith(_QUOTES) for token in names):
        return None, 0
    options = {}
    for name, sign, *value in (argument for argument in arguments[1:] if len(argument) > 2):
        if sign[0] in ("=", ":=", "=>"):
            options[name[0].lower()] = content[value[0][1] : value[-1][2]].decode()
    call = Call(tokens[position][0].strip('"').lower(), [_text(token) for token in names], options)
    return call, tokens[close][2]


def _arguments(tokens: list[_Token], position: int) -> tuple[list[list[_Token]], int]:
    """Return the tokens of each argument from here on, and where the closing parenthesis is."""
    arguments: list[list[_Token]] = [[]]
    depth = 0
    for index in range(position, len(tokens)):
        symbol = tokens[index][0]
        depth += symbol in ("(", "[", "{")
        depth -= symbol in (")", "]", "}")
        if depth < 0:
            return arguments, index
        if symbol == "," and depth == 0:
            arguments.append([])
        else:
            arguments[-1].append(tokens[index])
    return [], position


def _in_value(symbols: list[str], position: int) -> bool:
    """Whether a FROM belongs to IS DISTINCT FROM or to the arguments of a function: trim('x' FROM 'lines.csv')."""
    if symbols[max(position - 1, 0)].upper() == "DISTINCT":
        return True
    depth = 0
    for index in range(position - 1, 0, -1):
        depth += (symbols[index] == ")") - (symbols[index] == "(")
        if depth < 0:
            return symbols[index - 1].lower() in _WITH_FROM
    return False


def _bare(tokens: list[_Token], position: int) -> tuple[Call | None, int, int]:
    symbol = tokens[position][0].upper()
    following = position + 1
    while symbol == "ATTACH" and tokens[following][0].upper() in ("DATABASE", "IF", "NOT", "EXISTS", "OR", "REPLACE"):
        following += 1
    name = tokens[following]
    if not name[0].startswith(_QUOTES):
        return None, 0, 0
    return Call(symbol.lower(), [_text(name)], is_bare=True), name[1], name[2]


def _text(token: _Token) -> str:
    text = token[0]
    return text[2:-2] if text.startswith("$$") else text[1:-1].replace("''", "'")
