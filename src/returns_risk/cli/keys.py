"""The commands `returns-risk key`."""

import typer

__all__ = ["keys"]

keys = typer.Typer(help="Key: the secret from which customers' pseudonyms are derived.", no_args_is_help=True)


@keys.command("show")
def show_key() -> None:
    """Print the id of the key in use and its origin, but never the key itself."""
    import os

    from returns_risk.contract.pseudonyms import KEY_FILE, KEY_VARIABLE, ensure_key, key_id

    origin = KEY_VARIABLE if os.environ.get(KEY_VARIABLE, "").strip() else KEY_FILE
    typer.echo(f"key {key_id(ensure_key())}, from {origin}")


@keys.command("rotate")
def rotate_key() -> None:
    """Create a new key and keep the previous one in another file. All derived data must be rebuilt then."""
    from returns_risk.contract.pseudonyms import rotate_key as rotate

    previous, new, backup = rotate()
    typer.echo(f"key {new} replaces {previous}, which is kept in {backup}")
    typer.echo("Every customer has a new pseudonym now. Run: dvc repro --force.")
    typer.echo(f"Earlier exports and ledger rows have the previous pseudonyms; delete {backup} to make them anonymous.")
