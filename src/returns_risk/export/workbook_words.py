"""The words of the workbook: in the team's language where it is written, in any language where it is read."""

from functools import cache

from babel.numbers import format_decimal

from returns_risk.export.folding import fold
from returns_risk.export.page_words import LANGUAGES, PageWords

__all__ = ["FEEDBACK_COLUMNS", "WorkbookWords", "find_column", "is_to_do"]

FEEDBACK_COLUMNS = ("order_id", "line_id", "disposition", "comment", "owner")
"""Columns that are read back."""


class WorkbookWords:
    """The words of a workbook in one language, with the policy's currency where amounts are."""

    def __init__(self, language: str, currency: str) -> None:
        """Read the words of a language; those of English where it has no file."""
        self.page = PageWords(language)
        self._words = self.page.all["workbook"]
        self._currency = currency

    @property
    def title(self) -> str:
        """Title of the file."""
        return str(self._words["title"])

    @property
    def owners(self) -> str:
        """Header of the cells for the initials of owners."""
        return str(self._words["owners"])

    @property
    def no_items(self) -> str:
        """Why the sheet of items is empty."""
        return str(self._words["no_items"])

    def sheet(self, name: str) -> str:
        """Return the name of a sheet: ``to_do``, ``messages``, ``items``, ``summary``, ``help`` or ``control``."""
        return str(self._words["sheets"][name])

    def head(self, column: str) -> str:
        """Return the header of a column.

        >>> WorkbookWords("de", "EUR").head("expected_saving"), WorkbookWords("en", "EUR").head("order_id")
        ('Erwartete Ersparnis (EUR)', 'order id')
        """
        return self._fill(self._words["columns"][column])

    def figure(self, name: str) -> str:
        """Return the label of a figure of the summary."""
        return self._fill(self._words["figures"][name])

    def name(self, kind: str, name: str) -> str:
        """Return the name of one of the ``recipients`` or ``levels``."""
        return str(self._words[kind].get(name, name))

    def list_help(self) -> list[str]:
        """Return the sentences of the help."""
        names = {
            "to_do": self.sheet("to_do"), "messages": self.sheet("messages"), "owner": self.head("owner"),
            "carried_over": self.head("carried_over"), "review": self.page.all["tabs"]["review"],
        }  # fmt: skip
        return [text.format_map(names) for text in self._words["help"].values()]

    def number(self, value: float) -> str:
        """Write a number as the language does: whole, or an amount to the cent.

        >>> WorkbookWords("de", "EUR").number(1_234.5), WorkbookWords("de", "EUR").number(1_051)
        ('1.234,50', '1.051')
        """
        pattern = "#,##0.00" if isinstance(value, float) else "#,##0"
        return str(format_decimal(value, pattern, locale=self.page.locale))

    def _fill(self, text: str) -> str:
        return text.replace("{currency}", self._currency)


def find_column(header: str) -> str | None:
    """Return the column of feedback that a header names in any language, in any case, with or without accents.

    >>> find_column("Order ID"), find_column("RUECKMELDUNG"), find_column("Numer zamowienia"), find_column("sku")
    ('order_id', 'disposition', 'order_id', None)
    """
    return _columns().get(fold(header))


def is_to_do(sheet: str) -> bool:
    """Whether a name is that of the sheet with the orders to do, in any language.

    >>> is_to_do("To do"), is_to_do("Zu erledigen"), is_to_do("To do (2)")
    (True, True, False)
    """
    return fold(sheet) in _to_do_sheets()


@cache
def _columns() -> dict[str, str]:
    words = [PageWords(language).all["workbook"]["columns"] for language in LANGUAGES]
    heads = {fold(columns[name]): name for columns in words for name in FEEDBACK_COLUMNS}
    return heads | {fold(name): name for name in FEEDBACK_COLUMNS}


@cache
def _to_do_sheets() -> tuple[str, ...]:
    return tuple(fold(PageWords(language).all["workbook"]["sheets"]["to_do"]) for language in LANGUAGES)
