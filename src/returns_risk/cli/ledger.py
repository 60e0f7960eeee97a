"""The commands `returns-risk ledger`, `explain` and `feedback`."""

from pathlib import Path
from typing import Annotated

import typer

from returns_risk.cli.common import ParamsFile, load_source, now
from returns_risk.errors.printable import printable

__all__ = ["explain", "feedback", "ledgers"]

ledgers = typer.Typer(help="Ledger: runs, decisions, exports and feedback.", no_args_is_help=True)
feedback = typer.Typer(help="Feedback of operations on flagged orders.", no_args_is_help=True)

Order = Annotated[str, typer.Argument(help="Id of an order.")]


@ledgers.command("verify")
def verify(
    params: ParamsFile = Path("params.yaml"),
    accept: Annotated[
        bool, typer.Option("--accept", help="Accept this ledger in a new folder, or after a restore.")
    ] = False,
) -> None:
    """Verify the ledger's hash chain from its beginning; print the number of rows and the hash of the last entry."""
    from returns_risk.monitoring import require_nights

    _, ledger, source = load_source(params)
    verified = ledger.verify()
    if accept:
        ledger.accept_head(source)
    ledger.require_head(source)
    require_nights(ledger, source)
    typer.echo(f"{verified.entries:,} entries and {verified.lines:,} lines, all unchanged; last hash: {verified.head}")


@ledgers.command("show")
def show_order(order: Order, params: ParamsFile = Path("params.yaml")) -> None:
    """Print the decisions about an order, night by night, and its feedback."""
    from returns_risk.cli.ledger_tables import print_order
    from returns_risk.nightly import find_order

    _, ledger, source = load_source(params)
    print_order(*find_order(ledger, source, order))


def explain(order: Order, params: ParamsFile = Path("params.yaml")) -> None:
    """Explain the decisions about an order, and recompute them from the ledger."""
    from returns_risk.cli.ledger_tables import print_explained
    from returns_risk.nightly import explain_order

    _, ledger, source = load_source(params)
    print_explained(order, explain_order(ledger, source, order))


@feedback.command("import")
def import_feedback(
    file: Annotated[Path, typer.Argument(help="The page's file (JSON), the workbook (XLSX), or a CSV.")],
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Import the dispositions of orders, row by row: exit code 0 if all are in the ledger, 20 if some were rejected."""
    from returns_risk.cli.ledger_tables import name_rows
    from returns_risk.errors import FeedbackError
    from returns_risk.nightly import read_feedback, store_feedback

    _, ledger, source = load_source(params)
    rows, invalid = read_feedback(file, source, {run.as_of for run in ledger.entries("run", source)})
    result = store_feedback(ledger, source, rows, now())
    rejected, accepted = [*invalid, *result.errors], len(result.stored) + len(result.unchanged)
    # Printable, since Typer drops escape sequences on a terminal without colours, and they must be seen.
    counts = f"{len(result.stored)} stored, {len(result.unchanged)} unchanged, {len(rejected)} rejected"
    if not accepted and not rejected:
        counts += ": no row has a disposition"
    typer.echo(f"{printable(str(file))}: {counts}")
    for outcome, numbers in (("stored", result.stored), ("unchanged", result.unchanged)):
        if numbers:
            typer.echo(f"  {outcome}: {name_rows(numbers)}")
    if result.shortened:
        typer.echo(f"  owners are stored as initials, and were shortened: {name_rows(result.shortened)}")
    for message in (*rejected, *result.warnings):
        typer.echo(printable(f"  {message}", layout=""), err=True)
    if rejected:
        raise FeedbackError(
            f"{file}: {len(rejected)} of {len(rejected) + accepted} rows were rejected, {accepted} are in the ledger. "
            "Correct the rows named above and import the file again; what is stored counts once."
        )
