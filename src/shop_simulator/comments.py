"""What customers write on the slip: mundane, in their language, hasty, and now and then more than they should."""

from functools import lru_cache

import numpy as np

from shop_simulator.world import LANGUAGES, REASONS, Ints

__all__ = ["PERSONAL_DATA", "TEXTS", "all_comments", "draw_comments"]

_COMMENTED = 0.2
"""Share of returns with a comment."""
_INDISCREET = 0.05
"""Share of comments with personal data."""
_NOISE = (0.45, 0.15, 0.10, 0.12, 0.10, 0.08)
"""Share of comments as they are, in small letters, without the full stop, misspelt, in haste, in capitals."""

TEXTS = {
    "de": (
        ("Fällt leider zu klein aus.", "Zu eng, brauche eine Nummer größer.", "Am Rücken viel zu knapp."),
        ("Viel zu weit.", "Fällt groß aus, eine Nummer kleiner hätte gereicht.", "Ärmel viel zu lang."),
        ("Sieht auf dem Foto anders aus.", "Die Farbe ist ganz anders als im Shop.", "Muster wirkt in echt blass."),
        ("Der Stoff wirkt billig.", "Nach einmal Waschen verzogen.", "Lässt sich nicht einschalten."),
        ("Kam mit kaputter Naht an.", "Der Karton war offen und die Ware verschmutzt.", "Karton eingedrückt."),
        ("Gefällt mir doch nicht.", "Zwei zur Auswahl bestellt, eins behalten.", "Habe etwas anderes gefunden."),
        ("Kam zu spät zum Geburtstag.", "Lieferung hat zu lange gedauert.", "Viel später als versprochen."),
        ("War ein Geschenk, leider nicht ihr Geschmack.", "Hatten wir schon.", "Geschenk, falsche Größe."),
    ),
    "nl": (
        ("Valt te klein.", "Te strak bij de schouders.", "Maat klopt niet, te krap."),
        ("Veel te wijd.", "Valt groot, maat kleiner was beter.", "Mouwen te lang."),
        ("Kleur is anders dan op de foto.", "Ziet er anders uit dan online.", "Het patroon is veel fletser."),
        ("Stof voelt goedkoop.", "Kwaliteit valt tegen.", "Gaat niet aan."),
        ("Kapot aangekomen.", "Er zat een vlek op.", "Doos was ingedeukt."),
        ("Toch niet mijn smaak.", "Twee besteld, één gehouden.", "Iets anders gevonden."),
        ("Te laat bezorgd.", "Het feest was al voorbij.", "Duurde veel te lang."),
        ("Was een cadeau, niet haar smaak.", "Hadden we al.", "Cadeau, verkeerde maat."),
    ),
    "fr": (
        ("Taille trop petit.", "Trop serré aux épaules.", "Impossible à fermer."),
        ("Trop grand pour moi.", "Taille grand, prendre en dessous.", "Manches trop longues."),
        ("Ne ressemble pas à la photo.", "La couleur est différente.", "Motif décevant en vrai."),
        ("Tissu de mauvaise qualité.", "Les coutures lâchent déjà.", "Ne s'allume pas."),
        ("Arrivé abîmé.", "Il y avait une tache.", "Carton écrasé à la livraison."),
        ("Finalement ça ne me plaît pas.", "J'ai changé d'avis.", "J'ai trouvé autre chose."),
        ("Livré trop tard.", "Reçu après la fête.", "Délai pas respecté."),
        ("C'était un cadeau, il ne plaît pas.", "Cadeau reçu en double.", "Cadeau, mauvaise taille."),
    ),
    "pl": (
        ("Za małe.", "Za ciasne w ramionach.", "Rozmiar zaniżony."),
        ("Za duże.", "Rozmiar zawyżony.", "Rękawy za długie."),
        ("Wygląda inaczej niż na zdjęciu.", "Inny kolor niż w sklepie.", "Wzór jest wyblakły."),
        ("Słaba jakość materiału.", "Rozchodzą się szwy.", "Nie włącza się."),
        ("Dotarło uszkodzone.", "Plama na materiale.", "Pudełko było zgniecione."),
        ("Jednak mi się nie podoba.", "Zmieniłam zdanie.", "Znalazłem coś innego."),
        ("Przyszło za późno.", "Dostawa po terminie.", "Za długo czekałam."),
        ("Prezent, nie spodobał się.", "Prezent się powtórzył.", "Prezent, zły rozmiar."),
    ),
    "en": (
        ("Runs small.", "Too tight, need a size up.", "Could not close it."),
        ("Far too big.", "Runs large.", "Sleeves are too long."),
        ("Looks different from the photo.", "The colour is not as shown.", "Pattern looks washed out."),
        ("Feels cheap.", "Poor stitching.", "Does not switch on."),
        ("Arrived damaged.", "There was a stain on it.", "The box was crushed."),
        ("Changed my mind.", "Ordered two, kept one.", "Found something else."),
        ("Came too late.", "Arrived after the party.", "Took much longer than promised."),
        ("It was a present and not to her taste.", "We had one already.", "Present, wrong size."),
    ),
}  # fmt: skip
"""Three texts per reason, in the order of ``REASONS``, by language."""

PERSONAL_DATA = (
    "anna.muster@example.com", "j.devries@example.com", "c.martin@example.org", "+49 30 1234567", "0031 20 7654321",
    "+48 22 555 01 02", "IBAN DE00 0000 0000 0000 0000 00", "IBAN FR00 0000 0000 0000 0000 0000 000",
    "Maria Musterfrau, Musterstr. 1, 12345 Musterstadt", "Jan Kowalski, ul. Przykładowa 5, 00-000 Warszawa",
    "Visa 4111 1111 1111 1111", "M. Dupont, 3 rue de l'Exemple, 75000 Paris",
)  # fmt: skip
"""Invented, for tests that personal data never leaves the source."""

_VARIANTS = 3


def draw_comments(rng: np.random.Generator, language: Ints, reason: Ints) -> Ints:
    """Draw the comment of each return as its position in ``all_comments``, -1 for the most, who write nothing.

    Parameters
    ----------
    language : position in ``LANGUAGES``, shape (n_returns,)
    reason : position in ``REASONS``, shape (n_returns,)
    """
    count = len(reason)
    written = rng.random(count) < _COMMENTED
    personal = np.where(rng.random(count) < _INDISCREET, 1 + rng.integers(len(PERSONAL_DATA), size=count), 0)
    text = (language.astype(np.int64) * len(REASONS) + reason) * _VARIANTS + rng.integers(_VARIANTS, size=count)
    noise = np.searchsorted(np.cumsum(_NOISE[:-1]), rng.random(count), side="right")
    return np.where(written, (text * len(_NOISE) + noise) * (1 + len(PERSONAL_DATA)) + personal, -1)


@lru_cache(maxsize=1)
def all_comments() -> list[str]:
    """Return every comment there can be, in the order of their numbers."""
    texts = [text for language in LANGUAGES for reason in TEXTS[language] for text in reason]
    noisy = [_noisy(text, noise) for text in texts for noise in range(len(_NOISE))]
    return [f"{text} {data}".rstrip() for text in noisy for data in ("", *PERSONAL_DATA)]


def _noisy(text: str, noise: int) -> str:
    middle = len(text) // 2
    spellings = (
        text,
        text.lower(),
        text.rstrip("."),
        text[:middle] + text[middle + 1 : middle + 2] + text[middle] + text[middle + 2 :],
        text.rstrip(".").lower() + "!!",
        text.upper(),
    )
    return spellings[noise]
