"""What pages say in words: texts of ``templates/card.yaml``, filled in."""

from functools import cache
from pathlib import Path

import yaml

__all__ = ["say"]

_TEXTS = Path(__file__).parent / "templates/card.yaml"


def say(text: str, /, **values: object) -> str:
    """Return a text of the cards by its name, filled in."""
    return _texts()[text].format(**values)


@cache
def _texts() -> dict[str, str]:
    texts: dict[str, str] = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    return texts
