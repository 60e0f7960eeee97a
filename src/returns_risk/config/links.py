"""``links`` in ``policy.yaml``: where people find an order in the shop, and from where photos may be shown."""

import string
from typing import Annotated
from urllib.parse import quote

from pydantic import Field, field_validator

from returns_risk.config.yaml_files import Frozen

__all__ = ["LinksPolicy"]

Origin = Annotated[str, Field(pattern=r"^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$")]


class LinksPolicy(Frozen):
    """Links of the page that operations work from."""

    order: str | None = None
    """Address of an order in the shop's system, with ``{order_id}``; None for no links."""
    photos: tuple[Origin, ...] = ()
    """Hosts from which the page may show photos of items; empty, so that the page asks nothing of a network."""

    @field_validator("order")
    @classmethod
    def _names_an_order(cls, template: str | None) -> str | None:
        if template is None:
            return None
        fields = [field for _, field, _, _ in string.Formatter().parse(template) if field is not None]
        if fields != ["order_id"] or template.count("{order_id}") != 1:
            raise ValueError(f"{template!r} must contain {{order_id}} once and no other field")
        if not template.startswith(("https://", "http://")):
            raise ValueError(f"{template!r} must begin with https:// or http://")
        return template

    def to_order(self, order_id: str) -> str | None:
        """Return the address of an order, its id percent-encoded; None without a template.

        >>> LinksPolicy(order="https://shop.example/orders/{order_id}").to_order("A/1 2")
        'https://shop.example/orders/A%2F1%202'
        """
        return None if self.order is None else self.order.format(order_id=quote(order_id, safe=""))

    def shows_photo(self, address: object) -> bool:
        """Say whether the page may show a photo: it is on a listed host.

        >>> LinksPolicy(photos=("https://img.example",)).shows_photo("https://img.example.org/1.jpg")
        False
        """
        return isinstance(address, str) and any(address.startswith(f"{origin}/") for origin in self.photos)
