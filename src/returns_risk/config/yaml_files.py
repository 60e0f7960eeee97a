"""YAML files as typed blocks: duplicate and unknown keys, infinity and NaN are refused."""

import math
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from returns_risk.errors import ParamsError
from returns_risk.errors.findings import finding_of

__all__ = ["Frozen", "load_yaml", "read_yaml", "validate_content"]

Model = TypeVar("Model", bound=BaseModel)
_LONGEST = 200  # letters of a value that a message repeats
_MOST_BYTES = 5_000_000
_MOST_UNFOLDED = 1_000_000
"""Nodes of a file, each alias (``*name``) counted with all that it repeats."""
_MERGE = "tag:yaml.org,2002:merge"
_NO_NUMBER = "a number is expected; YAML reads yes and on as true, and no and off as false"


class Frozen(BaseModel):
    """A block of configuration: unknown keys, infinity, NaN and yes for a number are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    # Not a validator of the fields: Pydantic allows none for the key that tells kinds of blocks apart.
    @model_validator(mode="before")
    @classmethod
    def _refuse_booleans_for_numbers(cls, content: Any) -> Any:
        """Pydantic would read true as 1 and false as 0."""
        if not isinstance(content, dict):
            return content
        errors: list[Any] = [
            {"type": "value_error", "loc": (key,), "input": content[key], "ctx": {"error": ValueError(_NO_NUMBER)}}
            for name, field in cls.model_fields.items()
            for key in dict.fromkeys((field.alias or name, name))
            if key in content and _is_boolean_for_number(content[key], field.annotation)
        ]
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return content


def load_yaml(path: Path, model: type[Model], *, wrap: str | None = None) -> Model:
    """Read one YAML file into its model, as the value of the key ``wrap`` if one is given.

    Raises
    ------
    ParamsError
        As for ``read_yaml``, or a key is unknown, missing or out of range; the message names file, key, value and
        what is expected.
    """
    return validate_content(path, read_yaml(path), model, wrap=wrap)


def validate_content(path: Path, content: Any, model: type[Model], *, wrap: str | None = None) -> Model:
    """Put the content of a YAML file into its model; parameters and errors as of ``load_yaml``."""
    try:
        return model.model_validate(content if wrap is None else {wrap: content})
    except ValidationError as error:
        # An unknown key, e.g. a misspelt one, explains a missing key.
        first = min(error.errors(include_url=False), key=lambda detail: detail["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"] if part != wrap) or "the file"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        # An address is not repeated: all of it may be a secret.
        hidden = first["type"] == "missing" or isinstance(first["input"], dict) or "://" in str(first["input"])
        given = "" if hidden else f", found {repr(first['input'])[:_LONGEST]}"
        raise ParamsError(f"{path}: {key}: {finding_of(first)}{given}{more}. Correct it and run again.") from error


def read_yaml(path: Path) -> Any:
    """Read one YAML file.

    Raises
    ------
    ParamsError
        The file is missing, too large or no YAML, or a key is twice in one block; the message names file and line.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ParamsError(f"{path}: is larger than {_MOST_BYTES // 1_000_000} MB. Is it the right file?")
        # The loader constructs nothing but plain values.
        return yaml.load(content, _Loader)  # noqa: S506
    except RecursionError as error:
        raise ParamsError(f"{path}: its blocks are nested too deeply. Correct it and run again.") from error
    except OSError as error:
        raise ParamsError(f"{path}: cannot be read ({error.strerror}). Restore it from git.") from error
    except yaml.YAMLError as error:
        raise ParamsError(f"{path}: is not valid YAML: {_finding(error)}. Correct that line.") from error


def _finding(error: yaml.YAMLError) -> str:
    """Describe the error and its position, without the line itself: it may hold a password."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        problem = ", ".join(text for text in (error.context, error.problem) if text)
        return f"{problem} in line {mark.line + 1}, column {mark.column + 1}"
    return " ".join(str(error).split())


def _types_of(annotation: Any) -> set[Any]:
    """Return the types that an annotation is made of: float and None of ``dict[str, float] | None``, and str."""
    if get_origin(annotation) is Annotated:
        return _types_of(get_args(annotation)[0])
    parts = get_args(annotation)
    return {annotation} if not parts else {name for part in parts for name in _types_of(part)}


def _is_boolean_for_number(value: Any, annotation: Any) -> bool:
    """Say whether a value is or holds a boolean where only numbers are expected."""
    if not _has_boolean(value):
        return False
    types = _types_of(annotation)
    if types.isdisjoint((int, float)) or not types.isdisjoint((bool, Any, object)):
        return False
    # A block within checks its own keys.
    has_blocks = any(isinstance(name, type) and issubclass(name, BaseModel) for name in types)
    return isinstance(value, bool) or not has_blocks


def _has_boolean(value: Any) -> bool:
    if isinstance(value, dict | list | tuple):
        return any(map(_has_boolean, value.values() if isinstance(value, dict) else value))
    return isinstance(value, bool)


class _Loader(yaml.SafeLoader):
    """YAML without duplicate keys (PyYAML lets the last win), few aliases, and numbers that are what they look like."""

    def construct_number(self, node: yaml.ScalarNode) -> Any:
        """Construct a number; YAML 1.1 reads 030 as octal (24), and 1:30 to the base of 60 (90)."""
        line, text = node.start_mark.line + 1, node.value.lstrip("+-").replace("_", "")
        if ":" in text:
            raise yaml.YAMLError(
                f"line {line}: YAML reads {node.value} to the base of 60; write a time in quotes, or a number"
            )
        is_integer = node.tag == "tag:yaml.org,2002:int"
        if is_integer and text[0] == "0" and text[1:2].isdecimal():
            raise yaml.YAMLError(
                f"line {line}: YAML reads {node.value} to the base of 8; write it without zeros in front, or in quotes"
            )
        return self.construct_yaml_int(node) if is_integer else self.construct_yaml_float(node)

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None:
            _require_few_nodes(node)
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        # Keys that are merged in (<<) may be overridden.
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE]
        lines: dict[Any, int] = {}
        for key in keys:
            # Compared after conversion: 1 and 0x1 are the same key.
            name, line = self.construct_object(key), key.start_mark.line + 1
            if name in lines:
                raise yaml.YAMLError(f"line {line}: the key {key.value} is in line {lines[name]} already")
            lines[name] = line
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        # A day like 2026-02-30.
        except ValueError as error:
            raise yaml.YAMLError(f"line {node.start_mark.line + 1}: {node.value[:_LONGEST]}: {error}") from error


for _name in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_name}", _Loader.construct_number)


def _require_few_nodes(root: yaml.Node) -> None:
    """Refuse a file that is small only because aliases repeat aliases, or one in which a block holds itself."""
    sizes: dict[int, float] = {}

    def unfold(node: yaml.Node) -> float:
        if id(node) not in sizes:
            sizes[id(node)] = math.inf
            children = node.value if isinstance(node, yaml.CollectionNode) else []
            parts = [part for child in children for part in (child if isinstance(child, tuple) else (child,))]
            sizes[id(node)] = 1 + sum(map(unfold, parts))
        return sizes[id(node)]

    if unfold(root) > _MOST_UNFOLDED:
        raise yaml.YAMLError(f"aliases (*name) unfold to more than {_MOST_UNFOLDED:,} values")
