"""Explain the flagged lines: reasons, factors, and the message to the customer or the warehouse."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.explain import (
    Attributions,
    Message,
    MessageWriter,
    Reason,
    Row,
    attribute,
    columns_of,
    explain,
    list_topics,
    load_language,
    sum_factors,
)
from returns_risk.model import Classifier
from returns_risk.scoring.columns import TREATED

__all__ = ["add_explanations", "create_writer", "find_sayable", "renew_messages", "renew_reasons", "write_messages"]

_FACTORS = 6
_TEXTS = ("message_to", "message_language", "message_subject", "message", "message_size")


def create_writer(classifier: Classifier, policy: Policy, moment: pd.Timestamp, time_zone: str) -> MessageWriter:
    """Return the writer of a night's messages.

    Parameters
    ----------
    classifier : the risk model, with the definitions of the features
    moment : the as-of, UTC
    time_zone : of the shop, IANA name
    """
    topics = list_topics(classifier.definitions.features, classifier.definitions)
    return MessageWriter(policy, topics, classifier.reference_values_, moment, time_zone)


def find_sayable(
    lines: pd.DataFrame, features: pd.DataFrame, writer: MessageWriter, worthwhile: npt.NDArray[np.bool_]
) -> pd.Series:
    """Return the interventions that have something to say about each line; without a message there is no contact.

    An intervention that neither contacts the customer nor has a text needs none, and is among them.

    Parameters
    ----------
    lines : candidates with context, and ``suggested_size`` and ``size_evidence`` where they are known
    features : of the same lines, in the same order, with ``sizes_of_style``
    worthwhile : lines on which an intervention may pay, shape (n_lines,); of the others nothing is said

    Returns
    -------
    Series of tuples of names, indexed like ``lines``.
    """
    silent = _silent(writer.policy)
    spoken = [name for name in writer.policy.interventions if name not in silent]
    rows = zip(_rows(lines, features), worthwhile.tolist(), strict=True)
    names = [(*silent, *(writer.list_sayable(spoken, row) if pays else ())) for row, pays in rows]
    return pd.Series(names, index=lines.index, dtype=object)


def add_explanations(
    lines: pd.DataFrame,
    features: pd.DataFrame,
    classifier: Classifier,
    writer: MessageWriter,
    reasons: int,
) -> pd.DataFrame:
    """Add what people read about each flagged line; missing for the others.

    Parameters
    ----------
    lines : candidates with context and decision
    features : of the same lines, in the same order, with ``sizes_of_style``
    classifier : the risk model
    writer : of the night's messages
    reasons : how many a line has at most

    Returns
    -------
    ``lines`` with ``reasons`` (list of sentences in the team's language), ``reason_numbers`` (for each of them what it
    rests on, by column), ``factors``, ``message_to``, ``message_language``, ``message_subject``, ``message`` (the
    body), ``message_size`` (the size that it offers) and ``reply_by`` (UTC).
    """
    flagged = lines[lines["flagged"]]
    explained = features[lines["flagged"].to_numpy()]
    attributions = attribute(classifier, explained)
    reasons_of = _explain(attributions, flagged, writer.policy, reasons)
    messages = write_messages(flagged, explained, writer)
    columns: dict[str, Sequence[Any]] = {
        "reasons": [[reason.sentence for reason in of_line] for of_line in reasons_of],
        "reason_numbers": [[dict(reason.numbers) for reason in of_line] for of_line in reasons_of],
        "factors": sum_factors(attributions, _FACTORS),
    }
    series = {name: pd.Series(list(values), index=flagged.index, dtype=object) for name, values in columns.items()}
    return lines.assign(
        **{name: values.reindex(lines.index) for name, values in series.items()}, **_columns(messages, flagged, lines)
    )


def write_messages(flagged: pd.DataFrame, features: pd.DataFrame, writer: MessageWriter) -> list[Message | None]:
    """Write the message of each line to be treated; None where nothing is to be done, or there is nothing to say."""
    return [
        writer.write(row.value("intervention"), row) if row.value("decision") in TREATED else None
        for row in _rows(flagged, features)
    ]


def renew_messages(
    planned: pd.DataFrame, lines: pd.DataFrame, features: pd.DataFrame, writer: MessageWriter
) -> pd.DataFrame:
    """Write the messages of lines that an earlier night planned, with the suggestion and the reply-by of this night.

    Parameters
    ----------
    planned : ``line_id``, ``intervention`` and ``decision`` of the earlier night, and other columns
    lines : this night's candidates with context, ``suggested_size`` and ``size_evidence`` where they are known
    features : of the same lines, in the same order, with ``sizes_of_style``
    writer : of this night's messages

    Returns
    -------
    ``planned`` with the columns of the message as ``add_explanations`` adds them, without the lines that are no
    candidates any more, and without those about which there is nothing left to say.
    """
    places = pd.Index(lines["line_id"]).get_indexer(pd.Index(planned["line_id"]))
    planned, places = planned[places >= 0].reset_index(drop=True), places[places >= 0]
    now = lines.iloc[places].reset_index(drop=True).assign(**planned[["intervention", "decision"]])
    messages = write_messages(now, features.iloc[places], writer)
    silent = planned["intervention"].isin(_silent(writer.policy)).to_numpy()
    renewed = planned.assign(**_columns(messages, planned, planned))
    return renewed[silent | renewed["message"].notna()].reset_index(drop=True)


def renew_reasons(
    planned: pd.DataFrame,
    lines: pd.DataFrame,
    features: pd.DataFrame,
    classifier: Classifier,
    policy: Policy,
    reasons: int,
) -> pd.DataFrame:
    """Write the reasons of lines that an earlier night planned, from what is known now and in the team's language.

    Parameters
    ----------
    planned : as ``renew_messages`` returns it: all its lines are candidates
    lines, features : as of ``renew_messages``
    classifier : this night's risk model
    reasons : how many a line has at most

    Returns
    -------
    ``planned`` with other ``reasons``.
    """
    if planned.empty:
        return planned
    places = pd.Index(lines["line_id"]).get_indexer(pd.Index(planned["line_id"]))
    now = lines.iloc[places].reset_index(drop=True).assign(intervention=planned["intervention"].to_numpy())
    attributions = attribute(classifier, features.iloc[places].reset_index(drop=True))
    sentences = [[reason.sentence for reason in of_line] for of_line in _explain(attributions, now, policy, reasons)]
    return planned.assign(reasons=pd.Series(sentences, index=planned.index, dtype=object))


def _explain(attributions: Attributions, lines: pd.DataFrame, policy: Policy, reasons: int) -> list[list[Reason]]:
    team = load_language(policy.languages.team, policy.languages)
    return explain(attributions, lines, team, reasons, policy.interventions)


def _columns(messages: list[Message | None], lines: pd.DataFrame, all_lines: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the messages of some lines as columns of all lines."""
    parts = {
        "message_to": [message and message.to for message in messages],
        "message_language": [message and message.language for message in messages],
        "message_subject": [message and message.subject for message in messages],
        "message": [message and message.body for message in messages],
        "message_size": [message and message.size for message in messages],
        "reply_by": [message and message.reply_by for message in messages],
    }
    return {
        name: pd.Series(part, index=lines.index, dtype=object)
        .reindex(all_lines.index)
        .astype("str" if name in _TEXTS else "datetime64[us, UTC]")
        for name, part in parts.items()
    }


def _silent(policy: Policy) -> list[str]:
    """Return the interventions that need no message: they do not contact the customer and have no text."""
    texts = load_language(policy.languages.team, policy.languages).messages.interventions
    return [name for name, plan in policy.interventions.items() if not plan.contacts_customer and name not in texts]


def _rows(lines: pd.DataFrame, features: pd.DataFrame) -> list[Row]:
    columns = columns_of(features) | columns_of(lines)
    return [Row(columns, position) for position in np.arange(len(lines)).tolist()]
