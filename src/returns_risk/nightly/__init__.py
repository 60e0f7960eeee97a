"""One night: from the extract to the export, the ledger and the digest."""

from returns_risk.delivery.publish import (
    SECRET_VARIABLE,
    WebhookConfig,
    publish_export,
    require_delivered,
    require_no_dead,
    send_events,
)
from returns_risk.nightly.digest import Digest
from returns_risk.nightly.effects import Measured, find_tables, latest_tables, measure_effects
from returns_risk.nightly.explain import Explained, explain_order, tell_order
from returns_risk.nightly.feedback import read_feedback, store_feedback
from returns_risk.nightly.notify import Channels, alert, run_and_tell
from returns_risk.nightly.preflight import require_nights
from returns_risk.nightly.run import Night, run_night
from returns_risk.nightly.status import require_run
from returns_risk.nightly.withdrawal import Withdrawn, withdraw_night

__all__ = [
    "SECRET_VARIABLE",
    "Channels",
    "Digest",
    "Explained",
    "Measured",
    "Night",
    "WebhookConfig",
    "Withdrawn",
    "alert",
    "explain_order",
    "find_tables",
    "latest_tables",
    "measure_effects",
    "publish_export",
    "read_feedback",
    "require_delivered",
    "require_nights",
    "require_no_dead",
    "require_run",
    "run_and_tell",
    "run_night",
    "send_events",
    "store_feedback",
    "tell_order",
    "withdraw_night",
]
