"""What pages say in words: texts of ``templates/card.yaml``, filled in."""

from functools import cache
from pathlib import Path

from returns_risk.config.yaml_files import read_yaml

__all__ = ["say"]

_TEXTS = Path(__file__).parent / "templates/card.yaml"


def say(text: str, /, **values: object) -> str:
    """Return a text of the cards by its name, filled in."""
    return _texts()[text].format(**values)


@cache
def _texts() -> dict[str, str]:
    texts: dict[str, str] = read_yaml(_TEXTS)
    return texts
