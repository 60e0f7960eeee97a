"""The words of page and workbook in the team's language, from ``languages/``."""

from datetime import date
from pathlib import Path
from typing import Any

from babel.dates import format_skeleton
from babel.numbers import format_decimal

from returns_risk.config.policy import Policy
from returns_risk.config.yaml_files import read_yaml

__all__ = ["LANGUAGES", "PageWords", "team_language"]

_FOLDER = Path(__file__).parent / "languages"
LANGUAGES = tuple(sorted(file.stem for file in _FOLDER.glob("*.yaml")))
"""Languages that have a file."""
_DEFAULT = "en"


class PageWords:
    """The words of a language; other names of policy and source are shown as they are written."""

    def __init__(self, language: str) -> None:
        """Read the words of a language such as ``de`` or ``de-AT``; those of English where it has no file."""
        base = language.split("-")[0]
        self.language = base if base in LANGUAGES else _DEFAULT
        self.all: dict[str, Any] = read_yaml(_FOLDER / f"{self.language}.yaml")

    @property
    def of_page(self) -> dict[str, Any]:
        """The words that a page has in it: all but those of the workbook."""
        return {key: words for key, words in self.all.items() if key != "workbook"}

    def name(self, kind: str, name: str) -> str:
        """Return the name of an intervention, return reason, factor or action on items.

        >>> PageWords("de").name("return_reasons", "too_small"), PageWords("de").name("factors", "loyalty_group")
        ('zu klein', 'loyalty group')
        """
        known: str = self.all[kind].get(name) or name.replace("_", " ")
        return known

    def day(self, day: date) -> str:
        """Return day and month.

        >>> PageWords("en").day(date(2026, 3, 4)), PageWords("de").day(date(2026, 3, 4))
        ('4 Mar', '4. März')
        """
        return str(format_skeleton("MMMd", day, locale=self.locale))

    def amount(self, money: float) -> str:
        """Return an amount of money to the cent.

        >>> PageWords("en").amount(1049.5), PageWords("de").amount(1049.5)
        ('1,049.50', '1.049,50')
        """
        return str(format_decimal(money, "#,##0.00", locale=self.locale))

    @property
    def locale(self) -> str:
        """Locale of the language, e.g. ``en_GB``."""
        return str(self.all["locale"].replace("-", "_"))

    def action(
        self,
        decision: str,
        intervention: str,
        message_size: str,
        no_action_reason: str,
        *,
        has_several_sizes: bool = False,
    ) -> str:
        """Return what is to be done about a line, in a few words.

        Parameters
        ----------
        message_size : that the message offers; empty where it asks an open question
        has_several_sizes : the order has its style in several sizes: the message offers to keep one of them

        >>> words = PageWords("en")
        >>> words.action("act", "sizing_guidance", "L", ""), words.action("none", "", "", "no capacity")
        ('Suggest L', 'No action: no capacity left')
        >>> words.action("act", "sizing_guidance", "", "")
        'Ask which size'
        >>> words.action("act", "sizing_guidance", "L", "", has_several_sizes=True)
        'Keep L only'
        >>> words.action("holdout", "sizing_guidance", "L", "")
        'Control group'
        """
        if decision == "none":
            reason = self.name("no_action_reasons", no_action_reason)
            text: str = self.all["no_action"].replace("{reason}", reason) if reason else self.all["tabs"]["none"]
        elif decision == "holdout":
            text = self.all["tabs"]["control"]
        elif intervention == "sizing_guidance" and not message_size:
            text = self.all["ask_size"]
        elif intervention == "sizing_guidance":
            key = "keep_size" if has_several_sizes else "suggest_size"
            text = self.all[key].replace("{size}", message_size)
        else:
            text = self.name("interventions", intervention)
        return text


def team_language(policy: Policy) -> str:
    """Return the language of those who work from the page."""
    return policy.languages.team
