"""Terminal tables of a policy and of the measured effects of its interventions."""

from collections.abc import Sequence
from datetime import date

from rich.markup import escape
from rich.table import Table

from returns_risk.cli.screen import Console
from returns_risk.config.policy import CostPolicy, DecisionPolicy, Intervention, MarketPolicy, MoneyPolicy, Policy
from returns_risk.decision import Estimate, TableNames, UnknownName
from returns_risk.monitoring import MeasuredEffect

__all__ = ["describe_missing_column", "describe_unknown", "describe_unlisted", "print_effects", "print_policy"]


def print_policy(policy: Policy) -> None:
    """Print a policy as tables."""
    console = Console()
    console.print(_terms(policy))
    console.print(_interventions(policy))
    if policy.sku_actions:
        console.print(_sku_actions(policy))
    if policy.resolutions:
        console.print(_resolutions(policy))
    console.print(escape(_describe_money(policy.money)), highlight=False)
    console.print(escape(_describe_decision(policy)), highlight=False)


def print_effects(measured: Sequence[MeasuredEffect], day: date) -> None:
    """Print the effects of interventions, as known on a day."""
    table = _table(
        f"effects as known on {day}; differences in points, 95 % intervals",
        left=("intervention",),
        right=("final\nlines", "still\nopen", "treated\nrate", "control\nrate", "avoided", "sales\nlost"),
    )
    for effect in measured:
        table.add_row(effect.intervention, *_effect(effect.returned, effect.waiting), _difference(effect.cancelled, -1))
    Console().print(table)


def describe_unknown(unknown: UnknownName, table: TableNames) -> str:
    """Return a sentence that no row has a name of the policy, with the most similar name."""
    similar = f"; similar is {unknown.nearest} ({table.names[unknown.nearest]:,} rows)" if unknown.nearest else ""
    return (
        f"{unknown.key}: none of {table.rows:,} rows of {table.table} has the {unknown.kind} "
        f"{unknown.name}{similar}. Correct it if it is misspelt."
    )


def describe_unlisted(market: UnknownName, table: TableNames) -> str:
    """Return a sentence that the policy has no terms for a market of the tables, with the most similar name."""
    similar = f"; similar is {market.nearest}" if market.nearest else ""
    return (
        f"{market.key}: {table.names[market.name]:,} of {table.rows:,} rows of {table.table} have the market "
        f"{market.name}, which is not listed, so that the default terms hold{similar}."
    )


def describe_skipped_reviews(decision: DecisionPolicy) -> str:
    """Return a sentence that uncertain lines of little value are acted on without a review."""
    return (
        f"decision.min_value: lines that are expected to save between {decision.min_value:.2f} and "
        f"{decision.review_min_value:.2f} are acted on without a review, even where they may lose money. Raise it to "
        "review_min_value, or lower that."
    )


def describe_missing_column(kind: str) -> str:
    """Return a sentence that names of a kind could not be compared."""
    return f"the tables have no column {kind}: what the policy says by {kind} has no effect"


def _table(title: str, left: Sequence[str] = (), right: Sequence[str] = ()) -> Table:
    """Return a table for narrow terminals: cells wrap instead of being cut, except in the first column."""
    table = Table(title=title)
    for name in left:
        table.add_column(name, no_wrap=name == left[0], overflow="fold")
    for name in right:
        table.add_column(name, justify="right", overflow="fold", min_width=max(map(len, name.split())))
    return table


def _effect(returned: Estimate | None, waiting: int) -> tuple[str, ...]:
    if returned is None:
        return "too few", str(waiting), "", "", ""
    lines = f"{returned.treated} + {returned.controls}"
    rates = f"{returned.treated_rate:.1%}", f"{returned.control_rate:.1%}"
    return lines, str(waiting), *rates, _difference(returned)


def _difference(estimate: Estimate | None, sign: int = 1) -> str:
    """Return a difference in percentage points with its interval; ``sign`` -1 reverses it."""
    if estimate is None:
        return ""
    low, high = sorted((sign * estimate.low, sign * estimate.high))
    # Adding 0.0 turns a rounded -0.0 into 0.0.
    points, least, most = (f"{round(100 * share, 1) + 0.0:.1f}" for share in (sign * estimate.difference, low, high))
    return f"{points} ({least} to {most})"


def _terms(policy: Policy) -> Table:
    table = _table(
        f"markets; costs in {policy.money.currency}",
        left=("market",),
        right=("return window, days", "shipping", "handling", "markdown", "margin of a lost sale"),
    )
    for market in [*dict.fromkeys([*policy.markets, *policy.costs.markets]), None]:
        days = _describe_windows(policy.market(market))
        table.add_row(escape(market or "all others"), days, *_costs(policy.costs_in(market)))
    for warehouse, lanes in policy.costs.lanes.items():
        for market in lanes:
            table.add_row(escape(f"{market} from {warehouse}"), "", *_costs(policy.costs_in(market, warehouse)))
    return table


def _describe_windows(terms: MarketPolicy) -> str:
    others = []
    for window in terms.windows:
        days = "" if window.return_window_days is None else f" {window.return_window_days}"
        until = "" if window.until is None else f" until {window.until}"
        others.append(f"{window.from_} to {window.to}:{days}{until}")
    return "\n".join([str(terms.return_window_days), *others])


def _costs(costs: CostPolicy) -> list[str]:
    return [f"{costs.shipping:.2f}", f"{costs.handling:.2f}", f"{costs.markdown:.0%}", f"{costs.margin:.0%}"]


def _describe_money(money: MoneyPolicy) -> str:
    rates = ", ".join(f"1 {name} = {rate:g} {money.currency}" for name, rate in money.rates.items())
    markets = "".join(f"{currency} in {market}, else " for market, currency in money.markets.items())
    return f"rates: {rates or 'none'}; lines that name no currency are in {markets}{money.currency}."


def _describe_decision(policy: Policy) -> str:
    decision, currency = policy.decision, policy.money.currency
    return (
        f"control group: {decision.holdout:.0%}; review if the worst case is below {decision.review_below:.2f} "
        f"{currency} and at least {decision.review_min_value:.2f} is expected; "
        f"no action below {decision.min_value:.2f}. {_describe_languages(policy)}. "
        f"Version {policy.sha256[:12]}."
    )


def _describe_languages(policy: Policy) -> str:
    languages = policy.languages
    warehouses, markets = (
        "".join(f", {language} in {name}" for name, language in places.items())
        for places in (languages.warehouse, languages.markets)
    )
    return (
        f"Reasons: {languages.team}. Notes to the warehouse: {languages.team}{warehouses}. Messages to customers "
        f"without a language: {languages.team}{markets}"
    )


def _interventions(policy: Policy) -> Table:
    table = _table("interventions", ("intervention",), ("cost", "nightly\ncapacity"))
    for name in ("contact", "where", "lowers returns by"):
        table.add_column(name, overflow="fold")
    for name, intervention in policy.interventions.items():
        effects = "\n".join(
            f"{reason}: {effect.expected:.0%} ({effect.low:.0%} to {effect.high:.0%})"
            for reason, effect in intervention.effect.items()
        )
        goodwill = f"\n+ {intervention.goodwill:.2f} goodwill" if intervention.goodwill else ""
        cost = f"{intervention.cost:.2f}{goodwill}"
        contact = (
            f"customer, {intervention.lost_sale:.1%} of sales lost" if intervention.contacts_customer else "warehouse"
        )
        texts = (_capacity(intervention), contact, _where(intervention), effects)
        table.add_row(name, cost, *map(escape, texts))
    return table


def _capacity(intervention: Intervention) -> str:
    levels = [f"{lines} in {level}" for by in intervention.capacity_by.values() for level, lines in by.items()]
    return "\n".join([str(intervention.capacity), *levels])


def _where(intervention: Intervention) -> str:
    parts = [*intervention.markets, *intervention.categories]
    if intervention.needs == "size_suggestion":
        parts.append("where there is a size to suggest")
    if intervention.lead_hours:
        parts.append(f"{intervention.lead_hours:g} h before the promise")
    stages = [f"{level}: {stage}" for by in intervention.roll_out_by.values() for level, stage in by.items()]
    roll_out = [] if intervention.roll_out == "full" else [f"rolled out: {intervention.roll_out}"]
    return ", ".join([*parts, *roll_out, *stages]) or "everywhere"


def _sku_actions(policy: Policy) -> Table:
    table = _table(
        "actions about items",
        left=("action", "level", "reasons"),
        right=("lowers\nreturns\nby", "cost", "min.\nlines", "min.\nexcess"),
    )
    for name, action in policy.sku_actions.items():
        numbers = f"{action.effect:.0%}", f"{action.cost:.2f}", str(action.min_lines), f"{action.min_excess:g}"
        table.add_row(name, action.level, escape(", ".join(action.reasons)), *numbers)
    return table


def _resolutions(policy: Policy) -> Table:
    table = _table("should a line come back: the first rule that fits", left=("resolution", "for", "text"))
    for rule in policy.resolutions:
        parts = [", ".join(rule.reasons), ", ".join(rule.markets)]
        parts += [f"from {rule.value_from:g} {policy.money.currency}"] if rule.value_from else []
        parts += [] if rule.value_below is None else [f"below {rule.value_below:g} {policy.money.currency}"]
        lines = "; ".join(part for part in parts if part) or "all lines"
        table.add_row(rule.resolution.replace("_", " "), escape(lines), escape(rule.text_in(policy.languages.team)))
    return table
