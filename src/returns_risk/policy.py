"""``policy.yaml``: what the business decides, market by market."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from returns_risk.params import Frozen, load_yaml

__all__ = ["MarketPolicy", "Policy", "load_policy"]

Days = Annotated[int, Field(ge=0)]


class MarketPolicy(Frozen):
    """The terms of one market."""

    return_window_days: Days
    """Days after delivery within which a customer may send a line back."""
    delivery_days: Days
    """Days after ordering by which an order without promise and delivery scan counts as delivered."""
    grace_days: Days
    """Days past the promise after which a parcel without a delivery scan counts as delivered."""


class Policy(Frozen):
    """All of ``policy.yaml``."""

    default: MarketPolicy
    """For markets that are not listed, and for sources that name none."""
    markets: dict[str, MarketPolicy]

    def market(self, name: str | None) -> MarketPolicy:
        """Return the terms of a market, the default where it is not listed."""
        return self.markets.get(name, self.default) if isinstance(name, str) else self.default


def load_policy(path: Path = Path("policy.yaml")) -> Policy:
    """Read and check ``policy.yaml``.

    Raises
    ------
    ParamsError
        The file is missing, is no YAML, or a key is unknown, missing or out of range.
    """
    return load_yaml(path, Policy)
