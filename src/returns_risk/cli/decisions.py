"""The commands `returns-risk policy` and `returns-risk decision`."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from returns_risk.cli.common import ParamsFile, open_ledger

if TYPE_CHECKING:
    from returns_risk.config.policy import Policy

__all__ = ["decisions", "policies"]

policies = typer.Typer(help="Policy: the business's numbers in policy.yaml.", no_args_is_help=True)
decisions = typer.Typer(help="Decisions: what is done about lines, and whether it helps.", no_args_is_help=True)

PolicyFile = Annotated[Path, typer.Argument(help="The policy to check.")]
Tables = Annotated[
    Path | None,
    typer.Option(help="Validated tables to compare names with.", show_default="the latest night's, else the chain's"),
]


@policies.command("check")
def check_policy(
    file: PolicyFile = Path("policy.yaml"), tables: Tables = None, params: ParamsFile = Path("params.yaml")
) -> None:
    """Say what the policy says, or what is wrong with it, and which of its names the shop's tables do not know."""
    from returns_risk.cli.decision_tables import print_policy
    from returns_risk.config.policy import load_policy
    from returns_risk.explain import load_language

    policy = load_policy(file)
    for name in policy.languages.names:
        load_language(name)
    print_policy(policy)
    _check_names(policy, file, tables or _find_tables(params))


@decisions.command("power")
def tell_power(
    effect: Annotated[float, typer.Option(help="Share by which treated lines come back less, e.g. 0.2.")],
    return_rate: Annotated[float, typer.Option(help="Of the lines that would be treated, if left alone.")],
    lines: Annotated[float, typer.Option(help="Lines a night that would be treated, both arms together.")],
    holdout: Annotated[float | None, typer.Option(help="Share left alone.", show_default="policy.yaml's")] = None,
    power: Annotated[float, typer.Option(help="Probability with which the effect is to show.")] = 0.8,
    policy: Annotated[Path, typer.Option(help="Where the holdout is said.")] = Path("policy.yaml"),
) -> None:
    """Say after how many nights an effect of that size shows."""
    from returns_risk.config.policy import load_policy
    from returns_risk.decision import nights_needed

    share = load_policy(policy).decision.holdout if holdout is None else holdout
    nights = nights_needed(effect, return_rate, lines, share, power)
    typer.echo(
        f"{nights} nights: {nights * lines * (1 - share):,.0f} lines treated, {nights * lines * share:,.0f} left "
        f"alone, until an effect of {effect:.0%} shows in {power:.0%} of all cases"
    )


@decisions.command("effect")
def tell_effects(
    tables: Annotated[Path | None, typer.Option(help="Validated tables.", show_default="the latest night's")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When they were known.", show_default="that night")
    ] = None,
    params: ParamsFile = Path("params.yaml"),
    policy: Annotated[Path, typer.Option(help="Where the return windows are said.")] = Path("policy.yaml"),
) -> None:
    """Say what the interventions did: lines treated beside those left alone, once their return windows have closed."""
    from returns_risk.cli.decision_tables import print_effects
    from returns_risk.config.params import load_params
    from returns_risk.config.policy import load_policy
    from returns_risk.nightly import latest_tables, measure_effects

    if (tables is None) != (as_of is None):
        raise typer.BadParameter("--tables and --as-of go together: outcomes count as they were known on that day.")
    loaded = load_params(params)
    day, folder = latest_tables(loaded.source.name) if tables is None or as_of is None else (as_of.date(), tables)
    ledger, zone = open_ledger(loaded), loaded.source.time_zone
    measured = measure_effects(ledger, loaded.source.name, folder, day, load_policy(policy), zone)
    print_effects(measured, day)


def _find_tables(params: Path) -> Path | None:
    """Return where the shop's validated tables are; None where there are none."""
    from returns_risk.config.params import load_params
    from returns_risk.nightly import find_tables

    return find_tables(load_params(params).source.name) if params.exists() else None


def _check_names(policy: "Policy", file: Path, tables: Path | None) -> None:
    """Warn of names in the policy that the tables do not know."""
    from returns_risk.cli.decision_tables import say_unheld, say_unknown
    from returns_risk.decision import find_unknown_names, missing_kinds, read_names, require_rates

    if tables is None:
        typer.echo("names could not be compared: there are no validated tables yet; a night or dvc repro makes them")
        return
    held = read_names(tables)
    warnings = [say_unknown(one, held[one.kind]) for one in find_unknown_names(policy, held)]
    warnings += [say_unheld(kind) for kind in missing_kinds(policy, held)]
    typer.echo(f"names compared with {tables}, warnings: {len(warnings)}")
    for warning in warnings:
        typer.echo(f"warning: {warning}")
    require_rates(policy, held, file)
