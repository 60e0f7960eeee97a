"""Shows sources and features, on a terminal."""

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from returns_risk.cli.screen import Console
from returns_risk.config.params import SourceParams, load_params
from returns_risk.config.policy import load_policy
from returns_risk.contract.pseudonyms import ensure_key
from returns_risk.errors import ParamsError
from returns_risk.features import (
    Feature,
    FeatureSet,
    read_frozen,
    require_no_leakage,
)
from returns_risk.features import audit_features as audit_features_of
from returns_risk.snapshot import Shop
from returns_risk.snapshot.lines import available_columns, join_attributes
from returns_risk.sources import Source, read_source

__all__ = ["audit_features", "check_source", "explain_feature", "list_features"]

_FEATURES = Path("features")
_VALIDATED = Path("data/validated")
_FROZEN = _FEATURES / "definitions.json"


def check_source(name: str, raw: Path, time_zone: str) -> None:
    """Run the SELECTs and print rows, rows turned away by reason, absent columns and how many features are left."""
    source = read_source(SourceParams(name=name, raw=raw, time_zone=time_zone), ensure_key())
    console = Console()
    console.print(_source_table(source))
    every = FeatureSet.load()
    left = every.drop_unavailable(available_columns(join_attributes(source.tables), source.tables))
    console.print(f"{len(left.features)} of {len(every.features)} features", highlight=False)


def list_features(params_file: Path, *, every: bool) -> None:
    """Print the features of the latest run, or of all definitions where there was none."""
    load_params(params_file)
    definitions = _definitions(every=every)
    table = Table(title=f"{len(definitions.features)} features")
    table.add_column("name", no_wrap=True)
    for name in ("unit", "meaning", "knows"):
        table.add_column(name)
    for feature in definitions.features:
        table.add_row(feature.name, feature.unit, escape(feature.meaning), feature.known)
    Console().print(table)


def audit_features(params_file: Path, nights: int, lines: int) -> None:
    """Run the time-travel test on the validated tables and print each column that moved.

    Raises
    ------
    SourceError
        There are no validated tables.
    LeakageError
        A column moved.
    """
    params = load_params(params_file)
    shop = Shop.read(_VALIDATED, load_policy(), params.source.time_zone)
    definitions = FeatureSet.load().drop_unavailable(shop.snapshot(params.as_of).columns)
    audit = audit_features_of(definitions, shop, params.as_of, nights, lines, params.seed)
    console = Console()
    if audit.moved:
        table = Table("column", "rows", "night", "line", "then", "now")
        for one in audit.moved:
            table.add_row(one.column, f"{one.rows:,}", str(one.night), one.line_id, one.then, one.now)
        console.print(table)
    console.print(
        f"{audit.columns} columns of {audit.rows:,} lines of {len(audit.nights)} nights: {len(audit.moved)} moved",
        highlight=False,
    )
    require_no_leakage(audit)


def explain_feature(name: str) -> None:
    """Print meaning, place and rule of availability of one feature.

    Raises
    ------
    ParamsError
        There is no such feature; the message names the close ones.
    """
    found = {feature.name: feature for feature in FeatureSet.load().features}
    if name not in found:
        raise ParamsError(_no_feature(name, found))
    feature = found[name]
    console = Console()
    for what, text in [
        ("meaning", feature.meaning),
        ("unit", feature.unit),
        ("defined in", str(_FEATURES / f"{feature.group}.yaml")),
        ("knows", feature.known),
    ]:
        console.print(f"{what:<11}{escape(text)}", highlight=False)


def _definitions(*, every: bool) -> FeatureSet:
    return read_frozen(_FROZEN) if _FROZEN.exists() and not every else FeatureSet.load()


def _no_feature(name: str, found: dict[str, Feature]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, found, n=3)
    hint = f"close ones are {close}" if close else "`returns-risk features list --all` names them"
    return f"features/definitions/*.yaml: there is no feature {name}; {hint}. Correct the name."


def _source_table(source: Source) -> Table:
    table = Table()
    for name in ("table", "rows", "turned away", "optional columns it lacks"):
        table.add_column(name, justify="right" if name in ("rows", "turned away") else "left")
    for name, frame in source.tables.items():
        reasons = source.rejected[name]["reason"].value_counts()
        away = "\n".join(f"{count:,} {escape(str(reason))}" for reason, count in reasons.items())
        table.add_row(name, f"{len(frame):,}", away or "0", ", ".join(source.absent[name]) or "none")
    return table
