"""The kept history of all entities: made, brought to the next night, held against the tables."""

from datetime import date

import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import day_number, start_of_day
from returns_risk.features.definitions import FeatureSet, HistoryDefinition
from returns_risk.features.histories import line_sizes
from returns_risk.features.keys import KeyCodes
from returns_risk.history import Outcomes, find_outcomes
from returns_risk.history.events import Events, build_events
from returns_risk.history.manifest import KeptEntity
from returns_risk.history.state import Known
from returns_risk.history.tiles import Tiles, sum_up
from returns_risk.snapshot.as_of import as_of_view
from returns_risk.snapshot.lines import join_attributes

__all__ = ["kept_entities", "known_history", "known_lines"]


def known_history(
    definitions: FeatureSet, tables: dict[str, pd.DataFrame], policy: Policy, time_zone: str, as_of: date
) -> Known:
    """Gather what the kept history of a day has to say.

    Parameters
    ----------
    definitions : those the source has the columns for (``drop_unavailable``)
    tables : contract tables by name
    as_of : events of the days before it are known
    """
    known = as_of_view(tables, start_of_day(as_of, time_zone))
    lines = join_attributes(known)
    outcomes = find_outcomes(lines, known["returns"], policy, time_zone)
    return known_lines(definitions, lines, outcomes, time_zone, as_of)


def known_lines(definitions: FeatureSet, lines: pd.DataFrame, outcomes: Outcomes, time_zone: str, as_of: date) -> Known:
    """Gather the same from order lines as given by ``join_attributes`` and their outcomes."""
    by_name = {one.entity: one for one in definitions.history}
    keys, sizes = KeyCodes(lines), line_sizes(lines)
    columns = _columns(definitions.history)
    digests = keys.digests([*columns, *(["size_rank"] if _with_sizes(definitions.history) else [])])

    def add_up(entity: str, events: Events) -> Tiles:
        one = by_name[entity]
        codes = keys.of(list(one.key))
        return sum_up(events, codes, keys.hashes(list(one.key), codes), sizes if one.kept_size else sizes[:0])

    return Known(
        as_of=as_of,
        time_zone=time_zone,
        columns=columns,
        entities=kept_entities(definitions),
        events=build_events(lines, outcomes).before(day_number(as_of)),
        reasons=outcomes.reasons,
        digests=digests,
        sum_up=add_up,
    )


def kept_entities(definitions: FeatureSet) -> dict[str, KeptEntity]:
    """Say of what the history is kept, by entity."""
    return {one.entity: KeptEntity(key=one.key, sizes=one.kept_size) for one in definitions.history}


def _columns(definitions: list[HistoryDefinition]) -> tuple[str, ...]:
    """Name the columns of the lines that decide to which keys an event belongs."""
    return tuple(dict.fromkeys(column for one in definitions for column in one.key))


def _with_sizes(definitions: list[HistoryDefinition]) -> bool:
    return any(one.kept_size for one in definitions)
