"""Raw files -> contract tables, quarantine and report."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.config.policy import load_policy
from returns_risk.contract.days import start_of_day
from returns_risk.contract.parquet import write_tables
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.sources import read_source
from returns_risk.stage import run_stage
from returns_risk.validation import apply_opt_outs, raise_for_broken, validate
from returns_risk.validation.row_counts import read_volumes, write_volumes

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
        # Only says what is impossible: nothing that is not known at the as-of reaches a feature.
        read_at=pd.Timestamp(datetime.now(UTC)),
        params=params.validate_,
        previous=read_volumes(volumes, params.as_of),
        docs=DOCS,
        policy=load_policy(),
        id_faults=source.id_faults,
    )
    write_tables(QUARANTINE, validation.quarantine)
    raise_for_broken(validation)
    write_tables(VALIDATED, apply_opt_outs(validation))
    write_volumes(volumes, params.as_of, validation.known)


if __name__ == "__main__":
    run_stage(main)
