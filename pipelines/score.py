"""Tonight's candidates -> risk, reasons, decisions and the export for operations."""

from pathlib import Path

from returns_risk.config.params import Params
from returns_risk.config.policy import load_policy
from returns_risk.contract.parquet import read_frame, read_tables
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.features import read_frozen
from returns_risk.model import load_classifier, load_optional, require_same_definitions
from returns_risk.scoring.lines import describe_export
from returns_risk.scoring.run import decide_lines, export_folder, export_run, leave_out, predict_lines
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
    """Say which open lines are likely to come back, why, what is done about them and what that saves."""
    rows = read_frame(CANDIDATES, "featurize")
    require_candidates(rows, params.as_of)
    classifier, policy = load_classifier(BUNDLE), load_policy()
    require_same_definitions(classifier, read_frozen(DEFINITIONS))
    scored, shares = predict_lines(rows, CANDIDATES, classifier, load_optional(REASON), params)
    tables = read_tables(VALIDATED)
    closed = closed_lines(rows["line_id"], tables, read_tables(QUARANTINE))
    rows, scored, shares = leave_out(closed, rows, scored, shares)
    decided, plan, sensitivity = decide_lines(
        rows, scored, shares, tables, policy, params, ensure_key(), closed=len(closed)
    )
    made_from = [CANDIDATES, Path("params.yaml"), Path("policy.yaml")]
    manifest = describe_export(params, BUNDLE, REASON, made_from) | {"plan": plan, "rehearsal": True}
    folder = export_folder(params.as_of, "chain")
    export_run(folder, rows, decided, shares, tables, classifier, policy, params, manifest, sensitivity)


if __name__ == "__main__":
    run_stage(main)
