"""Feedback is read in the language of any team: sheet, headers and dispositions."""

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from returns_risk.config.messages import LanguagesPolicy
from returns_risk.errors import SourceError
from returns_risk.export.dispositions import name_dispositions
from returns_risk.export.export import write_export
from returns_risk.export.page_words import LANGUAGES
from returns_risk.export.workbook_words import WorkbookWords
from returns_risk.nightly.feedback import read_feedback
from tests.nightly.small_feedback import bring_back, stored
from tests.small_exports import make_run

pytestmark = pytest.mark.usefixtures("feedback_shop")


def write_workbook(team):
    """Write the export of a night for a team and return its workbook."""
    run = make_run()
    policy = run.policy.model_copy(update={"languages": LanguagesPolicy(team=team)})
    write_export(Path("night"), replace(run, policy=policy))
    return openpyxl.load_workbook("night/flagged_orders.xlsx")


@pytest.mark.parametrize("team", LANGUAGES)
def test_the_workbook_of_any_team_comes_back_filled_in(team):
    book, words = write_workbook(team), WorkbookWords(team, "EUR")
    sheet = book[words.sheet("to_do")]
    names = [cell.value for cell in sheet[1]]
    entered = {"owner": "Anna Meer", "disposition": name_dispositions(team)[0], "comment": "M is right"}
    for name, value in entered.items():
        sheet.cell(3, names.index(words.head(name)) + 1).value = value
    book.move_sheet(sheet.title, offset=3)
    book.save("back.xlsx")
    assert bring_back("back.xlsx") == (0, "back.xlsx: 1 stored, 0 unchanged, 0 rejected", [])
    assert stored() == [{"order_id": "O1", "disposition": "done", "owner": "AM", "comment": "M is right"}]


@pytest.mark.parametrize(
    ("header", "disposition"),
    [
        ("Bestellnummer;Positionsnummer;Rückmeldung;Kommentar;Zuständig", "nicht möglich"),
        ("BESTELLNUMMER;positionsnummer;Rueckmeldung;Kommentar;Zustaendig", "nicht moeglich"),
        ("Numéro de commande;Numéro de ligne;Suite donnée;Commentaire;Responsable", "Impossible"),
        ("Bestelnummer;Regelnummer;Terugmelding;Opmerking;Toegewezen aan", "niet mogelijk"),
        ("Numer zamówienia;Numer pozycji;Informacja zwrotna;Komentarz;Odpowiada", "Niemożliwe"),
        ("order_id;line_id;Rückmeldung;comment;Zuständig", "Not possible"),
    ],
)
def test_the_headers_of_a_csv_may_be_in_the_language_of_any_team(header, disposition):
    assert bring_back("back.csv", f"{header}\nO1;O1-1;{disposition};too late;AM\n")[0] == 0
    expected = {
        "order_id": "O1",
        "line_id": "O1-1",
        "disposition": "not_possible",
        "comment": "too late",
        "owner": "AM",
    }
    assert stored() == [expected]


def test_a_column_in_two_languages_is_refused_as_a_repeated_one():
    text = "Bestellnummer,order_id,disposition\nO1,O2,done\n"
    with pytest.raises(SourceError, match=r"the column order_id appears more than once; it has \['Bestellnummer', "):
        bring_back("back.csv", text)
    assert stored() == []


def test_a_missing_column_is_refused_with_the_headers_of_the_file():
    with pytest.raises(
        SourceError, match=r"the column disposition is missing; it has \['Bestellnummer', 'Kommentar'\]"
    ):
        bring_back("back.csv", "Bestellnummer,Kommentar\nO1,done\n")


def test_a_workbook_with_the_orders_of_two_teams_is_refused():
    book = write_workbook("de")
    book.create_sheet("Do zrobienia").append(["Numer zamówienia", "Informacja zwrotna"])
    book.save("back.xlsx")
    with pytest.raises(
        SourceError, match=r"has 2 sheets of orders to do: \['Zu erledigen', 'Do zrobienia'\]\. Keep one"
    ):
        bring_back("back.xlsx")


def test_no_other_sheet_of_the_workbook_is_read_as_feedback():
    book = write_workbook("fr")
    book["Groupe témoin"].cell(1, 7).value = "Suite donnée"
    book["Groupe témoin"].cell(2, 7).value = "Fait"
    book.save("back.xlsx")
    assert read_feedback(Path("back.xlsx"), "demo") == ([], [])
