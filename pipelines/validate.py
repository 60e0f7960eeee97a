"""Raw files -> contract tables, quarantine and report."""

from pathlib import Path

from returns_risk.days import start_of_day
from returns_risk.entry import run_stage
from returns_risk.expectations import raise_for_broken, validate
from returns_risk.params import Params
from returns_risk.pseudonyms import ensure_key
from returns_risk.sources import read_source
from returns_risk.stores import write_tables
from returns_risk.volumes import read_volumes, write_volumes

VALIDATED = Path("data/validated")
QUARANTINE = Path("data/quarantine")
DOCS = Path("data/data_docs")


def main(params: Params) -> None:
    """Turn away what breaks a rule, and stop the chain where too much does."""
    volumes = Path(f"data/state/volumes-{params.source.name}.json")
    source = read_source(params.source, ensure_key())
    validation = validate(
        source.tables,
        source.rejected,
        as_of=start_of_day(params.as_of, params.source.time_zone),
        params=params.validate_,
        previous=read_volumes(volumes, params.as_of),
        docs=DOCS,
    )
    write_tables(QUARANTINE, validation.quarantine)
    raise_for_broken(validation)
    write_tables(VALIDATED, validation.tables)
    write_volumes(volumes, params.as_of, validation.tables)


if __name__ == "__main__":
    run_stage(main)
