"""`returns-risk sources check`: reads a source, examines it, prints the findings, and ends as the chain would."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from returns_risk.cli.source_tables import print_findings
from returns_risk.config.params import Params, SourceParams, load_params
from returns_risk.config.policy import load_policy
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.doctor import examine, first_as_of, render_page
from returns_risk.errors import ParamsError
from returns_risk.io.files import write_text
from returns_risk.sources import Source, read_source
from returns_risk.validation.row_counts import read_extract

__all__ = ["check_source"]


def check_source(
    name: str | None, raw: Path | None, time_zone: str | None, as_of: date | None, html: Path | None, gx: Path | None
) -> None:
    """Examine a source, print the findings, and write them to the page ``html``, and GX's results to ``gx``.

    Raises
    ------
    ReturnsRiskError
        The error that would end the chain, after the findings are printed; a source that cannot be read at once.
    """
    if html is not None and html.suffix.lower() != ".html":
        # Not to replace an export by the page.
        raise ParamsError(f"--html: {str(html)!r} does not end in .html. Name a file of the page, e.g. check.html.")
    params, policy = load_params(), load_policy()
    described = _describe(params, name, raw, time_zone)
    with _quiet():
        read_at = pd.Timestamp(datetime.now(UTC))
        source = read_source(described, ensure_key(), at=read_at)
        day, origin = _choose_as_of(params, described, as_of, source, read_at)
        findings = examine(
            source,
            params.model_copy(update={"source": described, "as_of": day}),
            policy,
            read_at=read_at,
            previous=read_extract(Path(f"data/state/volumes-{described.name}.json"), day),
            as_of_origin=origin,
            gx_results=gx,
        )
    print_findings(findings)
    if html is not None:
        write_text(html, render_page(findings))
    if findings.error is not None:
        raise findings.error


def _describe(params: Params, name: str | None, raw: Path | None, time_zone: str | None) -> SourceParams:
    if name is None or name == params.source.name:
        given = {"raw": raw, "time_zone": time_zone}
        return params.source.model_copy(update={key: value for key, value in given.items() if value is not None})
    if raw is None:
        raise ParamsError(
            f"sources check: params.yaml describes the source {params.source.name} and not {name}. Add --raw with the "
            "folder of its raw files, and --time-zone."
        )
    try:
        return SourceParams(name=name, raw=raw, time_zone=time_zone or "UTC")
    except ValidationError as error:
        raise ParamsError(
            f"sources check: {name!r} is no name of a source: it has small letters, digits, - and _. Rename the folder."
        ) from error


def _choose_as_of(
    params: Params, described: SourceParams, as_of: date | None, source: Source, read_at: pd.Timestamp
) -> tuple[date, str]:
    """Return the as-of and where it comes from."""
    if as_of is not None:
        return as_of, "that of --as-of"
    if described.name == params.source.name:
        return params.as_of, "that of params.yaml"
    return first_as_of(source, read_at, described.time_zone), "the day after the latest order"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log of what the findings say, too, off the terminal."""
    quieter = {"sources": logging.WARNING, "validation": logging.ERROR, "snapshot": logging.ERROR}
    loggers = {logging.getLogger(f"returns_risk.{package}"): level for package, level in quieter.items()}
    before = {logger: logger.level for logger in loggers}
    try:
        for logger, level in loggers.items():
            logger.setLevel(level)
        yield
    finally:
        for logger, level in before.items():
            logger.setLevel(level)
