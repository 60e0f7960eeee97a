"""Every sentence of every language, rendered: ``python -m tests.explain.rendered`` writes ``sentences.txt`` anew."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.explain import Language, MessageWriter, Row, load_language
from returns_risk.explain.facts import Amount, Fact
from returns_risk.explain.language import list_languages
from returns_risk.explain.wording import say
from tests.explain.conftest import POLICY, TOPICS, TYPICAL

__all__ = ["FILE", "NUMBERS", "SITUATIONS", "facts", "messages", "render_all", "row", "writer"]

FILE = Path(__file__).with_name("sentences.txt")
NUMBERS = (1, 2, 5)
"""They need three plural forms in Polish."""
_UNITS = {"_value": "money", "usual_": "ratio", "unit_price": "money", "discount": "share"}
MOMENT = pd.Timestamp("2026-03-01T23:00Z")
LINE = {
    "order_id": "0000435007", "sku": "S12", "brand": "Dornfeld", "category": "jackets", "size": "XL", "market": "DE",
    "warehouse": "LEJ1", "payment_method": "invoice", "currency": "EUR", "return_reason": "quality",
    "promised_at": pd.Timestamp("2026-03-05T11:00Z"), "ship_by": None,
}  # fmt: skip
KEPT_L = {"sizes": [], "customer": [{"size": "L", "kept": 2}]}
BRACKET = {"sizes_of_style": ("L", "XL"), "basket_sizes_of_style": 2.0}
RUNS_LARGE = {"fit_style_runs": 0.6, "fit_outcomes_of_style": 58.0}
RUNS_SMALL = {"fit_style_runs": -0.6, "fit_outcomes_of_style": 58.0}
SITUATIONS: dict[str, list[dict[str, Any]]] = {
    "sizing_guidance": [
        BRACKET | {"suggested_size": "L", "size_evidence": KEPT_L},
        BRACKET,
        {"suggested_size": "L", "size_evidence": KEPT_L},
        {"suggested_size": "L"} | RUNS_LARGE,
        {"suggested_size": "XXL"} | RUNS_SMALL,
    ],
    "quality_check": [
        {"style_quality_share_all": 0.34},
        {"lane_damage_share_90d": 0.1},
        {"style_quality_share_all": 0.34, "size": "one size", "return_reason": "not_as_pictured"},
        {"style_quality_share_all": 0.34, "brand": None},
    ],
    "confirm_with_customer": [{}],
    "onboarding_help": [{"category": "smart watches", "size": "one size"}],
}
"""What is known of a line, for each text of each message."""


def row(**values: Any) -> Row:
    """One line with what is known of it."""
    columns = {}
    for name, value in (LINE | values).items():
        columns[name] = np.empty(1, dtype=object)
        columns[name][0] = value
    return Row(columns, 0)


def facts(language: Language) -> Iterator[Fact]:
    """A fact for each text of a language and, where it has plural forms, for each of ``NUMBERS``."""
    for part in ("facts", "columns"):
        for name, text in getattr(language, part).items():
            numbers = NUMBERS if any(len(forms) > 1 for forms in text) else (2,)
            yield from (_fact(f"{part}.{name}", number, "sku") for number in numbers)
    yield from (_fact("facts.counted", 5, entity) for entity in language.entities)
    yield from (_fact("facts.cause", 5, "lane", cause) for cause in language.causes)


def _fact(key: str, number: int, entity: str, cause: str = "size") -> Fact:
    unit = next((unit for ending, unit in _UNITS.items() if ending in key), "count")
    value = number / 10 if unit == "share" else number * 24.9 if unit == "money" else number
    usual = 0.23 if key.startswith("facts.") else value / 2
    amounts: dict[str, Amount] = {
        "of": ("entity", entity), "n": (unit, value), "lines": ("count", 127), "days": ("days", 90),
        "reference": ("share" if key.startswith("facts.") else unit, usual), "share": ("share", 0.34),
        "cause": ("cause", cause), "sizes": ("sizes", ("L", "XL")), "kept": ("size", "L"), "size": ("size", "XL"),
        "other": ("count", 3),
    }  # fmt: skip
    if key == "columns.voucher":
        amounts["n"] = ("text", "welcome")
    return Fact(key, "", amounts, {}, plural=number)


def writer(**changes: Any) -> MessageWriter:
    """Write messages with the policy of the repository."""
    return MessageWriter(POLICY.model_copy(update=changes), TOPICS, TYPICAL, MOMENT, "Europe/Berlin")


def messages(language: str) -> Iterator[tuple[str, str]]:
    """Subject and body of each message in a language."""
    everywhere = POLICY.languages.model_copy(update={"warehouse": {"LEJ1": language}})
    for intervention, situations in SITUATIONS.items():
        for values in situations:
            message = writer(languages=everywhere).write(intervention, row(customer_language=language, **values))
            assert message is not None, (intervention, values)
            yield message.subject, message.body


def render_all() -> str:
    """All reasons and messages of all languages as one text."""
    parts = []
    for name in list_languages():
        language = load_language(name)
        sentences = [say(fact, row(), language) for fact in facts(language)]
        written = [f"{subject}\n{body}" for subject, body in messages(name)]
        parts.append("\n".join([f"# {language.name}", language.none, *sentences, *written]))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    FILE.write_text(render_all(), encoding="utf-8")
