"""Names of the factors of a score on the page."""

__all__ = ["FACTOR_NAMES", "name_factor"]

FACTOR_NAMES = {
    "account": "the customer's account",
    "basket": "the whole order",
    "brand": "the brand",
    "brand_category": "brand and category",
    "category": "the category",
    "customer": "the customer",
    "customer_brand": "customer and brand",
    "customer_brand_category": "customer, brand and category",
    "customer_category": "customer and category",
    "customer_sku": "customer and this item",
    "customer_style": "customer and style",
    "lane": "warehouse and market",
    "market": "the market",
    "order": "how it was ordered",
    "payment": "the way to pay",
    "product": "the kind of item",
    "shop": "the whole shop",
    "size_category": "size and category",
    "sku": "this item",
    "style": "this style",
    "style_colour": "style and colour",
    "style_size": "style and size",
}
"""Names of the entities of ``features/definitions/*.yaml``."""


def name_factor(entity: str) -> str:
    """Return the name of an entity; its key where only this installation has it.

    >>> name_factor("sku"), name_factor("loyalty_group")
    ('this item', 'loyalty group')
    """
    return FACTOR_NAMES.get(entity, entity.replace("_", " "))
