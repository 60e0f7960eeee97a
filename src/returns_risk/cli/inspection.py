"""Features on the terminal."""

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from returns_risk.cli.screen import Console
from returns_risk.config.params import load_params
from returns_risk.config.policy import load_policy
from returns_risk.errors import ParamsError
from returns_risk.features import Feature, FeatureSet, read_frozen, require_no_leakage
from returns_risk.features import audit_features as audit_features_of
from returns_risk.snapshot import Shop
from returns_risk.snapshot.splits import first_tested_day

__all__ = ["audit_features", "explain_feature", "list_features"]

_VALIDATED = Path("data/validated")
_FROZEN = Path("features/definitions.json")


def list_features(params_file: Path, *, every: bool) -> None:
    """Print the features of the latest run; all definitions if there was no run."""
    load_params(params_file)
    definitions = read_frozen(_FROZEN) if _FROZEN.exists() and not every else FeatureSet.load()
    table = Table(title=f"{len(definitions.features)} features")
    table.add_column("name", no_wrap=True)
    for name in ("unit", "meaning", "uses"):
        table.add_column(name)
    for feature in definitions.features:
        table.add_row(feature.name, feature.unit, escape(feature.meaning), feature.known)
    Console().print(table)


def audit_features(params_file: Path, nights: int, lines: int) -> None:
    """Audit the features on the validated tables and print each column that differs.

    Raises
    ------
    SourceError
        There are no validated tables.
    LeakageError
        A column differs.
    """
    params = load_params(params_file)
    snapshot = Shop.read(_VALIDATED, load_policy(), params.source.time_zone).snapshot(params.as_of)
    # The files as they are now, fitted as featurize would fit them: a change is audited before it is computed.
    training = snapshot.labels(snapshot.training_rows(params.featurize.warm_up_days))
    until = first_tested_day(training, params.as_of, params.split, params.backtest)
    definitions = FeatureSet.load().drop_unavailable(snapshot.columns).fit(snapshot, until)
    audit = audit_features_of(definitions, snapshot, nights, lines, params.seed)
    console = Console()
    if audit.leaks:
        table = Table("column", "rows", "night", "line", "without later data", "with later data")
        for change in audit.leaks:
            cells = (change.column, f"{change.rows:,}", str(change.night), change.line_id, change.then, change.now)
            table.add_row(*cells)
        console.print(table)
    console.print(
        f"{audit.columns} columns of {audit.rows:,} lines of {len(audit.nights)} nights: {len(audit.leaks)} differ",
        highlight=False,
    )
    require_no_leakage(audit)


def explain_feature(name: str) -> None:
    """Print meaning, unit, file and availability of a feature.

    Raises
    ------
    ParamsError
        There is no such feature; the message names the close ones.
    """
    features = {feature.name: feature for feature in FeatureSet.load().features}
    if name not in features:
        raise ParamsError(_no_feature(name, features))
    feature, console = features[name], Console()
    file = f"features/definitions/{feature.entity}.yaml"
    texts = {"meaning": feature.meaning, "unit": feature.unit, "defined in": file, "uses": feature.known}
    for label, text in texts.items():
        console.print(f"{label:<11}{escape(text)}", highlight=False)


def _no_feature(name: str, features: dict[str, Feature]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, features, n=3)
    hint = f"close ones are {close}" if close else "`returns-risk features list --all` lists all"
    return f"features/definitions/*.yaml: there is no feature {name}; {hint}. Correct the name."
