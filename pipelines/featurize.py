"""Contract tables -> what was known of each training row and of tonight's candidates, by one code path."""

from pathlib import Path

from returns_risk.cluster.featurize import featurize
from returns_risk.config.params import Params
from returns_risk.config.policy import load_policy
from returns_risk.contract.days import day_number, start_of_day
from returns_risk.contract.parquet import read_tables
from returns_risk.features import audit_features, drop_unavailable, load_definitions, require_no_leakage, write_frozen
from returns_risk.snapshot.as_of import as_of_view
from returns_risk.snapshot.lines import available_columns, join_attributes
from returns_risk.stage import run_stage

VALIDATED = Path("data/validated")
FEATURES = Path("features")


def main(params: Params) -> None:
    """Build training.parquet, candidates.parquet and the frozen definitions behind both."""
    time_zone = params.source.time_zone
    tables = as_of_view(read_tables(VALIDATED), start_of_day(params.as_of, time_zone))
    definitions = drop_unavailable(load_definitions(), available_columns(join_attributes(tables), tables))
    featurize(tables, VALIDATED, FEATURES, definitions, load_policy(), params)
    require_no_leakage(
        audit_features(
            definitions,
            tables,
            load_policy(),
            time_zone,
            params.as_of,
            params.featurize.audit_nights,
            params.featurize.audit_lines,
            seed=day_number(params.as_of),
        )
    )
    write_frozen(FEATURES / "definitions.json", definitions)


if __name__ == "__main__":
    run_stage(main)
