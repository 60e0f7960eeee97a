"""Tonight's candidates -> risk, reasons, decisions and the export for operations."""

from pathlib import Path

from returns_risk.config.params import Params
from returns_risk.config.policy import load_policy
from returns_risk.contract.parquet import read_tables
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.decision import DecisionContext
from returns_risk.export.export import write_export
from returns_risk.export.folders import export_folder
from returns_risk.features import read_frozen
from returns_risk.io.files import hash_files
from returns_risk.model import require_same_definitions
from returns_risk.scoring import Candidates, ScoringModels, score_candidates
from returns_risk.snapshot import Shop
from returns_risk.snapshot.as_of import closed_lines
from returns_risk.snapshot.labels import require_candidates
from returns_risk.stage import run_stage

VALIDATED = Path("data/validated")
QUARANTINE = Path("data/quarantine")
CANDIDATES = Path("features/candidates.parquet")
DEFINITIONS = Path("features/definitions.json")
BUNDLE = Path("models/bundles/risk")
REASON = Path("models/bundles/reason")


def main(params: Params) -> None:
    """Score the open lines, decide what is done about each, and export the flagged ones as a rehearsal."""
    candidates = Candidates.read(CANDIDATES, "featurize")
    require_candidates(candidates.features, params.as_of)
    models, tables = ScoringModels.load(BUNDLE, REASON), read_tables(VALIDATED)
    require_same_definitions(models.risk, read_frozen(DEFINITIONS))
    closed = closed_lines(candidates.features["line_id"], tables, read_tables(QUARANTINE))
    context = DecisionContext.for_night(params, ensure_key())
    policy = load_policy()
    snapshot = Shop(tables, policy, params.source.time_zone).snapshot(params.as_of)
    run = score_candidates(candidates, snapshot, models, policy, params, context, closed)
    made_from = hash_files([CANDIDATES, Path("params.yaml"), Path("policy.yaml")])
    write_export(export_folder(params.as_of, "chain"), run, {"rehearsal": True, "made_from": made_from})


if __name__ == "__main__":
    run_stage(main)
