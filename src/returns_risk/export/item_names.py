"""What people call an item, on the page and in the workbook."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from returns_risk.config.messages import LanguagesPolicy
from returns_risk.explain import load_language

__all__ = ["name_item", "text"]


def name_item(line: Mapping[Any, Any], languages: LanguagesPolicy) -> str:
    """Return brand, category and colour of an item; its sku where the source has none of them.

    The category is in the team's language; brand and colour are the shop's words.

    >>> name_item({"sku": "A-1", "brand": "Acme", "category": "jackets"}, LanguagesPolicy(team="de"))
    'Acme Jacken'
    """
    language = load_language(languages.team, languages)
    category = language.word("categories", text(line.get("category")))
    parts = (text(line.get("brand")), category, text(line.get("colour")))
    return " ".join(part for part in parts if part) or str(line["sku"])


def text(value: Any) -> str:
    """Return a text; an empty one where it is missing."""
    return "" if value is None or pd.isna(value) else str(value)
