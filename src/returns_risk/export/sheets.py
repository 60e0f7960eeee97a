"""What the sheets of the workbook show: orders to do, messages, items, figures, control group and all lines."""

from collections.abc import Callable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from returns_risk.config.messages import LanguagesPolicy
from returns_risk.decision import find_brackets
from returns_risk.export.columns import to_export
from returns_risk.export.item_names import name_item
from returns_risk.export.page_words import PageWords
from returns_risk.export.recent_nights import RecentNights
from returns_risk.export.tables import flagged_orders
from returns_risk.export.workbook_words import WorkbookWords
from returns_risk.scoring import ScoredRun
from returns_risk.scoring.columns import TREATED
from returns_risk.scoring.figures import sum_savings

__all__ = ["list_control_group", "list_items", "list_messages", "list_orders", "select_lines", "summarise", "to_local"]

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


def select_lines(run: ScoredRun, recent: RecentNights) -> pd.DataFrame:
    """Return the lines to act on or to review, tonight's and carried over, the most valuable first.

    Returns
    -------
    The columns of the exported lines, and ``night``: the as-of of the night that planned a line which is carried over;
    empty for those of tonight; and ``has_several_sizes`` (``find_brackets``).
    """
    lines = recent.add_carried(run.candidates)
    lines["has_several_sizes"] = find_brackets(lines)
    is_carried = lines["night"].ne("")
    treated = lines[lines["decision"].isin(TREATED) & (lines["flagged"] | is_carried)].assign(flagged=True)
    treated["reasons"] = [reasons if isinstance(reasons, list | tuple) else [] for reasons in treated["reasons"]]
    rows = flagged_orders(to_export(treated), run.reason_columns)
    known = treated.set_index("line_id")
    return rows.assign(**{name: rows["line_id"].map(known[name]) for name in ("night", "has_several_sizes")})


def list_orders(lines: pd.DataFrame, words: PageWords, languages: LanguagesPolicy) -> pd.DataFrame:
    """Return one row for each order with lines to act on or to review, by ship-by time.

    Parameters
    ----------
    lines : as ``select_lines`` or ``flagged_orders`` returns them, times as ``to_local`` does
    words : of the team, as the page has them
    languages : of the policy; items are named in the team's

    Returns
    -------
    ``ship_by``, ``order_id``, ``carried_over``, ``market``, ``warehouse``, ``item``, ``size``, ``suggested_size``,
    ``action``, ``reason`` (one line of text for each order line, the most valuable first), ``expected_saving``, and to
    be filled in: ``owner``, ``disposition``, ``comment``. Columns that the source lacks are left out, and
    ``carried_over``, the earliest night that planned a line, where all lines are tonight's.
    """
    lines = lines[lines["decision"].isin(TREATED)]
    lines = lines.assign(
        item=_name_items(lines, languages),
        action=_say_actions(lines, words),
        reason=lines.get("reason_1"),
        expected_saving=lines["value"].round(2),
        # What the message offers: it may have no text that would bear out the suggestion.
        **({"suggested_size": lines["message_size"]} if {"suggested_size", "message_size"} <= set(lines) else {}),
        **_date_carried(lines),
    ).sort_values(["value", "line_id"], ascending=[False, True])
    listed = {name: _join_lines for name in ("item", "size", "suggested_size", "action") if name in lines}
    ways: dict[str, Any] = {
        "ship_by": "min", "carried_over": "min", "market": "first", "warehouse": "first", **listed,
        "reason": _join_different, "expected_saving": "sum",
    }  # fmt: skip
    orders = lines.groupby("order_id").agg({name: way for name, way in ways.items() if name in lines}).reset_index()
    first = [name for name in ("ship_by", "order_id", "carried_over") if name in orders]
    orders = orders[[*first, *orders.columns.difference(first, sort=False)]]
    keys = [name for name in ("ship_by", "expected_saving", "order_id") if name in orders]
    orders = orders.sort_values(keys, ascending=[name != "expected_saving" for name in keys], ignore_index=True)
    texts = [name for name in orders if orders[name].dtype == object]
    return orders.astype(dict.fromkeys(texts, "str")).assign(owner="", disposition="", comment="")


def _date_carried(lines: pd.DataFrame) -> dict[str, pd.Series]:
    """Return ``carried_over``, the night that planned each line before, or nothing where all lines are tonight's."""
    if "night" not in lines or not lines["night"].ne("").any():
        return {}
    return {"carried_over": pd.to_datetime(lines["night"].where(lines["night"].ne("")), format="%Y-%m-%d")}


def list_messages(lines: pd.DataFrame, words: WorkbookWords) -> pd.DataFrame:
    """Return the messages of the lines to treat: ``recipient``, ``language``, ``reply_by``, ``subject``, ``body``.

    Parameters
    ----------
    lines : as ``select_lines`` returns them, times as ``to_local`` does
    """
    treated = lines[lines["decision"].isin(TREATED) & lines["message"].notna()]
    if "message_body" not in treated:
        treated = treated.rename(columns={"message": "message_body"})
    messages = treated[[name for name in _MESSAGES if name in treated]].rename(columns=_MESSAGES)
    if "recipient" in messages:
        messages["recipient"] = _translate(messages["recipient"], partial(words.name, "recipients"))
    return messages


def list_items(actions: pd.DataFrame, words: WorkbookWords) -> pd.DataFrame:
    """Return the items that one action would improve, the highest saving first."""
    names = {
        "level": partial(words.name, "levels"),
        "action": partial(words.page.name, "sku_actions"),
        "cause": partial(words.page.name, "return_reasons"),
        "parent": partial(words.page.name, "factors"),
    }
    numbers = dict.fromkeys((*_ITEMS[4:9], "parent_return_rate"), "float64")
    texts = {column: _translate(actions[column], name) for column, name in names.items()}
    return actions[_ITEMS].astype(numbers).assign(**texts)


def list_control_group(flagged: pd.DataFrame, words: PageWords, languages: LanguagesPolicy) -> pd.DataFrame:
    """Return the lines of the control group, which must not be treated."""
    lines = flagged[flagged["decision"] == "holdout"]
    columns = ["order_id", "line_id", *(name for name in ("market", "warehouse") if name in lines)]
    interventions = _translate(lines["intervention"], partial(words.name, "interventions"))
    return lines[columns].assign(item=_name_items(lines, languages), intervention=interventions)


def summarise(
    lines: pd.DataFrame, manifest: dict[str, Any], nights: pd.DataFrame, words: WorkbookWords
) -> list[tuple[str, Any]]:
    """Return the figures of the run, and those of the nights before: what, and number or text.

    Parameters
    ----------
    lines : as ``select_lines`` returns them; those carried over count by their orders, and in no other figure
    nights : ``as_of``, ``orders`` and ``value`` of the nights before, oldest first
    """
    plan, is_carried = manifest["plan"], lines["night"].ne("")
    treated, carried = lines[~is_carried], lines.loc[is_carried, "order_id"].nunique()
    to_review = treated.loc[treated["decision"] == "review", "order_id"].nunique()
    savings = sum_savings(treated)
    figures = {
        "night": manifest["as_of"],
        "source": manifest["source"],
        "to_do": int(treated["order_id"].nunique() - to_review),
        "review": int(to_review),
        "lines": len(treated),
        "saving": savings["value"],
        "low": savings["value_low"],
        "high": savings["value_high"],
        **({"carried": carried} if carried else {}),
        "control": plan["holdout"],
        "none": plan["none"],
        "closed": plan.get("closed", 0),
        "risk_model": manifest["model_version"],
        "reason_model": manifest["reason_model_version"] or words.figure("no_model"),
        "policy": plan["policy"][:12],
    }
    return [(words.figure(name), figure) for name, figure in figures.items()] + _list_nights(nights, words)


def _list_nights(nights: pd.DataFrame, words: WorkbookWords) -> list[tuple[str, Any]]:
    """Return the figures of the nights before below a heading, the latest first."""
    if nights.empty:
        return []
    figures = nights[["as_of", "orders", "value"]].to_dict("records")
    rows = [
        (night["as_of"], f"{words.number(int(night['orders']))}; {words.number(float(night['value']))}")
        for night in reversed(figures)
    ]
    return [(words.figure("nights"), words.figure("night_figures")), *rows]


def _translate(names: pd.Series, say: Callable[[str], str]) -> pd.Series:
    """Return names in words, where there are any."""
    return pd.Series([say(name) if isinstance(name, str) else None for name in names], index=names.index, dtype="str")


def _name_items(lines: pd.DataFrame, languages: LanguagesPolicy) -> pd.Series:
    names = [name_item(line, languages) for line in lines.to_dict("records")]
    return pd.Series(names, index=lines.index, dtype="str")


def _say_actions(lines: pd.DataFrame, words: PageWords) -> pd.Series:
    missing = pd.Series("", index=lines.index, dtype="str")
    offered = lines.get("message_size", missing).fillna("")
    several = lines.get("has_several_sizes", pd.Series(find_brackets(lines), index=lines.index))
    columns = zip(lines["decision"], lines["intervention"], offered, several, strict=True)
    actions = [
        words.action(decision, name, size, "", has_several_sizes=keeps) for decision, name, size, keeps in columns
    ]
    texts = pd.Series(actions, index=lines.index, dtype="str")
    return texts.where(lines["decision"] != "review", f"{words.all['tabs']['review']}: " + texts)


def _join_lines(texts: pd.Series) -> str:
    """Write the texts of an order's lines one below the other; a line without a text keeps its place."""
    if texts.isna().all():
        return ""
    return "\n".join(text if isinstance(text, str) else "-" for text in texts)


def _join_different(texts: pd.Series) -> str:
    return "\n".join(dict.fromkeys(text for text in texts if isinstance(text, str)))
