"""The result of a night in a few lines for people, and as JSON for programs."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from returns_risk.errors import ReturnsRiskError, Stopped
from returns_risk.errors.printable import printable
from returns_risk.ledger import Entry
from returns_risk.scoring.figures import describe_figures

__all__ = ["Digest", "digest_of_failure", "digest_of_run"]

Status = Literal["done", "already done", "failed"]


@dataclass(frozen=True)
class Digest:
    """The result of a nightly run."""

    source: str
    as_of: str
    status: Status
    headline: str
    lines: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    """Duration of each step; empty for a night that was done before."""

    @property
    def subject(self) -> str:
        """A single line, for the subject of a mail."""
        return printable(f"Returns Risk {self.source} {self.as_of}: {self.headline}", layout="")

    def text(self) -> str:
        """Return subject and lines as text."""
        durations = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())
        lines = [*self.lines, *([f"duration: {durations}"] if durations else [])]
        return "\n".join([self.subject, *(f"  {printable(line, layout='')}" for line in lines)])

    def content(self) -> dict[str, Any]:
        """Return all fields as JSON values."""
        return asdict(self)


def digest_of_run(run: Entry, status: Status, export: str, seconds: dict[str, float]) -> Digest:
    """Summarise a run of the ledger."""
    summary, model = run.content["summary"], run.content["model"]
    plan, candidates = summary["plan"], summary["candidates"]
    currency, closed = plan["currency"], candidates["closed"]
    headline = f"{status}, no candidates"
    if candidates["open"] + closed:
        headline = f"{status}, {describe_figures(plan)}"
    if warnings := summary["extract"].get("warnings"):
        headline = f"{headline}; {len(warnings)} {'warning' if len(warnings) == 1 else 'warnings'}"
    lines = (
        *(f"NOTE: {notice}" for notice in plan["notices"]),
        *_describe_extract(summary["extract"]),
        _describe_candidates(summary, plan),
        *([f"left out: {closed:,} lines shipped, cancelled or returned since the as-of"] if closed else []),
        *_describe_opt_outs(summary["extract"]["customers_left_out"]),
        *_describe_interventions(plan),
        *_describe_shadow(plan["shadow"], currency),
        f"model: version {model['version']} ({model['bundle']}), policy {run.content['policy_sha256'][:12]}",
        f"export: {export}",
        f"ledger: entry {run.number}, {run.hash}",
        *(["backfill: it is not delivered and must not be acted on"] if run.content["backfill"] else []),
    )
    return Digest(run.source, run.as_of, status, headline, lines, seconds)


def digest_of_failure(source: str, as_of: str, error: ReturnsRiskError | Stopped) -> Digest:
    """Summarise a failed night, with its error."""
    lines = (
        " ".join(str(error).split()),
        "The previous exports are unchanged. Fix the cause and run returns-risk nightly again.",
    )
    return Digest(source, as_of, "failed", f"FAILED with exit code {error.exit_code}", lines)


def _describe_extract(extract: dict[str, Any]) -> list[str]:
    rows = ", ".join(f"{count:,} {name}" for name, count in extract["rows"].items())
    rejected, later = sum(extract["rejected"].values()), sum(extract["after_as_of"].values())
    counts = f"rows: {rows}; rejected: {rejected:,}; latest order: {extract['latest_order']}"
    waiting = extract.get("waiting", {"rejected": 0})
    return [
        *(f"WARNING: {warning}" for warning in extract.get("warnings", [])),
        counts,
        *_describe_late_returns(*extract.get("late_returns", [])),
        *([_describe_waiting(**waiting)] if waiting["rejected"] else []),
        *([f"not used: {later:,} rows dated at or after the as-of"] if later else []),
    ]


def _describe_late_returns(late: int = 0, returns: int = 0) -> list[str]:
    share = f"{late:,} of {returns:,} returned lines ({late / max(returns, 1):.1%})"
    return [f"returned after the window, counted as kept: {share}"] if late else []


def _describe_waiting(lines: int, rejected: int) -> str:
    return f"in quarantine: {rejected:,} of {lines:,} lines that may be waiting to ship; they are not scored"


def _describe_candidates(summary: dict[str, Any], plan: dict[str, Any]) -> str:
    control = f"control group {plan['holdout']:,}, {plan['holdout_value']:.2f} {plan['currency']}"
    return f"candidates: {summary['candidates']['open']:,}, flagged {summary['export']['flagged']:,}; {control}"


def _describe_interventions(plan: dict[str, Any]) -> list[str]:
    """Count the lines of each intervention: those to treat, as page and workbook have them, and the control group."""
    # Entries of an older version do not say which lines are of the control group.
    controls = plan.get("control_interventions", {})
    return [
        f"{name.replace('_', ' ')}: {count - controls.get(name, 0):,} planned"
        + (f", {controls[name]:,} in the control group" if controls.get(name) else "")
        for name, count in plan["interventions"].items()
    ]


def _describe_opt_outs(counts: dict[str, int]) -> list[str]:
    if not any(counts.values()):
        return []
    missing = f"{counts['quarantined']:,} with a quarantined or missing row"
    return [f"customers not scored: {counts['opted_out']:,} who opted out, {missing}"]


def _describe_shadow(shadow: dict[str, Any], currency: str) -> list[str]:
    if not shadow["lines"]:
        return []
    return [f"shadow: {shadow['lines']:,} more lines, {shadow['value']:.2f} {currency} if it were rolled out"]
