"""Tonight's candidates -> risk, reasons, decisions and the export for operations."""

from pathlib import Path

from returns_risk.classifier import load_classifier, load_optional, require_same_definitions, require_schema
from returns_risk.cluster.scoring import predict_risk
from returns_risk.entry import run_stage
from returns_risk.explanations import explain, languages_of, list_topics, name_sizes, sum_factors
from returns_risk.exports import (
    add_certainty,
    add_context,
    add_decisions,
    add_return_reason,
    describe_export,
    flag,
    least_share,
    share_reasons,
    write_export,
)
from returns_risk.feature_groups import read_frozen
from returns_risk.labels import require_candidates
from returns_risk.params import Params
from returns_risk.policy import load_policy
from returns_risk.pseudonyms import ensure_key
from returns_risk.report import HISTORY, describe_run, render_run
from returns_risk.stores import read_frame, read_tables

VALIDATED = Path("data/validated")
CANDIDATES = Path("features/candidates.parquet")
DEFINITIONS = Path("features/definitions.json")
BUNDLE = Path("models/bundles/risk")
REASON = Path("models/bundles/reason")
EXPORTS = Path("exports")
FACTORS = 6


def main(params: Params) -> None:
    """Say which open lines are likely to come back, why, what is done about them and what that saves."""
    rows = read_frame(CANDIDATES, "featurize")
    require_candidates(rows, params.as_of)
    classifier = load_classifier(BUNDLE)
    require_same_definitions(classifier, read_frozen(DEFINITIONS))
    require_schema(classifier, rows)
    scored = flag(rows, predict_risk(classifier, CANDIDATES, rows, params.cluster), params.score.min_risk)

    reason = load_optional(REASON)
    shares = share_reasons(rows, reason)
    scored = add_return_reason(add_certainty(scored, classifier), shares, least_share(reason))
    tables = read_tables(VALIDATED)
    described = add_context(scored, tables)
    policy = load_policy()
    decided, plan, sensitivity = add_decisions(described, shares, policy, params, ensure_key())
    flagged = name_sizes(rows[decided["flagged"].to_numpy()], tables)
    contributions = classifier.contributions(flagged)
    topics = list_topics(classifier.features, classifier.definitions)
    languages = languages_of(decided[decided["flagged"]], policy)
    reasons = explain(contributions[:, :-1], flagged, topics, classifier.typical, params.score.reasons, languages)
    made_from = [CANDIDATES, Path("params.yaml"), Path("policy.yaml")]
    manifest = describe_export(params, BUNDLE, REASON, made_from) | {"plan": plan}
    run = describe_run(
        decided[decided["flagged"]],
        reasons,
        languages,
        sum_factors(contributions, classifier.features, FACTORS),
        flagged[[name for name in HISTORY if name in flagged]],
        policy,
        manifest,
    )
    export = EXPORTS / f"as_of={params.as_of}"
    write_export(export, decided, reasons, manifest, params.score.reasons, sensitivity, render_run(run))


if __name__ == "__main__":
    run_stage(main)
