"""Shows what a policy says and what its interventions did, on a terminal."""

from collections.abc import Sequence
from datetime import date

from rich.markup import escape
from rich.table import Table

from returns_risk.cli.screen import Console
from returns_risk.config.policy import CostPolicy, Intervention, MoneyPolicy, Policy
from returns_risk.decision import Estimate, TableNames, UnknownName
from returns_risk.nightly import Measured

__all__ = ["print_effects", "print_policy", "say_unheld", "say_unknown"]


def print_policy(policy: Policy) -> None:
    """Print a policy as it is understood."""
    console = Console()
    console.print(_terms(policy))
    console.print(_interventions(policy))
    if policy.sku_actions:
        console.print(_sku_actions(policy))
    console.print(escape(_say_money(policy.money)), highlight=False)
    console.print(
        f"left alone to compare: {policy.decision.holdout:.0%}; a person decides below "
        f"{policy.decision.review_below:.2f} {policy.money.currency} at worst; nothing below "
        f"{policy.decision.min_value:.2f}. {escape(_say_languages(policy))}. Version {policy.sha256[:12]}.",
        highlight=False,
    )


def print_effects(measured: Sequence[Measured], day: date) -> None:
    """Print what interventions did, as far as it was known on a day."""
    table = _table(
        f"effects as known on {day}, 95 % intervals",
        left=("intervention",),
        right=("final\nlines", "still\nopen", "came\nback", "left\nalone", "avoided", "sales\nlost"),
    )
    for one in measured:
        table.add_row(one.intervention, *_effect(one.returned, one.waiting), _difference(one.cancelled, -1))
    Console().print(table)


def say_unknown(unknown: UnknownName, held: TableNames) -> str:
    """Say in one line that no row has a name of the policy, and which it may be meant to be."""
    near = f"; near is {unknown.nearest} ({held.names[unknown.nearest]:,} rows)" if unknown.nearest else ""
    return (
        f"{unknown.key}: none of {held.rows:,} rows of {held.table} has the {unknown.kind} {unknown.name}{near}. "
        "Correct it if it is misspelt."
    )


def say_unheld(kind: str) -> str:
    """Say in one line that names of a kind could not be compared."""
    return f"the tables have no column {kind}: what the policy says by {kind} has no effect"


def _table(title: str, left: Sequence[str] = (), right: Sequence[str] = ()) -> Table:
    """Return a table that narrow terminals show whole: cells are folded, not cut, and the first column is neither."""
    table = Table(title=title)
    for name in left:
        table.add_column(name, no_wrap=name == left[0], overflow="fold")
    for name in right:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _effect(returned: Estimate | None, waiting: int) -> tuple[str, ...]:
    if returned is None:
        return "too few", str(waiting), "", "", ""
    lines = f"{returned.treated} + {returned.controls}"
    rates = f"{returned.treated_rate:.1%}", f"{returned.control_rate:.1%}"
    return lines, str(waiting), *rates, _difference(returned)


def _difference(estimate: Estimate | None, sign: int = 1) -> str:
    """Write a difference in points with its interval; ``sign`` -1 turns it round."""
    if estimate is None:
        return ""
    low, high = sorted((sign * estimate.low, sign * estimate.high))
    # Adding 0 makes of a rounded -0.0 a 0.0.
    told, least, most = (f"{round(100 * one, 1) + 0.0:.1f}" for one in (sign * estimate.difference, low, high))
    return f"{told} points ({least} to {most})"


def _terms(policy: Policy) -> Table:
    table = _table(
        f"markets; costs in {policy.money.currency}",
        left=("market",),
        right=("window, days", "shipping", "handling", "of the price", "a lost sale, of the price"),
    )
    for market in [*dict.fromkeys([*policy.markets, *policy.costs.markets]), None]:
        days = str(policy.market(market).return_window_days)
        table.add_row(escape(market or "all others"), days, *_costs(policy.costs_in(market)))
    for warehouse, lanes in policy.costs.lanes.items():
        for market in lanes:
            table.add_row(escape(f"{market} from {warehouse}"), "", *_costs(policy.costs_in(market, warehouse)))
    return table


def _costs(costs: CostPolicy) -> list[str]:
    return [f"{costs.shipping:.2f}", f"{costs.handling:.2f}", f"{costs.markdown:.0%}", f"{costs.margin:.0%}"]


def _say_money(money: MoneyPolicy) -> str:
    rates = ", ".join(f"1 {name} = {rate:g} {money.currency}" for name, rate in money.rates.items())
    markets = "".join(f"{currency} in {market}, else " for market, currency in money.markets.items())
    return f"rates: {rates or 'none'}; lines that name no currency are in {markets}{money.currency}."


def _say_languages(policy: Policy) -> str:
    others = "".join(f", {language} in {market}" for market, language in policy.languages.markets.items())
    return f"Reasons and messages: {policy.languages.default}{others}"


def _interventions(policy: Policy) -> Table:
    table = _table("interventions", ("intervention",), ("cost", "a night"))
    for name in ("who", "where", "lowers returns by"):
        table.add_column(name, overflow="fold")
    for name, one in policy.interventions.items():
        effects = "\n".join(
            f"{reason}: {of.expected:.0%} ({of.low:.0%} to {of.high:.0%})" for reason, of in one.effect.items()
        )
        cost = f"{one.cost + one.goodwill:.2f}"
        who = f"customer, {one.lost_sale:.1%} of sales lost" if one.contacts_customer else "warehouse"
        table.add_row(name, cost, escape(_room(one)), who, escape(_where(one)), escape(effects))
    return table


def _room(one: Intervention) -> str:
    parts = [f"{room} in {level}" for rooms in one.capacity_by.values() for level, room in rooms.items()]
    return "\n".join([str(one.capacity), *parts])


def _where(one: Intervention) -> str:
    parts = [*one.markets, *one.categories]
    if one.lead_hours:
        parts.append(f"{one.lead_hours:g} h before the promise")
    stages = [f"{level}: {stage}" for by in one.roll_out_by.values() for level, stage in by.items()]
    rolled = [] if one.roll_out == "full" else [f"rolled out: {one.roll_out}"]
    return ", ".join([*parts, *rolled, *stages]) or "everywhere"


def _sku_actions(policy: Policy) -> Table:
    table = _table(
        "actions about items",
        left=("action", "about", "mends"),
        right=("lowers\nreturns\nby", "cost", "min.\nlines", "min.\nexcess"),
    )
    for name, one in policy.sku_actions.items():
        numbers = f"{one.effect:.0%}", f"{one.cost:.2f}", str(one.min_lines), f"{one.min_excess:g}"
        table.add_row(name, one.level, escape(", ".join(one.reasons)), *numbers)
    return table
