"""Contract tables -> what was known of each training row and of tonight's candidates, by one code path."""

from pathlib import Path

from returns_risk.cluster.featurize import featurize
from returns_risk.config.params import Params
from returns_risk.config.policy import load_policy
from returns_risk.contract.days import day_number, start_of_day
from returns_risk.contract.parquet import read_tables
from returns_risk.features import audit_features, load_definitions, require_unmoved, switch_off, write_frozen
from returns_risk.snapshot.as_of import as_known
from returns_risk.snapshot.lines import describe_lines, known_columns
from returns_risk.stage import run_stage

VALIDATED = Path("data/validated")
FEATURES = Path("features")


def main(params: Params) -> None:
    """Build training.parquet, candidates.parquet and the frozen definitions behind both."""
    time_zone = params.source.time_zone
    tables = as_known(read_tables(VALIDATED), start_of_day(params.as_of, time_zone))
    definitions = switch_off(load_definitions(), known_columns(describe_lines(tables), tables))
    featurize(tables, VALIDATED, FEATURES, definitions, load_policy(), params)
    require_unmoved(
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
