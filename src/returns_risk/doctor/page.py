"""The findings of the doctor as one page without scripts that needs no network."""

import math
from pathlib import Path

from returns_risk.doctor.charts import draw_delays, draw_orders, draw_rates
from returns_risk.doctor.findings import Findings
from returns_risk.io.templates import load_templates

__all__ = ["render_page"]

_TEMPLATES = Path(__file__).parent / "templates"


def render_page(findings: Findings) -> str:
    """Return the findings as HTML with charts: orders by month, return rates, days to the return."""
    page = load_templates(_TEMPLATES).get_template("doctor.html")
    charts = {
        "orders": draw_orders(findings.months),
        "rates": draw_rates(findings.market_months, findings.markets),
        "delays": draw_delays(findings.delays),
    }
    counts = findings.open_lines
    open_lines = counts.pivot_table("lines", "warehouse", "market", "sum", fill_value=0, observed=True).astype("int64")
    html: str = page.render(findings=findings, open_lines=open_lines, share=_share, **charts)
    return html


def _share(share: float) -> str:
    return "-" if math.isnan(share) else f"{share:.2%}"
