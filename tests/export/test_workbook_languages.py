"""The workbook speaks the language of the team, and is read back in any of the five."""

from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from returns_risk.config.messages import LanguagesPolicy
from returns_risk.export.columns import to_export
from returns_risk.export.folding import fold
from returns_risk.export.page_words import LANGUAGES, PageWords
from returns_risk.export.recent_nights import RecentNights
from returns_risk.export.tables import flagged_orders
from returns_risk.export.workbook import write_workbook
from returns_risk.export.workbook_words import FEEDBACK_COLUMNS, WorkbookWords, find_column, is_to_do
from tests.export.small_pages import SKU
from tests.small_exports import make_run

NIGHTS = pd.DataFrame({"as_of": ["2026-02-28", "2026-03-01"], "orders": [40, 1_051], "value": [31.5, 1_234.5]})


def write(path, team):
    run = make_run()
    policy = run.policy.model_copy(update={"languages": LanguagesPolicy(team=team)})
    run = replace(run, policy=policy, sku_actions=pd.DataFrame([SKU]))
    write_workbook(path, flagged_orders(to_export(run.candidates), 2), run, run.manifest, RecentNights(NIGHTS))
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def german(tmp_path_factory):
    return write(tmp_path_factory.mktemp("book") / "book.xlsx", "de")


def cells(sheet):
    return sheet.iter_rows(values_only=True)


def columns_of(language):
    return PageWords(language).all["workbook"]["columns"]


def test_the_sheets_have_german_names_and_all_lines_stays_as_the_files_have_it(german):
    assert {sheet.title: sheet.sheet_state for sheet in german} == {
        "Zu erledigen": "visible", "Nachrichten": "visible", "Artikel": "visible", "Übersicht": "visible",
        "Hilfe": "visible", "Kontrollgruppe": "hidden", "All lines": "hidden",
    }  # fmt: skip
    assert [cell.value for cell in german["All lines"][1]][:3] == ["order id", "line id", "sku"]


def test_an_order_is_described_in_german(german):
    header, first, *_ = cells(german["Zu erledigen"])
    row = dict(zip(header, first, strict=True))
    assert row | {"Versand bis": str(row["Versand bis"])} == {
        "Versand bis": "2026-03-03 19:00:00", "Bestellnummer": "O2", "Markt": None, "Lager": "LEJ1",
        "Artikel": "acme Schuhe red\nacme Schuhe red", "Größe": "M\nM", "Empfohlene Größe": None,
        "Maßnahme": "Ware prüfen\nZu prüfen: call", "Warum": "late\nnew customer",
        "Erwartete Ersparnis (EUR)": 4.75, "Zuständig": None, "Rückmeldung": None, "Kommentar": None,
    }  # fmt: skip


def test_messages_items_and_control_group_are_in_german(german):
    header, first, *_ = cells(german["Nachrichten"])
    assert header == ("Bestellnummer", "Positionsnummer", "Empfänger", "Sprache", "Antwort bis", "Betreff", "Text")
    assert first[:4] == ("O2", "O2-2", "Lager", "de")
    header, item = cells(german["Artikel"])
    assert dict(zip(header, item, strict=True)) == {
        "Artikel": "A<b>", "Ebene": "Artikel", "Maßnahme": "Bestand prüfen", "Ursache": "Qualität", "Positionen": 7,
        "Erwartete Rückgaben": 3.21, "Erwartete Ersparnis (EUR)": 12.5, "Rückgabequote (90 Tage)": None,
        "Rückgabequote (gesamt)": 0.61, "Verglichen mit": "Marke und Kategorie", "Rückgabequote im Vergleich": 0.4,
    }  # fmt: skip
    header, *rows = cells(german["Kontrollgruppe"])
    assert header == ("Bestellnummer", "Positionsnummer", "Markt", "Lager", "Artikel", "Geplante Maßnahme")
    assert rows[0] == ("O3", "O3-1", "FR", "BER2", "blue", "Ware prüfen")


def test_the_summary_is_in_german_with_numbers_as_germans_write_them(german):
    rows = [row for row in cells(german["Übersicht"]) if any(row)]
    assert rows[:6] == [
        ("Nacht", "2026-03-02"),
        ("Quelle", "tests"),
        ("Bestellungen zu erledigen", 1),
        ("Bestellungen zu prüfen", 1),
        ("Positionen dieser Bestellungen, die zu erledigen oder zu prüfen sind", 3),
        ("Erwartete Ersparnis (EUR)", 7.25),
    ]
    assert ("Modell für die Gründe, Version", "keines") in rows
    assert rows[-3:] == [
        ("Frühere Nächte", "Bestellungen; erwartete Ersparnis (EUR)"),
        ("2026-03-01", "1.051; 1.234,50"),
        ("2026-02-28", "40; 31,50"),
    ]


def test_the_help_names_sheets_and_columns_as_they_are_named(german):
    sentences = [cell for (cell,) in cells(german["Hilfe"]) if cell]
    assert sentences[0].startswith("Arbeiten Sie das Blatt „Zu erledigen“ von oben ab")
    assert "Steht „Zu prüfen“ davor" in sentences[2]
    assert sentences[-1] == "Zuständige (Kürzel)"
    owners = [rule.formula1 for rule in german["Zu erledigen"].data_validations.dataValidation]
    assert "Hilfe!$A$14:$A$33" in owners
    assert not [sentence for sentence in sentences if "{" in sentence]


def width(cell):
    """Width of a cell's column; neighbours of the same width share one entry, under the first of them."""
    (entry,) = [each for each in cell.parent.column_dimensions.values() if each.min <= cell.column <= each.max]
    return entry.width


@pytest.mark.parametrize("team", LANGUAGES)
def test_no_text_is_cut_off_in_any_language(tmp_path, team):
    book = write(tmp_path / "book.xlsx", team)
    for sheet in book:
        assert len(sheet.title) <= 31  # what Excel allows
        for cell in sheet[1]:
            assert max(map(len, str(cell.value).split())) < width(cell), cell.value
    assert sum(width(cell) for cell in book.worksheets[0][1]) <= 250, "the sheet fits on a wide screen"


def test_the_same_run_gives_the_same_bytes_in_polish(tmp_path):
    for name in ("one", "two"):
        write(tmp_path / f"{name}.xlsx", "pl")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheets_are_named_as_the_tabs_of_the_page(language):
    words = WorkbookWords(language, "EUR")
    tabs = words.page.all["tabs"]
    assert (words.sheet("to_do"), words.sheet("control")) == (tabs["to_do"], tabs["control"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheets_and_headers_are_found_by_their_names_in_any_language(language):
    words = WorkbookWords(language, "EUR")
    assert is_to_do(words.sheet("to_do").upper())
    assert [find_column(words.head(name).upper()) for name in FEEDBACK_COLUMNS] == list(FEEDBACK_COLUMNS)
    others = [text for name, text in columns_of(language).items() if name not in FEEDBACK_COLUMNS]
    assert [find_column(text) for text in others] == [None] * len(others)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_columns_of_a_language_have_the_same_header(language):
    heads = [fold(text) for text in columns_of(language).values()]
    assert len(set(heads)) == len(heads)


def test_no_column_of_the_files_is_taken_for_another_one():
    flagged = flagged_orders(to_export(make_run().candidates), 2)
    found = {str(name): find_column(str(name)) for name in flagged}
    assert {name: column for name, column in found.items() if column} == {"order_id": "order_id", "line_id": "line_id"}
