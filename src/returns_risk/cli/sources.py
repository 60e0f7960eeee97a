"""The command `returns-risk sources new`."""

import typer

from returns_risk.cli.common import now
from returns_risk.sources.systems import create_source

__all__ = ["new_source"]


def new_source(name: str, system: str) -> None:
    """Copy the template of a system; print its files and the next commands."""
    files = create_source(name, system)
    raw = f"data/raw/{name}"
    settings = {"name": name, "raw": raw, "time_zone": "Europe/Berlin"}
    options = " ".join(f"-S source.{key}={value}" for key, value in settings.items())
    typer.echo(f"sources/{name}: {', '.join(files)}")
    typer.echo(f"Put the export that README.md names into {raw}. Then, with the shop's time zone and tonight's date:")
    typer.echo(f"  returns-risk sources check {name} --raw {raw} --time-zone {settings['time_zone']}")
    typer.echo(f"  dvc exp run {options} -S as_of=\"'{now()[:10]}'\"")
    typer.echo("  returns-risk show")
