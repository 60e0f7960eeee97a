"""What customers write on the slip: mundane, in their language, and now and then more than they should."""

import numpy as np

from returns_risk.simulate.world import Ints

__all__ = ["PERSONAL_DATA", "TEXTS", "draw_comments"]

_COMMENTED = 0.2
"""Share of returns with a comment."""
_INDISCREET = 0.05
"""Share of comments with personal data."""

TEXTS = {
    "de": (
        ("Fällt leider zu klein aus.", "Zu eng, brauche eine Nummer größer."),
        ("Viel zu weit.", "Fällt groß aus, eine Nummer kleiner hätte gereicht."),
        ("Sieht auf dem Foto anders aus.", "Die Farbe ist ganz anders als im Shop."),
        ("Der Stoff wirkt billig.", "Nach einmal Waschen verzogen."),
        ("Kam mit kaputter Naht an.", "Der Karton war offen und die Ware verschmutzt."),
        ("Gefällt mir doch nicht.", "Zwei zur Auswahl bestellt, eins behalten."),
        ("Kam zu spät zum Geburtstag.", "Lieferung hat zu lange gedauert."),
        ("Passt schon, danke.", "Bitte schnell erstatten."),
    ),
    "nl": (
        ("Valt te klein.", "Te strak bij de schouders."),
        ("Veel te wijd.", "Valt groot, maat kleiner was beter."),
        ("Kleur is anders dan op de foto.", "Ziet er anders uit dan online."),
        ("Stof voelt goedkoop.", "Kwaliteit valt tegen."),
        ("Kapot aangekomen.", "Er zat een vlek op."),
        ("Toch niet mijn smaak.", "Twee besteld, één gehouden."),
        ("Te laat bezorgd.", "Het feest was al voorbij."),
        ("Bedankt!", "Graag snel terugbetalen."),
    ),
    "fr": (
        ("Taille trop petit.", "Trop serré aux épaules."),
        ("Trop grand pour moi.", "Taille grand, prendre en dessous."),
        ("Ne ressemble pas à la photo.", "La couleur est différente."),
        ("Tissu de mauvaise qualité.", "Les coutures lâchent déjà."),
        ("Arrivé abîmé.", "Il y avait une tache."),
        ("Finalement ça ne me plaît pas.", "J'ai changé d'avis."),
        ("Livré trop tard.", "Reçu après la fête."),
        ("Merci.", "Remboursement rapide svp."),
    ),
    "pl": (
        ("Za małe.", "Za ciasne w ramionach."),
        ("Za duże.", "Rozmiar zawyżony."),
        ("Wygląda inaczej niż na zdjęciu.", "Inny kolor niż w sklepie."),
        ("Słaba jakość materiału.", "Rozchodzą się szwy."),
        ("Dotarło uszkodzone.", "Plama na materiale."),
        ("Jednak mi się nie podoba.", "Zmieniłam zdanie."),
        ("Przyszło za późno.", "Dostawa po terminie."),
        ("Dziękuję.", "Proszę o szybki zwrot pieniędzy."),
    ),
    "en": (
        ("Runs small.", "Too tight, need a size up."),
        ("Far too big.", "Runs large."),
        ("Looks different from the photo.", "The colour is not as shown."),
        ("Feels cheap.", "Poor stitching."),
        ("Arrived damaged.", "There was a stain on it."),
        ("Changed my mind.", "Ordered two, kept one."),
        ("Came too late.", "Arrived after the party."),
        ("All fine, thanks.", "Please refund soon."),
    ),
}
"""Two texts per reason, in the order of ``REASONS``, by language."""

PERSONAL_DATA = (
    "anna.muster@example.com", "j.devries@example.com", "+49 30 1234567", "IBAN DE00 0000 0000 0000 0000 00",
    "Maria Musterfrau, Musterstr. 1, 12345 Musterstadt",
)  # fmt: skip
"""Made up, for tests that look for what must not leave the source."""


def draw_comments(rng: np.random.Generator, language: list[str], reason: Ints) -> list[str]:
    """Write the comment of each return, empty for most.

    Parameters
    ----------
    language : of each customer, a key of ``TEXTS``
    reason : position in ``REASONS``, shape (n_returns,)
    """
    count = len(reason)
    written = rng.random(count) < _COMMENTED
    indiscreet = rng.random(count) < _INDISCREET
    variant = rng.integers(2, size=count)
    extra = rng.integers(len(PERSONAL_DATA), size=count)
    comments = [""] * count
    for row in np.flatnonzero(written):
        text = TEXTS[language[row]][reason[row]][variant[row]]
        comments[row] = f"{text} {PERSONAL_DATA[extra[row]]}" if indiscreet[row] else text
    return comments
