"""The columns of candidates in the form of the exported files."""

import json
from typing import Any

import pandas as pd

__all__ = ["MESSAGE", "to_export"]

MESSAGE = ["message", "message_to", "message_language", "message_subject", "message_body", "message_size", "reply_by"]


def to_export(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return candidates with ``message`` as the files have it (subject, an empty line, body), and its parts.

    ``message_body`` is the ``message`` of a ``ScoredRun``; ``size_evidence`` is JSON text.
    """
    columns: dict[str, pd.Series] = {}
    if "message_subject" in candidates:
        subject, body = candidates["message_subject"], candidates["message"]
        columns["message_body"] = body
        columns["message"] = (subject + "\n\n" + body).where(subject.notna(), body).astype("str")
    if "size_evidence" in candidates:
        texts = [_to_json(evidence) for evidence in candidates["size_evidence"]]
        columns["size_evidence"] = pd.Series(texts, index=candidates.index, dtype="str")
    return candidates.assign(**columns)


def _to_json(evidence: Any) -> str | None:
    return json.dumps(evidence, ensure_ascii=False, separators=(",", ":")) if isinstance(evidence, dict) else None
