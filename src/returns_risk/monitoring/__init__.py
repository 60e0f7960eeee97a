"""What an operator must know before and after a night: checks, status, and what the interventions achieved."""

from returns_risk.monitoring.effects import MeasuredEffect, measure_effects
from returns_risk.monitoring.night_folders import find_tables, latest_tables, night_folder
from returns_risk.monitoring.preflight import require_key, require_ledger, require_nights
from returns_risk.monitoring.recent_nights import latest_opt_outs, previous_opt_outs, require_usual_candidates
from returns_risk.monitoring.status import require_run

__all__ = [
    "MeasuredEffect",
    "find_tables",
    "latest_opt_outs",
    "latest_tables",
    "measure_effects",
    "night_folder",
    "previous_opt_outs",
    "require_key",
    "require_ledger",
    "require_nights",
    "require_run",
    "require_usual_candidates",
]
