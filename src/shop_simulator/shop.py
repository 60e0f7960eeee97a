"""The state of the shop and a day in it: orders, shipments, returns, and the lessons customers draw from them."""

from dataclasses import dataclass, field

import numpy as np

from returns_risk.errors import SourceError
from shop_simulator.applied import Applied
from shop_simulator.behaviour import OVERDUE, Hazards, Outcomes, Truth, draw_outcomes, hazards_of, truth_of
from shop_simulator.books import line_table, order_table
from shop_simulator.catalogue import Catalogue
from shop_simulator.customers import customer_table
from shop_simulator.definition import Definition, random_numbers
from shop_simulator.fulfilment import Fulfilment, draw_fulfilment, parcels_of
from shop_simulator.growing import Table
from shop_simulator.numbering import line_ids
from shop_simulator.orders import DayOfOrders, draw_orders
from shop_simulator.returns import draw_returns, return_table
from shop_simulator.seasons import Calendar
from shop_simulator.world import NEVER, REASONS, SYSTEM, WORN_ONCE, Ints

__all__ = ["LONGEST_STORY", "Shop"]

_CHURN = 0.03
"""Share of customers who never come back, of those whose parcel has arrived."""
_DISAPPOINTED = 0.10
"""The same where it came back faulty, damaged or late."""
_LEARNS = 0.15
"""How far an article tried on moves a customer's belief in their size."""
_MIRROR = 0.3
"""Sizes by which they misjudge what they try on."""
_WELL = 0.5
"""Sizes within which a kept article fits so well that its size is remembered."""
_LONGEST_OPEN = 12
"""Days after which every line has shipped."""
LONGEST_STORY = 75
"""Days after which the fate of every line is settled: shipped, delivered, returned or kept."""
_CONTACTED_AT = np.timedelta64(9, "h")


@dataclass
class Shop:
    """The state of a simulated shop at the beginning of a day, with parcels and returns under way.

    What a chain may see of it all is in ``raw``.
    """

    definition: Definition
    day: int
    """The day that comes next, days since 1970-01-01."""
    catalogue: Catalogue
    calendar: Calendar
    customers: Table = field(default_factory=customer_table)
    orders: Table = field(default_factory=order_table)
    lines: Table = field(default_factory=line_table)
    returns: Table = field(default_factory=return_table)
    first_lines: list[int] = field(default_factory=list)
    """Position of the first line of each day."""

    def advance(self, until: int, applied: Applied) -> None:
        """Live through the days before ``until``, with the interventions that were applied on each."""
        while self.day < until:
            self._live(self.day, applied)
            self.day += 1

    def _live(self, day: int, applied: Applied) -> None:
        self._intervene(day, *applied.on(day))
        self.catalogue.open_day(day)
        self._order(day)
        self._ship(day)
        self._learn(day)

    def _intervene(self, day: int, order: Ints, position: Ints, intervention: Ints) -> None:
        """Carry out the decisions at the beginning of the day, except for lines that are shipped or cancelled."""
        lines = self.lines
        line = self._find(day, order, position)
        waiting = (lines["ships_on"][line] >= day) & ~(lines["cancelled"][line] < np.datetime64(day, "D"))
        line, column = line[waiting], 1 + intervention[waiting]
        lines["applied"][line] = column
        gone = line[lines["cancels_if"][line, column]]
        # Who would have cancelled anyway, and sooner, does not wait for the question.
        contacted = np.datetime64(day, "D").astype("M8[s]") + _CONTACTED_AT
        lines["cancelled"][gone] = np.fmin(lines["cancelled"][gone], contacted)
        annoyed = self.orders["customer"][lines["order"][line[lines["annoyed_if"][line, column]]]]
        self.customers["activity"][np.unique(annoyed)] *= 0.5

    def _find(self, day: int, order: Ints, position: Ints) -> Ints:
        """Return the positions of lines by order and position in it."""
        start = np.searchsorted(self.lines["order"], order)
        end = np.searchsorted(self.lines["order"], order, side="right")
        unknown = np.flatnonzero((order < 0) | (position < 1) | (start + position > end))
        if len(unknown):
            example = line_ids(order[unknown[:1]], position[unknown[:1]])[0].as_py()
            raise SourceError(
                f"applied interventions: {len(unknown)} lines of {np.datetime64(day, 'D')} had not been ordered "
                f"yet, e.g. {example}. Correct the file of applied interventions."
            )
        line: Ints = start + position - 1
        return line

    def _order(self, day: int) -> None:
        self.first_lines.append(len(self.lines))
        orders = draw_orders(self.definition, self.customers, self.catalogue, day)
        category = self.catalogue.styles["category"][orders.lines.style].astype(np.int64)
        parcels = parcels_of(orders, category, day)
        hazards = hazards_of(self.definition, self.customers, self.catalogue, orders, parcels, day)
        rng = random_numbers(self.definition, "fulfilment", day)
        fulfilment = draw_fulfilment(rng, orders, category, self.calendar, day)
        outcomes = draw_outcomes(random_numbers(self.definition, "outcomes", day), hazards, fulfilment)
        chances = random_numbers(self.definition, "chances", day)
        number = self._add_orders(chances, orders, fulfilment)
        self._add_lines(chances, number, orders, fulfilment, hazards, truth_of(hazards), outcomes)

    def _add_orders(self, rng: np.random.Generator, orders: DayOfOrders, fulfilment: Fulfilment) -> Ints:
        plain = {name: getattr(orders, name) for name in self.orders.names if name not in ("promised", "fault")}
        drawn = {"promised": fulfilment.promised, "fault": rng.random(len(orders.ordered))}
        return self.orders.append(plain | drawn)

    def _add_lines(
        self,
        rng: np.random.Generator,
        number: Ints,
        orders: DayOfOrders,
        fulfilment: Fulfilment,
        hazards: Hazards,
        truth: Truth,
        outcomes: Outcomes,
    ) -> None:
        lines = orders.lines
        count = len(lines.order)
        self.lines.append(
            {
                "order": number[lines.order],
                "position": np.arange(count) - np.searchsorted(lines.order, lines.order) + 1,
                "sku": self.catalogue.sku(lines.style, lines.colour, lines.size),
                "style": lines.style,
                "quantity": lines.quantity,
                "list_price": orders.list_price,
                "unit_price": orders.unit_price,
                "gift": orders.gift,
                "known": lines.known,
                "fit": hazards.fit,
                "shipped": fulfilment.shipped,
                "delivered": fulfilment.delivered,
                "cancelled": fulfilment.cancelled,
                "carrier": fulfilment.carrier,
                "late": fulfilment.late,
                "overdue": rng.random(count) < OVERDUE,
                "probability": truth.probability,
                "reasons": truth.reasons,
                "if_done": truth.if_done,
                "returned_if": outcomes.returned,
                "reason_if": outcomes.reason,
                "cancels_if": outcomes.cancelled,
                "annoyed_if": outcomes.annoyed,
                "applied": 0,
                "ships_on": fulfilment.shipped.astype("M8[D]").astype(np.int64),
                "decided_on": -1,
                "returned": False,
                "fault": rng.random(count),
            }
        )

    def _since(self, day: int) -> int:
        """Return the first line ordered on or after a day."""
        ago = max(day - self.definition.first_day, 0)
        return self.first_lines[ago]

    def _ship(self, day: int) -> None:
        """Ship today's parcels: their fate is decided now, interventions included."""
        lines = self.lines
        first = self._since(day - _LONGEST_OPEN)
        today = first + np.flatnonzero(lines["ships_on"][first:] == day)
        gone = lines["cancelled"][today] <= lines["shipped"][today]
        lines["shipped"][today[gone]] = lines["delivered"][today[gone]] = NEVER
        sent = today[~gone]
        lines["cancelled"][sent] = NEVER
        lines["returned"][sent] = lines["returned_if"][sent, lines["applied"][sent]]
        lines["decided_on"][sent] = lines["delivered"][sent].astype("M8[D]").astype(np.int64) + 3
        self._return(day, sent[lines["returned"][sent]])

    def _return(self, day: int, line: Ints) -> None:
        lines, orders = self.lines, self.orders
        order = lines["order"][line]
        category = self.catalogue.styles["category"][lines["style"][line]]
        reason = lines["reason_if"][line, lines["applied"][line]].astype(np.int64)
        wardrobing = self.customers["wardrobing"][orders["customer"][order]]
        evening = wardrobing & WORN_ONCE[category] & (reason == REASONS.index("changed_mind"))
        lines["decided_on"][line] = draw_returns(
            random_numbers(self.definition, "returns", day),
            self.returns,
            self.calendar,
            line,
            delivered=lines["delivered"][line],
            market=orders["market"][order].astype(np.int64),
            quantity=lines["quantity"][line],
            reason=reason,
            overdue=lines["overdue"][line],
            evening=evening,
            language=self.customers["language"][orders["customer"][order]],
        )

    def _learn(self, day: int) -> None:
        """Let customers draw their conclusions from what they kept or sent back today."""
        lines, customers = self.lines, self.customers
        first = self._since(day - LONGEST_STORY)
        today = first + np.flatnonzero(lines["decided_on"][first:] == day)
        rng = random_numbers(self.definition, "learning", day)
        buyer = self.orders["customer"][lines["order"][today]]
        back = lines["returned"][today]
        reason = lines["reason_if"][today, lines["applied"][today]]
        sku = lines["sku"][today]
        system = SYSTEM[self.catalogue.styles["category"][lines["style"][today]]]
        size = self.catalogue.skus["size"][sku]
        worn = ~lines["gift"][today]
        kept = ~back & worn
        customers["kept_sku"][buyer[kept]] = sku[kept]
        fits = kept & (np.abs(lines["fit"][today]) < _WELL)
        customers["kept_size"][buyer[fits], system[fits]] = size[fits]
        wrong = back & worn & np.isin(reason, [REASONS.index(name) for name in ("too_small", "too_large")])
        forgotten = wrong & (customers["kept_size"][buyer, system] == size)
        customers["kept_size"][buyer[forgotten], system[forgotten]] = -1
        # Each article tried on is evidence of body size; the cut of its style biases it.
        seems = size - lines["fit"][today] + rng.normal(0.0, _MIRROR, len(today))
        step = np.where(worn, _LEARNS * (seems - customers["belief"][buyer, system]), 0.0)
        np.add.at(customers["belief"], (buyer, system), step)
        bad = back & np.isin(reason, [REASONS.index(name) for name in ("quality", "damaged", "late")])
        leaves = rng.random(len(today)) < np.where(bad, _DISAPPOINTED, _CHURN)
        customers["activity"][buyer[leaves]] = 0.0
