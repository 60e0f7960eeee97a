"""Reasons and messages of many nights as people read them, for ``docs/explanation/sentences.md``.

``python -m benchmarks.sentences docs/explanation/sentences.md``

The chain's models score the open lines of past nights of the shop in the working directory, with the capacities of a
large shop. 200 reasons and 60 messages are drawn at random (seed 7) from those that differ.
"""

import argparse
from collections.abc import Hashable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.config.params import Params, load_params
from returns_risk.config.policy import Policy, load_policy
from returns_risk.decision import DecisionContext
from returns_risk.features import write_features
from returns_risk.io.files import write_text
from returns_risk.scoring import Candidates, ScoringModels, score_candidates
from returns_risk.snapshot import Shop

__all__ = ["main"]

_NIGHTS = 10
_CAPACITY = 1_000_000
_KEY = b"sentences for people to read   !"
_REASONS, _MESSAGES = 200, 60
_SEED = 7
_WIDTH = 100


def main(arguments: list[str] | None = None) -> None:
    """Score the nights, draw the sentences, and write them as a page."""
    parser = argparse.ArgumentParser(description="Reasons and messages as people read them.")
    parser.add_argument("file", type=Path, help="page to write")
    parser.add_argument("--nights", type=int, default=_NIGHTS)
    options = parser.parse_args(arguments)
    params, policy = load_params(), _unlimited(load_policy())
    # So far apart that hardly a line is open on two of them.
    nights = [params.as_of - timedelta(days=params.featurize.open_days * night) for night in range(options.nights)]
    write_text(options.file, _page(pd.concat([_score(night, params, policy) for night in nights], ignore_index=True)))


def _unlimited(policy: Policy) -> Policy:
    interventions = {
        name: plan.model_copy(update={"capacity": _CAPACITY, "capacity_by": {}})
        for name, plan in policy.interventions.items()
    }
    decision = policy.decision.model_copy(update={"holdout": 0.0})
    return policy.model_copy(update={"interventions": interventions, "decision": decision})


def _score(as_of: date, params: Params, policy: Policy) -> pd.DataFrame:
    """Return the flagged lines of a night."""
    snapshot = Shop.read(Path("data/validated"), policy, params.source.time_zone).snapshot(as_of)
    models = ScoringModels.load(Path("models/bundles/risk"), Path("models/bundles/reason"))
    night = params.model_copy(update={"as_of": as_of})
    with TemporaryDirectory() as folder:
        file = Path(folder) / "candidates.parquet"
        rows = snapshot.candidates(params.featurize.open_days)
        write_features(file, snapshot.ids(rows), models.risk.definitions, snapshot, rows)
        candidates = Candidates.read(file, "featurize")
        context = DecisionContext.for_night(night, _KEY)
        return score_candidates(candidates, snapshot, models, policy, night, context).flagged


def _page(lines: pd.DataFrame) -> str:
    rng = np.random.default_rng(_SEED)
    reasons = _draw(rng, [_reason(line) for line in lines.to_dict("records")], _REASONS)
    written = lines[lines["message"].notna()].to_dict("records")
    messages = _draw(rng, [_message(line) for line in written], _MESSAGES)
    return (
        "# Sentences of a large night\n\n"
        f"The reasons of {len(reasons)} lines of the demo and {len(messages)} messages, drawn at random, "
        "[as they are made](reasons.md).\n"
        "`python -m benchmarks.sentences docs/explanation/sentences.md` writes this page.\n\n"
        "## Reasons\n| action | first reason | second | third |\n|---|---|---|---|\n"
        f"{''.join(reasons)}\n## Messages\n{''.join(messages)}"
    )


def _draw(rng: np.random.Generator, texts: list[str], count: int) -> list[str]:
    different = list(dict.fromkeys(texts))
    chosen = rng.permutation(len(different))[:count]
    return [different[position] for position in sorted(chosen)]


def _reason(line: dict[Hashable, Any]) -> str:
    action = "no action" if pd.isna(line["intervention"]) else line["intervention"].replace("_", " ")
    reasons = [*line["reasons"], "", ""][:3]
    return f"| {action} | {' | '.join(reasons)} |\n"


def _message(line: dict[Hashable, Any]) -> str:
    head = f"To the {line['message_to']}, {line['message_language']}: {line['message_subject']}"
    wrapped = [part for text in [head, "", *line["message"].splitlines()] for part in wrap(text, _WIDTH) or [""]]
    return "\n```text\n" + "\n".join(wrapped) + "\n```\n"


if __name__ == "__main__":
    main()
