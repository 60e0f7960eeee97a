"""``policy.yaml`` as typed, frozen blocks: terms, costs, interventions and capacities of the business."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, model_validator

from returns_risk.config.links import LinksPolicy
from returns_risk.config.messages import LanguagesPolicy, MessagesPolicy
from returns_risk.config.resolutions import ResolutionRule
from returns_risk.config.terms import MarketPolicy
from returns_risk.config.yaml_files import Frozen, load_yaml

__all__ = [
    "ANY",
    "CostPolicy",
    "DecisionPolicy",
    "Effect",
    "ExportPolicy",
    "Intervention",
    "LaneCostPolicy",
    "LinksPolicy",
    "MarketPolicy",
    "MoneyPolicy",
    "Policy",
    "SkuAction",
    "load_policy",
]

Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
CurrencyName = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
ANY = "any"
"""In ``effect``: every reason that is not named."""


class MoneyPolicy(Frozen):
    """Currency of all values, and rates of the others."""

    currency: CurrencyName
    rates: dict[str, PositiveFloat] = Field(default_factory=dict)
    """Value of one unit of another currency in ``currency``."""
    markets: dict[str, CurrencyName] = Field(default_factory=dict)
    """Currency of a market's lines that name none, where it differs from ``currency``."""

    @model_validator(mode="after")
    def _rated(self) -> "MoneyPolicy":
        for market, currency in self.markets.items():
            if self.rate(currency) is None:
                raise ValueError(f"rates has no {currency}, the currency of {market}")
        return self

    def currency_in(self, market: str | None) -> str:
        """Return the currency of a market's lines that name none."""
        return self.markets.get(market, self.currency) if isinstance(market, str) else self.currency

    def rate(self, currency: str) -> float | None:
        """Return the value of one unit of a currency; None if the policy has no rate."""
        return 1.0 if currency == self.currency else self.rates.get(currency)


class CostPolicy(Frozen):
    """Costs of a return and of a lost sale."""

    shipping: NonNegativeFloat = 0.0
    """Both ways, in the policy's currency."""
    handling: NonNegativeFloat
    """Inspection and repacking, in the policy's currency."""
    markdown: Share
    """Share of the price lost when a returned item is sold again."""
    margin: Share
    """Share of the price lost with a sale."""


class LaneCostPolicy(Frozen):
    """Costs of a lane (warehouse to market), only those that differ from the market's."""

    shipping: NonNegativeFloat | None = None
    handling: NonNegativeFloat | None = None
    markdown: Share | None = None
    margin: Share | None = None


class CostsPolicy(Frozen):
    """Costs by market and lane."""

    default: CostPolicy
    markets: dict[str, CostPolicy] = Field(default_factory=dict)
    lanes: dict[str, dict[str, LaneCostPolicy]] = Field(default_factory=dict)
    """By warehouse and market."""


class Effect(Frozen):
    """Share by which an intervention lowers the returns for a reason."""

    expected: Share
    low: Share
    high: Share

    @model_validator(mode="after")
    def _in_order(self) -> "Effect":
        if not self.low <= self.expected <= self.high:
            raise ValueError("low, expected and high are not in this order")
        return self


class Intervention(Frozen):
    """An action on an order line before it ships."""

    cost: NonNegativeFloat
    effect: dict[str, Effect]
    """Effect by return reason of the source; ``any`` for all reasons that are not listed."""
    capacity: NonNegativeInt
    """Lines a night."""
    contacts_customer: bool = False
    lost_sale: Share = 0.0
    """Probability that the intervention loses a sale that would have stayed."""
    goodwill: NonNegativeFloat = 0.0
    """Expected cost of contacting a customer."""
    capacity_by: dict[Literal["warehouse", "market"], dict[str, NonNegativeInt]] = Field(default_factory=dict)
    needs: Literal["size_suggestion"] | None = None
    """``size_suggestion``: only for lines with another size to suggest, or with several sizes of a style to settle."""
    lead_hours: NonNegativeFloat = 0.0
    """Hours between the as-of and the promised delivery that the intervention needs."""
    markets: tuple[str, ...] = ()
    """Markets where it may be used; empty for all."""
    categories: tuple[str, ...] = ()
    roll_out: Literal["full", "shadow"] | Share = "full"
    """``shadow``: decided and recorded, never done; a share: for that share of customers, always the same customers."""
    roll_out_by: dict[Literal["market", "category"], dict[str, Literal["full", "shadow"] | Share]] = Field(
        default_factory=dict
    )
    """Roll-out in single markets or categories; the smallest applies."""


class SkuAction(Frozen):
    """An action on an item (SKU or style) rather than on a line of it."""

    level: Literal["sku", "style"]
    reasons: Annotated[tuple[str, ...], Field(min_length=1)]
    """Return reasons that the action fixes."""
    effect: Share
    """Share by which it lowers tonight's returns for these reasons."""
    cost: NonNegativeFloat
    min_lines: Annotated[int, Field(ge=1)]
    """Smallest number of tonight's lines of the item."""
    min_excess: PositiveFloat
    """Smallest ratio of the item's return rate to its parent's, both smoothed."""


class DecisionPolicy(Frozen):
    """How lines are chosen, held out and reviewed."""

    holdout: Annotated[float, Field(ge=0, lt=1)] = 0.10
    """Share of the customers that would be treated who are the control group."""
    review_below: float = 0.0
    """A line whose value may be as low as this needs review by a person."""
    review_min_value: NonNegativeFloat = 0.0
    """Expected saving below which a line is never worth a person's review: it is acted on without one."""
    min_value: float = 0.0
    """Smallest expected saving of a line that is acted on; at least ``review_min_value``, unless lines that may lose
    money are to be acted on without a review."""

    @property
    def skips_reviews(self) -> bool:
        """Whether lines that may lose money are acted on without a review since they are worth too little."""
        return self.review_min_value > self.min_value


class ExportPolicy(Frozen):
    """Files of an export that are for the shop only."""

    internal: tuple[Literal["customers"], ...] = ()
    """``customers``: nightly runs add ``customers.csv`` with the customer ids of the shop."""


class Policy(Frozen):
    """All of ``policy.yaml``."""

    default: MarketPolicy
    """Terms of markets that are not listed, and of sources that name none."""
    markets: dict[str, MarketPolicy]
    money: MoneyPolicy = MoneyPolicy(currency="EUR")
    costs: CostsPolicy = CostsPolicy(default=CostPolicy(handling=0.0, markdown=0.0, margin=0.0))
    interventions: dict[Name, Intervention] = Field(default_factory=dict)
    """Empty: lines are flagged by their risk alone."""
    sku_actions: dict[Name, SkuAction] = Field(default_factory=dict)
    decision: DecisionPolicy = DecisionPolicy()
    resolutions: tuple[ResolutionRule, ...] = ()
    """The first rule that fits a line recommends what to do should the line come back."""
    transit_days: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Days from the warehouse to the customer, by market; a market that is not listed takes its ``delivery_days``."""
    exports: ExportPolicy = ExportPolicy()
    languages: LanguagesPolicy = LanguagesPolicy()
    links: LinksPolicy = LinksPolicy()
    messages: MessagesPolicy = MessagesPolicy()

    @model_validator(mode="after")
    def _consistent(self) -> "Policy":
        if self.default.time_zone is not None:
            raise ValueError("default.time_zone: the zone of all others is source.time_zone in params.yaml")
        if (self.interventions or self.sku_actions) and not {"money", "costs"} <= self.model_fields_set:
            raise ValueError("interventions are given, but not what a return costs: add money and costs")
        return self

    def market(self, name: str | None) -> MarketPolicy:
        """Return the terms of a market, the default where it is not listed."""
        return self.markets.get(name, self.default) if isinstance(name, str) else self.default

    def transit_days_to(self, market: str | None) -> int:
        """Return how many days before the promised delivery a line to a market has to leave the warehouse."""
        days = self.transit_days.get(market) if isinstance(market, str) else None
        return self.market(market).delivery_days if days is None else days

    @property
    def time_zones(self) -> dict[str, str]:
        """Time zone of each market whose customers do not live by the shop's."""
        return {name: terms.time_zone for name, terms in self.markets.items() if terms.time_zone is not None}

    def costs_in(self, market: str | None, warehouse: str | None = None) -> CostPolicy:
        """Return the costs in a market, or on the lane to it; the default where neither is listed."""
        if not isinstance(market, str):
            return self.costs.default
        costs = self.costs.markets.get(market, self.costs.default)
        lane = self.costs.lanes.get(warehouse, {}).get(market) if isinstance(warehouse, str) else None
        return costs if lane is None else costs.model_copy(update=lane.model_dump(exclude_none=True))

    @property
    def terms_sha256(self) -> str:
        """Return the hash of the terms behind the labels (``default`` and ``markets``)."""
        # Without what is not set, so that terms keep their hash when the policy learns of a new one.
        return _hash(self.model_dump(mode="json", include={"default", "markets"}, exclude_defaults=True))

    @property
    def sha256(self) -> str:
        """Version of the policy: the hash of all values, independent of order and comments."""
        return _hash(self.model_dump(mode="json"))


def _hash(values: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def load_policy(path: Path = Path("policy.yaml")) -> Policy:
    """Read and check ``policy.yaml``.

    Raises
    ------
    ParamsError
        The file is missing, is no YAML, or a key is unknown, missing or out of range.
    """
    return load_yaml(path, Policy)
