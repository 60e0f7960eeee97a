"""Candidates to a scored run: predict, decide, explain."""

from returns_risk.scoring.candidates import Candidates, ScoringModels
from returns_risk.scoring.explanations import create_writer, renew_messages, renew_reasons
from returns_risk.scoring.score import score_candidates
from returns_risk.scoring.scored_run import ScoredRun

__all__ = [
    "Candidates",
    "ScoredRun",
    "ScoringModels",
    "create_writer",
    "renew_messages",
    "renew_reasons",
    "score_candidates",
]
