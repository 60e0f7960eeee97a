"""The commands `returns-risk policy` and `returns-risk decision`."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from returns_risk.cli.common import ParamsFile, load_source, parse_day

if TYPE_CHECKING:
    from returns_risk.config.policy import Policy

__all__ = ["decisions", "policies"]

policies = typer.Typer(help="Policy: the business's numbers in policy.yaml.", no_args_is_help=True)
decisions = typer.Typer(help="Decisions: whether the interventions help.", no_args_is_help=True)

PolicyFile = Annotated[Path, typer.Argument(help="The policy to check.")]
Tables = Annotated[
    Path | None,
    typer.Option(help="Validated tables to compare names with.", show_default="the latest night's, else the chain's"),
]


@policies.command("check")
def check_policy(
    file: PolicyFile = Path("policy.yaml"), tables: Tables = None, params: ParamsFile = Path("params.yaml")
) -> None:
    """Check the policy, print it, and warn of names in it that the shop's tables do not have."""
    from returns_risk.cli.decision_tables import describe_skipped_reviews, print_policy
    from returns_risk.config.policy import load_policy
    from returns_risk.explain import require_texts

    policy = load_policy(file)
    require_texts(policy, file)
    print_policy(policy)
    if policy.decision.skips_reviews:
        typer.echo(f"warning: {describe_skipped_reviews(policy.decision)}")
    _check_names(policy, file, tables or _find_tables(params))


@decisions.command("power")
def compute_power(
    effect: Annotated[float, typer.Option(help="Relative reduction of returns by the treatment, e.g. 0.2.")],
    return_rate: Annotated[float, typer.Option(help="Return rate of the planned lines without treatment.")],
    lines: Annotated[float, typer.Option(help="Lines planned a night, both arms together.")],
    holdout: Annotated[
        float | None, typer.Option(help="Share in the control group.", show_default="policy.yaml's")
    ] = None,
    power: Annotated[float, typer.Option(help="Probability of detecting the effect.")] = 0.8,
    policy: Annotated[Path, typer.Option(help="Policy with the holdout.")] = Path("policy.yaml"),
) -> None:
    """Compute after how many nights an effect of that size is detected."""
    from returns_risk.config.policy import load_policy
    from returns_risk.decision import nights_needed

    share = load_policy(policy).decision.holdout if holdout is None else holdout
    nights = nights_needed(effect, return_rate, lines, share, power)
    typer.echo(
        f"{nights} nights: {nights * lines * (1 - share):,.0f} lines treated, {nights * lines * share:,.0f} in "
        f"the control group, until an effect of {effect:.0%} is detected with a probability of {power:.0%}"
    )


@decisions.command("effect")
def show_effects(
    tables: Annotated[Path | None, typer.Option(help="Validated tables.", show_default="the latest night's")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(parser=parse_day, metavar="YYYY-MM-DD", help="As-of of the tables.", show_default="that night"),
    ] = None,
    params: ParamsFile = Path("params.yaml"),
    policy: Annotated[Path, typer.Option(help="Policy with the return windows.")] = Path("policy.yaml"),
) -> None:
    """Compare treated lines with their control group, once their return windows have closed."""
    from returns_risk.cli.decision_tables import print_effects
    from returns_risk.config.policy import load_policy
    from returns_risk.monitoring import latest_tables, measure_effects

    if (tables is None) != (as_of is None):
        raise typer.BadParameter("--tables and --as-of go together: outcomes count as known at that as-of.")
    loaded, ledger, source = load_source(params)
    day, folder = latest_tables(source) if tables is None or as_of is None else (as_of.date(), tables)
    zone = loaded.source.time_zone
    print_effects(measure_effects(ledger, source, folder, day, load_policy(policy), zone), day)


def _find_tables(params: Path) -> Path | None:
    """Return the folder of the shop's validated tables; None if there is none."""
    from returns_risk.config.params import load_params
    from returns_risk.monitoring import find_tables

    return find_tables(load_params(params).source.name) if params.exists() else None


def _check_names(policy: "Policy", file: Path, tables: Path | None) -> None:
    """Warn of names in the policy that the tables do not have."""
    from returns_risk.cli.decision_tables import describe_missing_column, describe_unknown, describe_unlisted
    from returns_risk.decision import (
        find_unknown_names,
        find_unlisted_markets,
        missing_kinds,
        read_names,
        require_rates,
    )

    if tables is None:
        typer.echo("names were not compared: there are no validated tables yet; run returns-risk nightly or dvc repro")
        return
    names = read_names(tables)
    warnings = [describe_unknown(unknown, names[unknown.kind]) for unknown in find_unknown_names(policy, names)]
    warnings += [describe_unlisted(market, names["market"]) for market in find_unlisted_markets(policy, names)]
    warnings += [describe_missing_column(kind) for kind in missing_kinds(policy, names)]
    typer.echo(f"names compared with {tables}, warnings: {len(warnings)}")
    for warning in warnings:
        typer.echo(f"warning: {warning}")
    require_rates(policy, names, file)
