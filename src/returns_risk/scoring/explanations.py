"""Explain the flagged lines: reasons, factors, and the message to the customer or the warehouse."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from returns_risk.config.policy import ANY, Policy
from returns_risk.explain import (
    ITEM,
    attribute,
    explain,
    explain_to_customer,
    languages_of,
    load_language,
    name_sizes,
    sum_factors,
    write_message,
)
from returns_risk.model import Classifier
from returns_risk.scoring.columns import TREATED

__all__ = ["add_explanations", "write_messages"]

_FACTORS = 6


def add_explanations(
    lines: pd.DataFrame,
    features: pd.DataFrame,
    tables: dict[str, pd.DataFrame],
    classifier: Classifier,
    policy: Policy,
    reasons: int,
) -> pd.DataFrame:
    """Add ``reasons``, ``language``, ``factors`` and ``message`` of each flagged line; they are missing for the others.

    Parameters
    ----------
    lines : candidates with context and decision
    features : of the same lines, in the same order
    tables : validated contract tables
    classifier : the risk model
    reasons : how many a line has at most
    """
    flagged = lines[lines["flagged"]]
    explained = name_sizes(features[lines["flagged"].to_numpy()], tables)
    languages = languages_of(flagged, policy)
    attributions = attribute(classifier, explained, languages)
    reasons_by_reader = {
        "customer": explain_to_customer(attributions, 1),
        "warehouse": explain(attributions, 1, entities=ITEM),
    }
    columns: dict[str, Sequence[Any]] = {
        "reasons": explain(attributions, reasons),
        "language": languages,
        "factors": sum_factors(attributions, _FACTORS),
        "message": write_messages(flagged, reasons_by_reader, languages, policy),
    }
    return lines.assign(
        **{
            name: pd.Series(list(values), index=flagged.index, dtype=object).reindex(lines.index)
            for name, values in columns.items()
        }
    ).astype({"language": "str", "message": "str"})


def write_messages(
    flagged: pd.DataFrame, reasons: Mapping[str, list[list[str]]], languages: list[str], policy: Policy
) -> list[str | None]:
    """Write the message of each line to be treated, from the template of its intervention.

    Customers read a reason about themselves, packers one about the item. There is no message where nothing is to be
    done, or where the intervention neither contacts the customer nor has a template.

    Parameters
    ----------
    reasons : by reader (``customer``, ``warehouse``), those of each flagged line
    """
    messages: list[str | None] = []
    for position, line in enumerate(flagged.to_dict("records")):
        intervention, language = line["intervention"], languages[position]
        templates = load_language(language).messages
        if line["decision"] not in TREATED or not (
            policy.interventions[intervention].contacts_customer or intervention in templates
        ):
            messages.append(None)
            continue
        sentences = reasons[templates.get(intervention, templates[ANY]).to][position]
        fields = {str(name): value for name, value in line.items()}
        message = write_message(intervention, fields, sentences[0] if sentences else None, language)
        messages.append(f"{message.subject}\n\n{message.body}")
    return messages
