"""Whether the languages of a policy have all texts that its messages need."""

from pathlib import Path

from returns_risk.config.policy import Policy
from returns_risk.errors import ParamsError
from returns_risk.explain.language import list_languages, load_language

__all__ = ["require_texts"]


def require_texts(policy: Policy, file: Path) -> None:
    """Check that each language of a policy is complete and has a message for each contact.

    Parameters
    ----------
    file : of the policy, for messages

    Raises
    ------
    ParamsError
        A language has no file; a key, a plural form or a placeholder is missing or unknown; an intervention that
        contacts the customer has no message; or ``messages`` has a text in a language that is not known.
    """
    languages = policy.languages
    for name in languages.names:
        messages = load_language(name, languages).messages.interventions
        for intervention, plan in policy.interventions.items():
            if plan.contacts_customer and intervention not in messages:
                raise ParamsError(
                    f"{file}: interventions.{intervention} contacts the customer, but language {name} has no "
                    f"message for it. Add messages.interventions.{intervention} to a file under languages.files (see "
                    "docs/how-to/write-reasons.md)."
                )
    known = {*list_languages(), *languages.files}
    for part in ("footer", "opt_out", "transparency"):
        if unknown := sorted(set(getattr(policy.messages, part)) - known):
            raise ParamsError(
                f"{file}: messages.{part}.{unknown[0]} is in a language without texts; known are {sorted(known)}. "
                "Remove it, or name a file under languages.files."
            )
