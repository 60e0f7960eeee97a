"""The commands `returns-risk policy` and `returns-risk decision`."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from returns_risk.cli.common import ParamsFile, open_ledger

if TYPE_CHECKING:
    from rich.table import Table

    from returns_risk.decision import Estimate
    from returns_risk.policy import CostPolicy, Intervention, Policy

__all__ = ["decisions", "policies"]

policies = typer.Typer(help="Policy: the business's numbers in policy.yaml.", no_args_is_help=True)
decisions = typer.Typer(help="Decisions: what is done about lines, and whether it helps.", no_args_is_help=True)

PolicyFile = Annotated[Path, typer.Argument(help="The policy to check.")]


@policies.command("check")
def check_policy(file: PolicyFile = Path("policy.yaml")) -> None:
    """Say what the policy says, or what is wrong with it."""
    from rich.console import Console

    from returns_risk.explanations import load_language
    from returns_risk.policy import load_policy

    policy = load_policy(file)
    for name in policy.languages.names:
        load_language(name)
    console = Console()
    console.print(_terms(policy))
    console.print(_interventions(policy))
    console.print(
        f"left alone to compare: {policy.decision.holdout:.0%}; a person decides below "
        f"{policy.decision.review_below:.2f} {policy.money.currency} at worst; nothing below "
        f"{policy.decision.min_value:.2f}. {_say_languages(policy)}. Version {policy.sha256[:12]}.",
        highlight=False,
    )


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
    from returns_risk.decision import nights_needed
    from returns_risk.policy import load_policy

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
    from rich.console import Console
    from rich.table import Table

    from returns_risk.nightly import latest_tables, measure_effects
    from returns_risk.params import load_params
    from returns_risk.policy import load_policy

    if (tables is None) != (as_of is None):
        raise typer.BadParameter("--tables and --as-of go together: outcomes count as they were known on that day.")
    loaded = load_params(params)
    day, folder = latest_tables(loaded.source.name) if tables is None or as_of is None else (as_of.date(), tables)
    ledger, zone = open_ledger(loaded), loaded.source.time_zone
    table = Table(title=f"effects as known on {day}, 95 % intervals")
    for name in ("intervention", "final lines", "still open", "came back", "left alone", "avoided", "cancelled more"):
        table.add_column(name, justify="left" if name == "intervention" else "right")
    for one in measure_effects(ledger, loaded.source.name, folder, day, load_policy(policy), zone):
        table.add_row(one.intervention, *_effect(one.returned, one.waiting), _difference(one.cancelled, -1))
    Console().print(table)


def _effect(returned: "Estimate | None", waiting: int) -> tuple[str, ...]:
    if returned is None:
        return "too few", str(waiting), "", "", ""
    lines = f"{returned.treated} + {returned.controls}"
    rates = f"{returned.treated_rate:.1%}", f"{returned.control_rate:.1%}"
    return lines, str(waiting), *rates, _difference(returned)


def _difference(estimate: "Estimate | None", sign: int = 1) -> str:
    """Write a difference in points with its interval; ``sign`` -1 turns it round."""
    if estimate is None:
        return ""
    low, high = sorted((sign * estimate.low, sign * estimate.high))
    # Adding 0 makes of a rounded -0.0 a 0.0.
    told, least, most = (f"{round(100 * one, 1) + 0.0:.1f}" for one in (sign * estimate.difference, low, high))
    return f"{told} points ({least} to {most})"


def _terms(policy: "Policy") -> "Table":
    from rich.table import Table

    table = Table(title=f"markets; costs in {policy.money.currency}")
    for name in ("market", "window, days", "shipping", "handling", "of the price", "a lost sale, of the price"):
        table.add_column(name, justify="left" if name == "market" else "right")
    for market in [*dict.fromkeys([*policy.markets, *policy.costs.markets]), None]:
        days = str(policy.market(market).return_window_days)
        table.add_row(market or "all others", days, *_costs(policy.costs_in(market)))
    for warehouse, lanes in policy.costs.lanes.items():
        for market in lanes:
            table.add_row(f"{market} from {warehouse}", "", *_costs(policy.costs_in(market, warehouse)))
    return table


def _costs(costs: "CostPolicy") -> list[str]:
    return [f"{costs.shipping:.2f}", f"{costs.handling:.2f}", f"{costs.markdown:.0%}", f"{costs.margin:.0%}"]


def _say_languages(policy: "Policy") -> str:
    others = "".join(f", {language} in {market}" for market, language in policy.languages.markets.items())
    return f"Reasons and messages: {policy.languages.default}{others}"


def _interventions(policy: "Policy") -> "Table":
    from rich.table import Table

    table = Table(title="interventions")
    for name in ("intervention", "cost", "a night", "who", "where", "lowers returns by"):
        justify: Literal["right", "left"] = "right" if name in ("cost", "a night") else "left"
        table.add_column(name, justify=justify, no_wrap=name == "intervention")
    for name, one in policy.interventions.items():
        effects = "\n".join(
            f"{reason}: {of.expected:.0%} ({of.low:.0%} to {of.high:.0%})" for reason, of in one.effect.items()
        )
        cost = f"{one.cost + one.goodwill:.2f}"
        who = f"customer, {one.lost_sale:.1%} of sales lost" if one.contacts_customer else "warehouse"
        table.add_row(name, cost, _room(one), who, _where(one), effects)
    return table


def _room(one: "Intervention") -> str:
    parts = [f"{room} in {level}" for rooms in one.capacity_by.values() for level, room in rooms.items()]
    return "\n".join([str(one.capacity), *parts])


def _where(one: "Intervention") -> str:
    parts = [*one.markets, *one.categories]
    if one.lead_hours:
        parts.append(f"{one.lead_hours:g} h before the promise")
    stages = [f"{level}: {stage}" for by in one.roll_out_by.values() for level, stage in by.items()]
    rolled = [] if one.roll_out == "full" else [f"rolled out: {one.roll_out}"]
    return ", ".join([*parts, *rolled, *stages]) or "everywhere"
