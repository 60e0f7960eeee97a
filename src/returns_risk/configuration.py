"""YAML files that people edit, read into typed blocks: each key once, none unknown, numbers that are numbers."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from returns_risk.errors import ParamsError

__all__ = ["Frozen", "load_yaml", "read_yaml"]

Model = TypeVar("Model", bound=BaseModel)
_MERGE = "tag:yaml.org,2002:merge"


class Frozen(BaseModel):
    """A block of configuration: unknown keys, infinity and NaN are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def load_yaml(path: Path, model: type[Model], *, wrap: str | None = None) -> Model:
    """Read one YAML file into its model, as the value of the key ``wrap`` if one is given.

    Raises
    ------
    ParamsError
        As for ``read_yaml``, or a key is unknown, missing or out of range; the message names file, key, value and
        what is expected.
    """
    content = read_yaml(path)
    try:
        return model.model_validate(content if wrap is None else {wrap: content})
    except ValidationError as error:
        # A key that nobody knows explains the one that is missing.
        first = min(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"] if part != wrap) or "the file"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        # An address is not repeated: all of it may be a secret.
        hidden = first["type"] == "missing" or isinstance(first["input"], dict) or "://" in str(first["input"])
        given = "" if hidden else f", found {first['input']!r}"
        raise ParamsError(f"{path}: {key}: {first['msg']}{given}{more}. Correct it and run again.") from error


def read_yaml(path: Path) -> Any:
    """Read one YAML file.

    Raises
    ------
    ParamsError
        The file is missing or is no YAML, or a key stands twice in one block; the message names file and line.
    """
    try:
        # The loader constructs nothing but plain values.
        return yaml.load(path.read_bytes(), _Loader)  # noqa: S506
    except OSError as error:
        raise ParamsError(f"{path}: cannot be read ({error.strerror}). Restore it from git.") from error
    except yaml.YAMLError as error:
        raise ParamsError(f"{path}: is not valid YAML: {_finding(error)}. Correct that line.") from error


def _finding(error: yaml.YAMLError) -> str:
    """Say what is wrong and where, without the line itself: it may hold a password."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        told = ", ".join(one for one in (error.context, error.problem) if one)
        return f"{told} in line {mark.line + 1}, column {mark.column + 1}"
    return " ".join(str(error).split())


class _Loader(yaml.SafeLoader):
    """YAML in which a key stands once in its block: PyYAML itself lets the last one win."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        # What is merged in (<<) may be given anew: that is what it is for.
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE]
        lines: dict[Any, int] = {}
        for key in keys:
            # Compared as the mapping will have them: 1 and 0x1 are one key.
            name, line = self.construct_object(key), key.start_mark.line + 1
            if name in lines:
                raise yaml.YAMLError(f"line {line}: the key {key.value} stands in line {lines[name]} already")
            lines[name] = line
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        # A day like 2026-02-30.
        except ValueError as error:
            raise yaml.YAMLError(f"line {node.start_mark.line + 1}: {node.value}: {error}") from error
