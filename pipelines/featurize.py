"""Contract tables -> what was known of each training row and of tonight's candidates, by one code path."""

from pathlib import Path

from returns_risk.cluster.features import featurize
from returns_risk.config.params import Params
from returns_risk.config.policy import load_policy
from returns_risk.contract.days import day_number
from returns_risk.features import FeatureSet, audit_features, require_no_leakage, write_frozen
from returns_risk.io.files import write_csv
from returns_risk.snapshot import Shop
from returns_risk.snapshot.late_returns import count_late_returns
from returns_risk.snapshot.splits import first_tested_day
from returns_risk.stage import run_stage

VALIDATED = Path("data/validated")
FEATURES = Path("features")


def main(params: Params) -> None:
    """Build training.parquet, candidates.parquet, the frozen definitions behind both, and the count of late returns."""
    snapshot = Shop.read(VALIDATED, load_policy(), params.source.time_zone).snapshot(params.as_of)
    training = snapshot.labels(snapshot.training_rows(params.featurize.warm_up_days))
    until = first_tested_day(training, params.as_of, params.split, params.backtest)
    definitions = FeatureSet.load().drop_unavailable(snapshot.columns).fit(snapshot, until)
    featurize(FEATURES, definitions, snapshot, VALIDATED, params)
    nights, lines = params.featurize.audit_nights, params.featurize.audit_lines
    require_no_leakage(audit_features(definitions, snapshot, nights, lines, seed=day_number(params.as_of)))
    write_frozen(FEATURES / "definitions.json", definitions)
    write_csv(FEATURES / "late_returns.csv", count_late_returns(snapshot))


if __name__ == "__main__":
    run_stage(main)
