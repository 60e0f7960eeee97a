"""Markdown of a Typer command line: each command with its arguments and options."""

from collections.abc import Callable, Iterator
from typing import Any

import typer
import typer.main

__all__ = ["document_commands"]


def document_commands(program: str, app: typer.Typer, table: Callable[..., str]) -> Iterator[str]:
    """Yield a section for each command that does something."""
    yield from _describe(program, typer.main.get_command(app), table, level=2)


def _describe(path: str, command: Any, table: Callable[..., str], level: int) -> Iterator[str]:
    commands = getattr(command, "commands", {})
    yield f"{'#' * level} {path}\n\n{_text(command.help)}\n"
    if not commands or command.invoke_without_command:
        arguments = [p for p in command.params if type(p).__name__ == "TyperArgument"]
        usage = " ".join(p.name.upper() if p.required else f"[{p.name.upper()}]" for p in arguments)
        yield f"```\n{path} {usage}{' ' if usage else ''}[OPTIONS]\n```\n"
        rows = [[_name(p), _default(p), _text(p.help)] for p in command.params if p.name != "help" and not p.hidden]
        if rows:
            yield table(["argument or option", "default", "meaning"], rows)
    for name, below in sorted(commands.items()):
        yield from _describe(f"{path} {name}", below, table, min(level + 1, 4))


def _text(text: str | None) -> str:
    return " ".join((text or "").split("\f")[0].split()).replace("<", "&lt;")


def _name(parameter: Any) -> str:
    if type(parameter).__name__ == "TyperArgument":
        return f"`{parameter.name.upper()}`"
    return ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if isinstance(parameter.show_default, str):
        return f"`{parameter.show_default}`"
    default = parameter.default() if callable(parameter.default) else parameter.default
    return "" if default is None or default is False or default == [] else f"`{default}`"
