"""Raw files -> contract tables, quarantine, report, and the results of Great Expectations."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.config.policy import load_policy
from returns_risk.contract.parquet import write_tables
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.sources import read_source
from returns_risk.stage import run_stage
from returns_risk.validation import ValidationContext, apply_opt_outs, raise_for_broken, validate, write_docs
from returns_risk.validation.row_counts import describe_extract, read_extract, write_extract

VALIDATED = Path("data/validated")
QUARANTINE = Path("data/quarantine")
DOCS = Path("data/data_docs")
GX_RESULTS = Path("data/gx_results")


def main(params: Params) -> None:
    """Reject what breaks a rule, and stop the chain where too much does."""
    volumes = Path(f"data/state/volumes-{params.source.name}.json")
    # Only says what is impossible or half-written: nothing that is not known at the as-of reaches a feature.
    read_at = pd.Timestamp(datetime.now(UTC))
    source = read_source(params.source, ensure_key(), at=read_at)
    context = ValidationContext.of_run(params, load_policy(), read_at, read_extract(volumes, params.as_of))
    validation = validate(source, context, gx_results=GX_RESULTS)
    write_docs(validation, context.as_of, DOCS)
    write_tables(QUARANTINE, validation.quarantine)
    raise_for_broken(validation)
    write_tables(VALIDATED, apply_opt_outs(validation))
    write_extract(volumes, describe_extract(params.as_of, validation.known, source.tables, source.line_ends))


if __name__ == "__main__":
    run_stage(main)
