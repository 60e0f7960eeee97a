"""Tables of the keys of a configuration file, from its pydantic model and the comments of the file."""

import ast
import inspect
import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel

__all__ = ["document_model", "read_comments"]

Comments = dict[tuple[str, ...], str]
_ABSENT = object()


def document_model(
    model: type[BaseModel], values: dict[str, Any], comments: Comments, table: Callable[..., str]
) -> Iterator[str]:
    """Yield a Markdown section for each block of a model: key, type, value and meaning of each key."""
    yield from _section((), model, values, comments, table)


def read_comments(text: str) -> Comments:
    """Return the comment beside or above each key of a YAML file, by the path of the key."""
    comments: Comments = {}
    path: list[tuple[int, str]] = []
    above: list[str] = []
    for line in text.splitlines():
        if match := re.match(r"(\s*)([\w-]+):(?:.*?\s# ?(.*))?", line):
            indent = len(match[1])
            path = [(depth, key) for depth, key in path if depth < indent] + [(indent, match[2])]
            comments[tuple(key for _, key in path)] = match[3] or " ".join(above)
            above = []
        elif line.strip().startswith("#"):
            above.append(line.strip("# "))
        else:
            above = []
    return comments


def _section(
    path: tuple[str, ...], model: type[BaseModel], values: Any, comments: Comments, table: Callable[..., str]
) -> Iterator[str]:
    docs = _docstrings(model)
    schema = model.model_json_schema(by_alias=True)
    rows, nested = [], []
    for name, field in model.model_fields.items():
        key = field.alias or name
        inner = (*path, key)
        block, repeated = _block_of(field.annotation)
        value = values.get(key, _ABSENT) if isinstance(values, dict) else _ABSENT
        if block:
            below = next(iter(value.values()), {}) if repeated and isinstance(value, dict) else value
            nested.append(((*inner, "NAME") if repeated else inner, block, below))
            if not path:
                continue
        if value is _ABSENT and not field.is_required():
            value = field.get_default(call_default_factory=True)
        meaning = _comment(comments, inner) or docs.get(name, "")
        rows.append([f"`{key}`", _type(schema["properties"][key], schema), _shown(value, block), meaning])
    if rows:
        if path:
            yield f"## {'.'.join(path)}\n\n{(model.__doc__ or '').strip().split(chr(10))[0]}\n"
        yield table(["key", "type", "value", "meaning"], rows)
    for inner, block, below in nested:
        yield from _section(inner, block, below, comments, table)


def _block_of(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """Return the model inside an annotation and whether there is one for each name of a dictionary."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for argument in get_args(annotation):
        block, repeated = _block_of(argument)
        if block:
            return block, repeated or getattr(annotation, "__origin__", None) is dict
    return None, False


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return the text below each attribute of a model in its source."""
    (definition,) = (node for node in ast.parse(inspect.getsource(model)).body if isinstance(node, ast.ClassDef))
    return {
        field.target.id: _plain(text.value.value)
        for field, text in pairwise(definition.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _comment(comments: Comments, path: tuple[str, ...]) -> str:
    """Return the comment of a key; ``NAME`` in its path stands for the first name that has one."""
    pattern = [".*" if part == "NAME" else re.escape(part) for part in path]
    for known, comment in comments.items():
        if comment and len(known) == len(path) and all(map(re.fullmatch, pattern, known)):
            return comment
    return ""


def _shown(value: Any, block: type[BaseModel] | None) -> str:
    if value is _ABSENT or block or len(str(value)) > 60:
        return ""
    return f"`{json.dumps(value, default=list if isinstance(value, tuple) else str)}`".replace('"', "")


def _type(item: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in item:
        return "block"
    if "anyOf" in item or "oneOf" in item:
        return " or ".join(dict.fromkeys(_type(part, schema) for part in item.get("anyOf", item.get("oneOf", []))))
    if "enum" in item:
        return ", ".join(f"`{value}`" for value in item["enum"])
    if "const" in item:
        return f"`{item['const']}`"
    kind = item.get("format") or item.get("type", "any")
    if kind == "array":
        return "list"
    if kind == "object":
        return "name: " + _type(item.get("additionalProperties", {}) or {}, schema)
    kind = {"string": "text", "boolean": "true/false", "null": "null"}.get(kind, kind)
    bounds = [
        f"{sign} {item[name]}"
        for name, sign in {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}.items()
        if name in item
    ]
    return " ".join([kind, *([", ".join(bounds)] if bounds else [])])
