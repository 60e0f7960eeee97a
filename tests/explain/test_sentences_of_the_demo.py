"""The page of sentences keeps the rules of reasons and messages."""

import re

from returns_risk.explain.texts import count_words
from returns_risk.explain.wording import MOST_WORDS
from tests.explain.conftest import ROOT
from tests.explain.test_languages import ACCUSING, JARGON, RETURNS

PAGE = (ROOT / "docs/explanation/sentences.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")][
    1:
]
MESSAGES = re.findall(r"^```text\nTo the (\w+), (\w+): (.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_there_are_200_lines_with_reasons_and_60_messages_in_five_languages():
    assert len(ROWS) == 200
    assert len(MESSAGES) == 60
    assert {language for _, language, _ in MESSAGES} == {"de", "en", "fr", "nl", "pl"}


def test_reasons_are_short_without_jargon_and_none_is_said_twice():
    for _, *reasons in ROWS:
        said = [reason for reason in reasons if reason]
        assert said
        assert len(set(said)) == len(said)
        for reason in said:
            assert count_words(reason) <= MOST_WORDS
            assert reason.endswith(".")
            assert not [word for word in (*JARGON["en"], *ACCUSING["en"]) if word in reason.lower()]


def test_the_first_reason_is_the_one_that_the_action_answers():
    first = {action: [reasons[0] for name, *reasons in ROWS if name == action] for action, *_ in ROWS}
    assert all(
        re.match(r"Ordered in|Size|This customer kept|This style runs|This .*size causes", it)
        for it in first["sizing guidance"]
    )
    assert all(re.search(r"(quality|damage or delay) causes", it) for it in first["quality check"])


def test_messages_to_customers_say_nothing_about_returns_or_quality():
    for to, language, text in MESSAGES:
        assert "{" not in text
        if to == "customer":
            assert not [word for word in (*RETURNS[language], *ACCUSING[language]) if word in text.lower()], text
