"""What the ledger says of one order, as text."""

from collections.abc import Sequence
from typing import Any

import typer

from returns_risk.errors.printable import printable
from returns_risk.ledger import Entry, Run
from returns_risk.nightly import Explained

__all__ = ["print_explained", "print_order"]


def print_order(runs: Sequence[Run], feedback: Sequence[Entry]) -> None:
    """Print each night's lines of an order, and what operations said of it."""
    for run in runs:
        typer.echo(_head(run))
        for line in run.lines:
            typer.echo(f"  {_line(line)}")
    for entry in feedback:
        told = entry.content
        about = f", line {told['line_id']}" if told.get("line_id") else ""
        comment = f": {told['comment']}" if told.get("comment") else ""
        said = f"{told['disposition'].replace('_', ' ')}{comment}"
        typer.echo(printable(f"feedback of {entry.at}{about}: {said}", layout=""))


def print_explained(order: str, explained: Sequence[Explained]) -> None:
    """Print why each line was decided on as it was, and whether it comes out the same again."""
    typer.echo(f"order {order}")
    told = 0
    for one in explained:
        if one.run.entry.number != told:
            typer.echo(_head(one.run))
        told = one.run.entry.number
        typer.echo(f"  {_line(one.line)}")
        for reason in one.line["reasons"] or []:
            typer.echo(f"    {printable(reason, layout='')}")
        typer.echo(f"    {_worked_out(one)}")


def _head(run: Run) -> str:
    content = run.entry.content
    kind = "backfill of" if content["backfill"] else "night of"
    withdrawal = run.withdrawal
    withdrawn = f"; WITHDRAWN at {withdrawal.at}: {withdrawal.content['reason']}" if withdrawal is not None else ""
    return (
        f"{kind} {run.entry.as_of}: entry {run.entry.number}, model version {content['model']['version']} "
        f"({content['model']['bundle']}), policy {content['policy_sha256'][:12]}{withdrawn}"
    )


def _line(line: dict[str, Any]) -> str:
    scored = f"risk {line['risk']:.1%} ({line['risk_low']:.1%} to {line['risk_high']:.1%}), {line['evidence']} evidence"
    return printable(f"line {line['line_id']}: {scored}; {_decision(line)}", layout="")


def _decision(line: dict[str, Any]) -> str:
    if line["decision"] == "none":
        return f"nothing is done: {line['no_action_reason']}"
    what = line["intervention"].replace("_", " ")
    bounds = f"{line['value_low']:.2f} to {line['value_high']:.2f}"
    return f"{line['decision']}: {what}, saves {line['value']:.2f} ({bounds})"


def _worked_out(one: Explained) -> str:
    each = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in one.worth.items())
    saves = f"what each intervention was expected to save: {each or 'there is none'}"
    if one.value is None:
        return saves
    risk = "the model is gone" if one.risk is None else f"risk {one.risk:.1%}"
    verdict = "as it was decided" if one.agrees else "NOT AS IT WAS DECIDED"
    if one.kept:
        return f"{saves}\n    decided by an earlier run of the night; worked out again: {risk}: {verdict}"
    return f"{saves}\n    worked out again: {risk}, saves {one.value:.2f}: {verdict}"
