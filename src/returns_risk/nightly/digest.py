"""What a night came to, in a few lines for people and as JSON for programmes."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from returns_risk.errors import ReturnsRiskError, Stopped
from returns_risk.errors.printable import printable
from returns_risk.ledger import Entry

__all__ = ["Digest", "digest_of_failure", "digest_of_run"]

Status = Literal["done", "already done", "failed"]


@dataclass(frozen=True)
class Digest:
    """The outcome of a nightly run."""

    source: str
    as_of: str
    status: Status
    headline: str
    lines: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    """Of each step; steps an earlier attempt had done are not among them."""

    @property
    def subject(self) -> str:
        """One line, as of a mail."""
        return printable(f"Returns Risk {self.source} {self.as_of}: {self.headline}", layout="")

    def text(self) -> str:
        """Return all of it as text."""
        took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())
        lines = [*self.lines, *([f"took {took}"] if took else [])]
        return "\n".join([self.subject, *(f"  {printable(line, layout='')}" for line in lines)])

    def content(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        return asdict(self)


def digest_of_run(entry: Entry, status: Status, export: str, seconds: dict[str, float]) -> Digest:
    """Say what a run in the ledger came to."""
    told, model = entry.content["told"], entry.content["model"]
    plan = told["decide"]
    flagged, candidates = plan["flagged"], told["features"]["candidates"]
    closed = told["features"].get("closed", 0)
    headline = f"{status}, no candidates" if candidates + closed == 0 else (
        f"{status}, {plan['act']} to act on, {plan['review']} to review, "
        f"{plan['value']:.2f} {plan['currency']} expected"
    )  # fmt: skip
    rows = ", ".join(f"{count:,} {name}" for name, count in told["ingest"]["rows"].items())
    later = sum(told["ingest"].get("later", {}).values())
    away, latest = sum(told["ingest"]["turned_away"].values()), told["ingest"]["latest_order"]
    alone = f"control group {plan['holdout']:,}, {plan['holdout_value']:.2f} {plan['currency']}"
    lines = (
        *(f"NOTE: {notice}" for notice in plan["notices"]),
        f"rows: {rows}; turned away: {away:,}; the latest order is of {latest}",
        *((f"set aside: {later:,} rows of the time from the as-of on",) if later else ()),
        f"candidates: {candidates:,}, flagged {flagged:,}; {alone}",
        *((f"{closed:,} lines shipped, cancelled or returned since the as-of: left out",) if closed else ()),
        *_left_out(told),
        *(f"{name.replace('_', ' ')}: {count:,} planned" for name, count in plan["interventions"].items()),
        *((_in_shadow(plan),) if plan["shadow"]["lines"] else ()),
        f"model: version {model['version']} ({model['bundle']}), policy {entry.content['policy_sha256'][:12]}",
        f"export: {export}",
        f"ledger: entry {entry.number}, {entry.hash}",
        *(("a backfill: nothing is sent, and nobody is to act on it",) if entry.content["backfill"] else ()),
    )
    return Digest(entry.source, entry.as_of, status, headline, lines, seconds)


def _left_out(told: dict[str, Any]) -> list[str]:
    """Say how many customers are not scored; entries of earlier versions do not."""
    counts = told["ingest"].get("customers_left_out", {})
    if not any(counts.values()):
        return []
    away = f"{counts['quarantined']:,} of whom a row is in the quarantine or missing"
    return [f"customers not scored: {counts['opted_out']:,} who opted out, {away}"]


def _in_shadow(plan: dict[str, Any]) -> str:
    shadow = plan["shadow"]
    return f"in shadow: {shadow['lines']:,} lines more, {shadow['value']:.2f} {plan['currency']} if it were rolled out"


def digest_of_failure(source: str, as_of: str, error: ReturnsRiskError | Stopped) -> Digest:
    """Say that a night failed, and why."""
    told = " ".join(str(error).split())
    lines = (told, "The former exports are as they were; run returns-risk nightly again when the cause is mended.")
    return Digest(source, as_of, "failed", f"FAILED with exit code {error.exit_code}", lines)
