"""What the sheets of the workbook show: orders to do, messages, items, figures, control group and all lines."""

from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from returns_risk.config.messages import LanguagesPolicy
from returns_risk.export.item_names import name_item
from returns_risk.export.page_words import PageWords
from returns_risk.scoring.columns import TREATED

__all__ = ["list_control_group", "list_items", "list_messages", "list_orders", "summarise", "to_local"]

_TIMES = ("ship_by", "reply_by")
_MESSAGES = {
    "order_id": "order_id", "line_id": "line_id", "message_to": "recipient", "message_language": "language",
    "reply_by": "reply_by", "message_subject": "subject", "message_body": "body",
}  # fmt: skip
_ITEMS = ["item", "level", "action", "cause", "lines", "expected_returns", "expected_saving", "return_rate_90d",
          "return_rate_all", "parent", "parent_return_rate"]  # fmt: skip


def to_local(flagged: pd.DataFrame, time_zone: str) -> pd.DataFrame:
    """Return lines with ``ship_by`` and ``reply_by`` by the clock of a time zone, as spreadsheets have times."""
    zone = ZoneInfo(time_zone)
    times = {name: flagged[name].dt.tz_convert(zone).dt.tz_localize(None) for name in _TIMES if name in flagged}
    return flagged.assign(**times)


def list_orders(flagged: pd.DataFrame, words: PageWords, languages: LanguagesPolicy) -> pd.DataFrame:
    """Return one row for each order with lines to act on or to review, what ships first first.

    Parameters
    ----------
    flagged : exported lines, times as ``to_local`` returns them
    words : of the team, as the page has them
    languages : of the policy; items are named in the team's

    Returns
    -------
    ``ship_by``, ``order_id``, ``market``, ``warehouse``, ``item``, ``size``, ``suggested_size``, ``action``,
    ``reason`` (one line of text for each order line, the most valuable first), ``expected_saving``, and to be filled
    in: ``owner``, ``disposition``, ``comment``. Columns that the source lacks are left out.
    """
    lines = flagged[flagged["decision"].isin(TREATED)]
    lines = lines.assign(
        item=_name_items(lines, languages),
        action=_say_actions(lines, words),
        reason=lines.get("reason_1"),
        expected_saving=lines["value"].round(2),
    ).sort_values(["value", "line_id"], ascending=[False, True])
    listed = {name: _join_lines for name in ("item", "size", "suggested_size", "action") if name in lines}
    ways: dict[str, Any] = {
        "ship_by": "min", "market": "first", "warehouse": "first", **listed, "reason": _join_different,
        "expected_saving": "sum",
    }  # fmt: skip
    orders = lines.groupby("order_id").agg({name: way for name, way in ways.items() if name in lines}).reset_index()
    first = [name for name in ("ship_by", "order_id") if name in orders]
    orders = orders[[*first, *orders.columns.difference(first, sort=False)]]
    keys = [name for name in ("ship_by", "expected_saving", "order_id") if name in orders]
    orders = orders.sort_values(keys, ascending=[name != "expected_saving" for name in keys], ignore_index=True)
    texts = [name for name in orders if orders[name].dtype == object]
    return orders.astype(dict.fromkeys(texts, "str")).assign(owner="", disposition="", comment="")


def list_messages(flagged: pd.DataFrame) -> pd.DataFrame:
    """Return the messages of the lines to treat: ``recipient``, ``language``, ``reply_by``, ``subject``, ``body``."""
    treated = flagged[flagged["decision"].isin(TREATED) & flagged["message"].notna()]
    if "message_body" not in treated:
        treated = treated.rename(columns={"message": "message_body"})
    return treated[[name for name in _MESSAGES if name in treated]].rename(columns=_MESSAGES)


def list_items(actions: pd.DataFrame) -> pd.DataFrame:
    """Return the items that one action would improve, the highest saving first."""
    numbers = dict.fromkeys((*_ITEMS[4:9], "parent_return_rate"), "float64")
    return actions[_ITEMS].astype(numbers)


def list_control_group(flagged: pd.DataFrame, languages: LanguagesPolicy) -> pd.DataFrame:
    """Return the lines that nobody must treat."""
    lines = flagged[flagged["decision"] == "holdout"]
    columns = ["order_id", "line_id", *(name for name in ("market", "warehouse") if name in lines)]
    return lines[columns].assign(item=_name_items(lines, languages), intervention=lines["intervention"])


def summarise(flagged: pd.DataFrame, manifest: dict[str, Any], nights: pd.DataFrame | None) -> list[tuple[str, Any]]:
    """Return the figures of the run, and those of the nights before: what, and number or text.

    Parameters
    ----------
    nights : ``as_of``, ``orders`` and ``value`` of the nights before, oldest first
    """
    plan = manifest["plan"]
    treated = flagged[flagged["decision"].isin(TREATED)]
    to_review = treated.loc[treated["decision"] == "review", "order_id"].nunique()
    orders = treated["order_id"].nunique()
    value, low, high = (round(float(treated[name].round(2).sum()), 2) for name in ("value", "value_low", "value_high"))
    rows: list[tuple[str, Any]] = [
        ("night", manifest["as_of"]),
        ("source", manifest["source"]),
        ("orders to do", int(orders - to_review)),
        ("orders to review", int(to_review)),
        ("lines of these orders to act on or review", len(treated)),
        (f"expected saving ({plan['currency']})", value),
        (f"low estimate ({plan['currency']})", low),
        (f"high estimate ({plan['currency']})", high),
        ("lines in the control group", plan["holdout"]),
        ("open lines without action", plan["none"]),
        ("lines left out: shipped, cancelled or returned since the night began", plan.get("closed", 0)),
        ("model of the risk, version", manifest["model_version"]),
        ("model of the reasons, version", manifest["reason_model_version"] or "none"),
        ("policy, version", plan["policy"][:12]),
        *(("notice", text) for text in plan.get("notices", [])),
    ]
    if nights is not None and len(nights):
        rows += [("", ""), ("nights before", f"orders; expected saving ({plan['currency']})")]
        figures = nights[["as_of", "orders", "value"]].to_dict("records")
        rows += [(night["as_of"], f"{night['orders']:,}; {night['value']:,.2f}") for night in reversed(figures)]
    return rows


def _name_items(lines: pd.DataFrame, languages: LanguagesPolicy) -> pd.Series:
    names = [name_item(line, languages) for line in lines.to_dict("records")]
    return pd.Series(names, index=lines.index, dtype="str")


def _say_actions(lines: pd.DataFrame, words: PageWords) -> pd.Series:
    sizes = lines.get("suggested_size", pd.Series(pd.NA, index=lines.index, dtype="str")).fillna("")
    columns = zip(lines["decision"], lines["intervention"], sizes, strict=True)
    texts = pd.Series([words.action(*parts, "") for parts in columns], index=lines.index, dtype="str")
    return texts.where(lines["decision"] != "review", f"{words.all['tabs']['review']}: " + texts)


def _join_lines(texts: pd.Series) -> str:
    """Write the texts of an order's lines one below the other; a line without a text keeps its place."""
    if texts.isna().all():
        return ""
    return "\n".join(text if isinstance(text, str) else "-" for text in texts)


def _join_different(texts: pd.Series) -> str:
    return "\n".join(dict.fromkeys(text for text in texts if isinstance(text, str)))
