"""Tonight's candidates -> risk, reasons and the export for operations."""

from pathlib import Path

from returns_risk.classifier import load_classifier, load_optional, require_same_definitions, require_schema
from returns_risk.cluster.scoring import predict_risk
from returns_risk.entry import run_stage
from returns_risk.explanations import explain
from returns_risk.exports import add_certainty, add_context, add_return_reason, describe_export, flag, write_export
from returns_risk.feature_groups import read_frozen
from returns_risk.labels import require_candidates
from returns_risk.params import Params
from returns_risk.stores import read_frame, read_tables

VALIDATED = Path("data/validated")
CANDIDATES = Path("features/candidates.parquet")
DEFINITIONS = Path("features/definitions.json")
BUNDLE = Path("models/bundles/risk")
REASON = Path("models/bundles/reason")
EXPORTS = Path("exports")


def main(params: Params) -> None:
    """Flag the open lines that are likely to come back, each with its reasons."""
    rows = read_frame(CANDIDATES, "featurize")
    require_candidates(rows, params.as_of)
    classifier = load_classifier(BUNDLE)
    require_same_definitions(classifier, read_frozen(DEFINITIONS))
    require_schema(classifier, rows)
    scored = flag(rows, predict_risk(classifier, CANDIDATES, rows, params.cluster), params.score.min_risk)

    scored = add_return_reason(add_certainty(scored, classifier), load_optional(REASON))
    flagged = scored[scored["flagged"]]
    reasons = explain(
        classifier.contributions(flagged)[:, :-1],
        flagged,
        classifier.features,
        classifier.typical,
        params.score.reasons,
    )
    manifest = describe_export(params, BUNDLE, REASON, [CANDIDATES, Path("params.yaml"), Path("policy.yaml")])
    export = EXPORTS / f"as_of={params.as_of}"
    write_export(export, add_context(scored, read_tables(VALIDATED)), reasons, manifest, params.score.reasons)


if __name__ == "__main__":
    run_stage(main)
