"""The ledger's decisions and feedback about an order, as text."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import typer

from returns_risk.errors.printable import printable
from returns_risk.ledger import Entry, Run
from returns_risk.nightly import ExplainedLine

__all__ = ["name_rows", "print_explained", "print_order"]


def print_order(runs: Sequence[Run], feedback: Sequence[Entry]) -> None:
    """Print the lines of an order, night by night, and the feedback of operations."""
    for run in runs:
        typer.echo(_describe_run(run))
        for line in run.lines:
            typer.echo(f"  {_describe_line(line)}")
    for entry in feedback:
        content = entry.content
        of_line = f", line {content['line_id']}" if content.get("line_id") else ""
        owner = f" by {content['owner']}" if content.get("owner") else ""
        comment = f": {content['comment']}" if content.get("comment") else ""
        disposition = content["disposition"].replace("_", " ")
        at = content.get("at", entry.at)
        typer.echo(printable(f"feedback of {at}{of_line}: {disposition}{owner}{comment}", layout=""))


def name_rows(numbers: Sequence[int]) -> str:
    """Return the numbers of rows, those that follow each other as a range.

    >>> name_rows([2, 3, 4, 7]), name_rows([9])
    ('rows 2 to 4, 7', 'row 9')
    """
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1].append(number)
        else:
            ranges.append([number])
    parts = [str(part[0]) if len(part) == 1 else f"{part[0]} to {part[-1]}" for part in ranges]
    return f"{'row' if len(numbers) == 1 else 'rows'} {', '.join(parts)}"


def print_explained(order: str, lines: Sequence[ExplainedLine]) -> None:
    """Print the decision about each line with its reasons, and whether recomputing it gives the same."""
    typer.echo(f"order {order}")
    for _, of_run in groupby(lines, key=lambda explained: explained.run.entry.number):
        for position, explained in enumerate(of_run):
            if position == 0:
                typer.echo(_describe_run(explained.run))
            typer.echo(f"  {_describe_line(explained.line)}")
            for reason, numbers in _reasons(explained.line):
                typer.echo(f"    {printable(reason, layout='')}{_describe_numbers(numbers)}")
            typer.echo(f"    {_describe_recomputed(explained)}")


def _reasons(line: dict[str, Any]) -> list[tuple[str, dict[str, float]]]:
    """Return the reasons of a line with what each rests on; runs of earlier releases recorded no numbers."""
    reasons = line["reasons"] or []
    return list(zip(reasons, line.get("reason_numbers") or [{}] * len(reasons), strict=True))


def _describe_numbers(numbers: dict[str, float]) -> str:
    listed = ", ".join(f"{printable(name, layout='')} {value:.4g}" for name, value in numbers.items())
    return f" [{listed}]" if listed else ""


def _describe_run(run: Run) -> str:
    content, withdrawal = run.entry.content, run.withdrawal
    kind = "backfill of" if content["backfill"] else "night of"
    withdrawn = f"; WITHDRAWN at {withdrawal.at}: {withdrawal.content['reason']}" if withdrawal is not None else ""
    return (
        f"{kind} {run.entry.as_of}: entry {run.entry.number}, model version {content['model']['version']} "
        f"({content['model']['bundle']}), policy {content['policy_sha256'][:12]}{withdrawn}"
    )


def _describe_line(line: dict[str, Any]) -> str:
    risk = f"risk {line['risk']:.1%} ({line['risk_low']:.1%} to {line['risk_high']:.1%}), {line['evidence']} evidence"
    return printable(f"line {line['line_id']}: {risk}; {_describe_decision(line)}", layout="")


def _describe_decision(line: dict[str, Any]) -> str:
    if line["decision"] == "none":
        return f"no action: {line['no_action_reason']}"
    intervention = line["intervention"].replace("_", " ")
    bounds = f"{line['value_low']:.2f} to {line['value_high']:.2f}"
    return f"{line['decision']}: {intervention}, expected saving {line['value']:.2f} ({bounds})"


def _describe_recomputed(explained: ExplainedLine) -> str:
    values = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in explained.values.items())
    savings = f"expected saving of each intervention: {values or 'none applies'}"
    if explained.value is None:
        return savings
    risk = "the model is no longer available" if explained.risk is None else f"risk {explained.risk:.1%}"
    verdict = "as decided" if explained.agrees else "NOT AS DECIDED"
    if explained.locked:
        return f"{savings}\n    decided by an earlier run of the night; recomputed: {risk}: {verdict}"
    return f"{savings}\n    recomputed: {risk}, expected saving {explained.value:.2f}: {verdict}"
