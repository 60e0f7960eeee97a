"""Words compared as people write them: in any case, with or without accents."""

import unicodedata

__all__ = ["fold"]


def fold(text: str) -> str:
    """Return a text without case, accents, signs and doubled spaces; umlauts as two letters or one are the same.

    >>> fold("Order_ID "), fold("NICHT MÖGLICH") == fold("nicht moeglich")
    ('order id', True)
    """
    lowered = text.casefold().replace("ł", "l")
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        lowered = lowered.replace(letters, umlaut)
    plain = "".join(sign for sign in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in plain).split())
