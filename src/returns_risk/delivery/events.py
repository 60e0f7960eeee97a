"""Events for webhooks: an event for each order of the hand-off, a digest of the run, or the failure of a run."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from returns_risk.export.manifest import read_manifest, verified_file

__all__ = ["Event", "failure_event", "read_events"]

_FILES = ("handoff.jsonl", "digest.json")
_FAILURES = UUID("0b9a1f1e-6f0c-4d38-9d5e-2f4a7c6f2b90")


@dataclass(frozen=True)
class Event:
    """A message that a receiver gets once."""

    event_id: str
    """The same in every run of the night."""
    kind: str
    source: str
    as_of: str
    position: int
    """In its run, from 0: the orders that save most first, the digest last."""
    body: str
    """JSON, exactly as it is signed and sent."""


def read_events(export: Path) -> list[Event]:
    """Read the events of a finished export.

    Parameters
    ----------
    export : ``exports/as_of=<date>``

    Raises
    ------
    DeliveryError
        The export is not finished, is a backfill, or a file disagrees with the manifest.
    """
    manifest = read_manifest(export)
    files = [verified_file(export, name, manifest) for name in _FILES]
    bodies = [body for file in files for body in file.read_text(encoding="utf-8").splitlines()]
    return [_event(position, body, json.loads(body)) for position, body in enumerate(bodies)]


def failure_event(source: str, as_of: str, exit_code: int, error: str) -> Event:
    """Return the event of a night that failed or is missing; the same failure of a night has the same id.

    Parameters
    ----------
    exit_code, error : how the run ended, the error as one line
    """
    content = {"type": "run_failed", "schema_version": 1, "event_id": "", "source": source, "as_of": as_of}
    content |= {"exit_code": exit_code, "error": error}
    content["event_id"] = str(uuid5(_FAILURES, json.dumps(content)))
    return _event(0, json.dumps(content, separators=(",", ":")), content)


def _event(position: int, body: str, content: dict[str, Any]) -> Event:
    return Event(content["event_id"], content["type"], content["source"], content["as_of"], position, body)
