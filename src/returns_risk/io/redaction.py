"""Removal of personal data (names, addresses, telephone numbers, accounts) from free text before it is stored."""

import itertools
import re
from collections.abc import Iterator

__all__ = ["redact"]

_REGIONS = ("DE", "AT", "NL", "FR", "PL", "GB", "BE", "CH")
"""Countries whose telephone numbers are recognised without a country code."""
# Every pattern takes time in proportion to the length of the text: repetitions are bounded, or possessive (++) and
# anchored to the start of a run.
_UPPER = "A-ZÄÖÜŻŁŚĆÓŹÉÈÀÇÂÊÎÔÛ"
_NAME = rf"(?:[{_UPPER}]\.|[{_UPPER}][\w'-]{{1,80}}+)"
_PARTICLES = r"(?:(?:van|von|de|der|den|du|la|le|zu)[ ]{1,4}){0,4}"
_NAMES = rf"{_PARTICLES}{_NAME}(?:[ ]{{1,4}}{_PARTICLES}{_NAME}){{0,2}}"
_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"
_EMAIL = re.compile(rf"(?<!{_LOCAL}){_LOCAL}++[ ]?(?:@|\(at\)|\[at\])[ ]?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
# Matched by shape, also where the check digits are wrong: a misspelt account number is still personal.
_IBAN = re.compile(r"(?:\bIBAN:?\s*)?\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,}+")
_INTERNATIONAL = re.compile(r"(?<![\w])(?:\+|00)[1-9](?:[ ()/.-]*\d){7,14}")
_NATIONAL = re.compile(r"(?<![\w-])\(?0[1-9]\d*\)?(?:[ /.-]{1,3}\d+){0,5}")
_STREET = (
    rf"(?:[{_UPPER}][\w-]{{0,60}}(?i:str\.|straße|strasse|weg|gasse|platz|allee|ring|ufer|straat|laan|gracht|plein|kade)"
    r"\s{1,4}\d{1,6}\s?[a-z]?\b"
    r"|(?i:ul\.|ulica|al\.|aleja|os\.)\s{1,4}[\w .-]{1,60}?\s\d{1,6}\w?(?:/\d{1,6})?"
    r"|(?<!\d)\d{1,6}(?:\s?(?:bis|ter))?,?\s{1,4}(?i:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allée|quai)"
    r"\s{1,4}[^,\n]{2,40}"
    rf"|(?<!\d)\d{{1,6}}\w?\s{{1,4}}(?:[{_UPPER}][\w'-]{{1,40}}\s{{1,4}}){{1,3}}(?:Street|St|Road|Rd|Lane|Avenue|Drive|Close)\b)"
)
_CITY = (
    r"(?:\d{2}-\d{3}|\d{4}\s?[A-Z]{2}|\d{4,5}|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})"
    rf"(?:\s{{1,4}}[{_UPPER}][\w'-]{{1,80}}+(?:\s[{_UPPER}][\w'-]{{1,80}}+)?)?"
)
_ADDRESS = re.compile(
    rf"(?:(?<![\w'-]){_NAME}(?:[ ]{{1,4}}{_PARTICLES}{_NAME}){{1,4}},\s{{0,4}})?{_STREET}(?:,?\s{{1,4}}{_CITY})?"
)
_TITLED = re.compile(
    r"\b(?i:herrn?|frau|familie|mrs?\.?|ms\.?|mme|madame|monsieur|mevrouw|mevr\.|dhr\.|de heer|pani?|dr\.|prof\.)"
    rf"\s+{_NAMES}"
)
_SIGNED = re.compile(
    r"(?i:\b(?:viele|liebe|beste|freundliche[nr]?|herzliche|schöne) grü(?:ß|ss)en?|\b(?:lg|vg|mfg|gruß)\b"
    r"|\b(?:kind |best )?regards|\bcordialement|\bbien à vous|\bgroet(?:en|jes)|\bpozdrawiam|\bmein name ist"
    r"|\bich hei(?:ß|ss)e|\bmy name is|\bje m'appelle|\bik heet|\bnazywam się)"
    rf"[\s,:]+{_NAMES}"
)


def redact(text: str) -> str:
    """Replace email addresses, accounts, cards, telephone numbers, postal addresses and names by ``[email]`` etc.

    Names are recognised beside a title, a greeting or an address, but not in the middle of a sentence.

    >>> redact("Zu klein. Bitte an anna.muster@example.com oder +49 30 1234567, Frau Muster")
    'Zu klein. Bitte an [email] oder [phone], [name]'
    """
    text = _EMAIL.sub("[email]", text)
    text = _IBAN.sub(lambda match: "[iban]" if _is_account(match[0]) else match[0], text)
    text = _DIGITS.sub(_redact_cards, text)
    text = _INTERNATIONAL.sub("[phone]", text)
    for start, end in sorted(_phones(text), reverse=True):
        text = f"{text[:start]}[phone]{text[end:]}"
    # The matcher takes a date or an order number next to a telephone number for a part of it, and finds neither.
    text = _NATIONAL.sub(_redact_phone, text)
    text = _ADDRESS.sub("[address]", text)
    text = _TITLED.sub("[name]", text)
    return _SIGNED.sub("[name]", text)


def _is_account(text: str) -> bool:
    plain = re.sub(r"[ -]", "", text.upper()).removeprefix("IBAN").removeprefix(":")
    return len(plain) >= 14 and sum(letter.isdigit() for letter in plain) >= 10


def _redact_cards(run: re.Match[str]) -> str:
    """Replace each card number in a run of groups of digits, which may contain other numbers, too."""
    from stdnum import luhn

    text, redacted = run[0], ""
    while text:
        ends = [end for end in _group_ends(text) if 13 <= sum(map(str.isdigit, text[:end])) <= 19]
        if run.end() < len(run.string) and re.match(r"[\w-]", run.string[run.end()]):
            ends = [end for end in ends if end < len(text)]  # the last group is the start of a word
        card = next((end for end in reversed(ends) if luhn.is_valid(re.sub("[ -]", "", text[:end]))), None)
        if card is not None:
            redacted, text = f"{redacted}[card]", text[card:]
        # On to the next group.
        first = re.match(r"\d*[ -]?", text)
        assert first is not None  # noqa: S101 - the pattern matches anything
        redacted, text = redacted + first[0], text[first.end() :]
    return redacted


def _group_ends(text: str) -> Iterator[int]:
    """Yield the end of each group of digits within the first 19 digits."""
    for match in itertools.islice(re.finditer(r"\d+", text[:40]), 19):
        if match.end() == len(text) or not text[match.end()].isdigit():
            yield match.end()


def _redact_phone(run: re.Match[str]) -> str:
    """Replace the longest valid telephone number at the start of a run of groups of digits."""
    import phonenumbers

    text = run[0]
    for end in reversed([match.end() for match in re.finditer(r"\d+\)?", text)]):
        if 8 <= sum(map(str.isdigit, text[:end])) <= 13:
            for region in _REGIONS:
                if phonenumbers.is_valid_number(phonenumbers.parse(text[:end], region)):
                    return f"[phone]{_NATIONAL.sub(_redact_phone, text[end:])}"
    return text


def _phones(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each telephone number of any of the ``_REGIONS``, without overlaps."""
    if sum(letter.isdigit() for letter in text) < 6:
        return
    import phonenumbers

    taken = bytearray(len(text))
    for region in _REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(text, region):
            if not any(taken[match.start : match.end]):
                taken[match.start : match.end] = b"x" * (match.end - match.start)
                yield match.start, match.end
