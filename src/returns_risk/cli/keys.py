"""The commands `returns-risk key`."""

import typer

__all__ = ["keys"]

keys = typer.Typer(help="Key: what customers' pseudonyms are made with.", no_args_is_help=True)


@keys.command("show")
def show_key() -> None:
    """Say which key is in use, by its id, and where it comes from; the key itself is shown to nobody."""
    import os

    from returns_risk.contract.pseudonyms import KEY_FILE, KEY_VARIABLE, ensure_key, key_id

    place = KEY_VARIABLE if os.environ.get(KEY_VARIABLE, "").strip() else KEY_FILE
    typer.echo(f"key {key_id(ensure_key())}, from {place}")


@keys.command("rotate")
def rotate_key() -> None:
    """Make a new key and keep the former beside it; everything derived is then to be made anew."""
    from returns_risk.contract.pseudonyms import rotate_key as rotate

    former, new, kept = rotate()
    typer.echo(f"key {new} takes the place of {former}, which is kept in {kept}")
    typer.echo("Every customer has another pseudonym now. Run dvc repro --force.")
    typer.echo(f"Exports and ledger rows of before keep the former pseudonyms; remove {kept} to cut the last tie.")
