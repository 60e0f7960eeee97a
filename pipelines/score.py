"""Tonight's candidates -> risk, reasons, decisions and the export for operations."""

from pathlib import Path

from returns_risk.classifier import load_classifier, load_optional, require_same_definitions, require_schema
from returns_risk.cluster.scoring import predict_risk
from returns_risk.entry import run_stage
from returns_risk.explanations import explain
from returns_risk.exports import (
    add_certainty,
    add_context,
    add_decisions,
    add_return_reason,
    describe_export,
    flag,
    share_reasons,
    write_export,
)
from returns_risk.feature_groups import read_frozen
from returns_risk.labels import require_candidates
from returns_risk.params import Params
from returns_risk.policy import load_policy
from returns_risk.pseudonyms import ensure_key
from returns_risk.stores import read_frame, read_tables

VALIDATED = Path("data/validated")
CANDIDATES = Path("features/candidates.parquet")
DEFINITIONS = Path("features/definitions.json")
BUNDLE = Path("models/bundles/risk")
REASON = Path("models/bundles/reason")
EXPORTS = Path("exports")


def main(params: Params) -> None:
    """Say which open lines are likely to come back, why, what is done about them and what that saves."""
    rows = read_frame(CANDIDATES, "featurize")
    require_candidates(rows, params.as_of)
    classifier = load_classifier(BUNDLE)
    require_same_definitions(classifier, read_frozen(DEFINITIONS))
    require_schema(classifier, rows)
    scored = flag(rows, predict_risk(classifier, CANDIDATES, rows, params.cluster), params.score.min_risk)

    reason = load_optional(REASON)
    described = add_context(add_return_reason(add_certainty(scored, classifier), reason), read_tables(VALIDATED))
    shares = share_reasons(rows, reason)
    decided, plan, sensitivity = add_decisions(described, shares, load_policy(), params, ensure_key())
    flagged = rows[decided["flagged"].to_numpy()]
    reasons = explain(
        classifier.contributions(flagged)[:, :-1],
        flagged,
        classifier.features,
        classifier.typical,
        params.score.reasons,
    )
    manifest = describe_export(params, BUNDLE, REASON, [CANDIDATES, Path("params.yaml"), Path("policy.yaml")])
    export = EXPORTS / f"as_of={params.as_of}"
    write_export(export, decided, reasons, manifest | {"plan": plan}, params.score.reasons, sensitivity)


if __name__ == "__main__":
    run_stage(main)
