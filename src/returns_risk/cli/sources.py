"""The command `returns-risk sources new`."""

from pathlib import Path

import typer

from returns_risk.cli.common import now
from returns_risk.errors import SourceError
from returns_risk.sources.systems import create_source

__all__ = ["new_source"]


def new_source(name: str, system: str) -> None:
    """Copy the template of a system; print its files and the next commands.

    Raises
    ------
    SourceError
        The working directory is no checkout, or as for ``create_source``.
    """
    if not Path("params.yaml").is_file():
        raise SourceError("sources new: there is no params.yaml here. Run the command in the folder of the checkout.")
    files = create_source(name, system)
    raw = f"data/raw/{name}"
    settings = {"name": name, "raw": raw, "time_zone": "Europe/Berlin"}
    options = " ".join(f"-S source.{key}={value}" for key, value in settings.items())
    typer.echo(f"sources/{name}: {', '.join(files)}")
    typer.echo(f"Put the export that README.md names into {raw}. Then, with the shop's time zone and tonight's date:")
    typer.echo(f"  returns-risk sources check {name} --raw {raw} --time-zone {settings['time_zone']}")
    typer.echo(f"  dvc exp run {options} -S as_of=\"'{now()[:10]}'\"")
    typer.echo("  returns-risk show")
