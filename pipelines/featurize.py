"""Contract tables -> what was known of each training row and of tonight's candidates, by one code path."""

from pathlib import Path

from returns_risk.days import day_number, start_of_day
from returns_risk.entry import run_stage
from returns_risk.feature_groups import (
    Asked,
    audit_features,
    describe_lines,
    known_columns,
    load_definitions,
    require_unmoved,
    switch_off,
    write_features,
    write_frozen,
)
from returns_risk.history import as_known, find_outcomes
from returns_risk.labels import candidate_rows, identify, label_frame, opted_out_lines, training_rows
from returns_risk.params import Params
from returns_risk.policy import load_policy
from returns_risk.stores import read_tables

VALIDATED = Path("data/validated")
FEATURES = Path("features")


def main(params: Params) -> None:
    """Build training.parquet, candidates.parquet and the frozen definitions behind both."""
    time_zone = params.source.time_zone
    tables = as_known(read_tables(VALIDATED), start_of_day(params.as_of, time_zone))
    lines = describe_lines(tables)
    outcomes = find_outcomes(lines, tables["returns"], load_policy(), time_zone)
    definitions = switch_off(load_definitions(FEATURES), known_columns(lines, tables))

    training = training_rows(outcomes, params.as_of, params.featurize.warm_up_days)
    asked = Asked(lines, outcomes, training.position, training.as_of, time_zone)
    write_features(FEATURES / "training.parquet", label_frame(lines, outcomes, training), definitions, asked)

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

    opted_out = opted_out_lines(lines, tables)
    tonight = candidate_rows(outcomes, params.as_of, params.featurize.open_days, opted_out)
    asked = Asked(lines, outcomes, tonight.position, tonight.as_of, time_zone)
    write_features(FEATURES / "candidates.parquet", identify(lines, outcomes, tonight), definitions, asked)
    write_frozen(FEATURES / "definitions.json", definitions)


if __name__ == "__main__":
    run_stage(main)
