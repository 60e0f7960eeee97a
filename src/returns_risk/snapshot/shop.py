"""A shop, and a snapshot of it at an as-of."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import start_of_day
from returns_risk.contract.parquet import read_tables
from returns_risk.history import Outcomes, find_outcomes
from returns_risk.snapshot.as_of import as_of_view
from returns_risk.snapshot.labels import id_columns, label_frame
from returns_risk.snapshot.lines import available_columns, join_attributes
from returns_risk.snapshot.opt_outs import opted_out_lines
from returns_risk.snapshot.rows import (
    Rows,
    choose_candidates,
    choose_training,
    first_day_of,
    log_rows,
    require_training,
)

if TYPE_CHECKING:
    from returns_risk.history.history import History

__all__ = ["Shop", "Snapshot"]


class FeatureDefinitions(Protocol):
    """An object that computes features, as ``features.FeatureSet`` does."""

    def compute(self, snapshot: "Snapshot", rows: Rows) -> pd.DataFrame:
        """Return one row for each of ``rows``."""


@dataclass(frozen=True)
class Shop:
    """The validated contract tables of a source, with the policy and the time zone they are read by."""

    tables: dict[str, pd.DataFrame]
    """At least ``order_lines`` and ``returns``."""
    policy: Policy
    time_zone: str
    """IANA name; days of the shop begin and end in it."""

    @classmethod
    def read(cls, folder: Path, policy: Policy, time_zone: str) -> "Shop":
        """Read the tables that the ``validate`` stage wrote.

        Raises
        ------
        SourceError
            A file is missing or is no Parquet.
        """
        return cls(read_tables(folder), policy, time_zone)

    def snapshot(self, as_of: date) -> "Snapshot":
        """Return the shop as it was known when the day ``as_of`` began; a time or a text counts as its date."""
        return Snapshot(self, pd.Timestamp(as_of).date())


class Snapshot:
    """A shop as it was known when a day began: nothing that happened or was recorded on that day or later is in it.

    Attributes
    ----------
    shop : Shop
    as_of : date
    tables : dict
        The contract tables as they were known.
    prepared : dict
        What has been prepared of the lines for a feature definition, by definition.
    """

    def __init__(self, shop: Shop, as_of: date) -> None:
        self.shop = shop
        self.as_of = as_of
        self.policy = shop.policy
        self.time_zone = shop.time_zone
        self.prepared: dict[Any, Any] = {}
        self.tables = as_of_view(shop.tables, start_of_day(as_of, shop.time_zone))

    @cached_property
    def lines(self) -> pd.DataFrame:
        """The known order lines with the attributes of their products and customers (``join_attributes``)."""
        return join_attributes(self.tables)

    @cached_property
    def outcomes(self) -> Outcomes:
        """The days on which the outcome of each of ``lines`` became known, or will."""
        return find_outcomes(self.lines, self.tables["returns"], self.policy, self.time_zone)

    @cached_property
    def history(self) -> "History":
        """The events of all ``lines``, from which history features are computed."""
        # Brings numba along, which need not be loaded where no features are computed.
        from returns_risk.history.history import History

        return History(self.lines, self.outcomes)

    @property
    def columns(self) -> list[str]:
        """Names of the columns that feature definitions can rest on."""
        return available_columns(self.lines, self.tables)

    def training_rows(self, warm_up_days: int) -> Rows:
        """Choose the matured lines to learn from, each at the first as-of after it was ordered (``choose_training``).

        Parameters
        ----------
        warm_up_days : lines of the first days have no history and are left out

        Raises
        ------
        LabelError
            No line is matured.
        """
        days, lines = np.unique(self.outcomes.ordered_on, return_counts=True)
        first_day = first_day_of(days, lines) + warm_up_days
        rows, left_out = choose_training(self.outcomes, self.as_of, first_day)
        require_training(len(rows), left_out, len(self.lines), warm_up_days)
        return rows

    def candidates(self, open_days: int) -> Rows:
        """Choose the open lines that may be acted on, at the as-of of the snapshot (``choose_candidates``).

        Parameters
        ----------
        open_days : lines ordered longer ago are no longer waiting
        """
        opted_out = opted_out_lines(self.lines, self.tables)
        rows, left_out = choose_candidates(self.outcomes, self.as_of, open_days, opted_out)
        log_rows("candidates", len(rows), left_out)
        return rows

    def features(self, rows: Rows, feature_set: FeatureDefinitions) -> pd.DataFrame:
        """Compute the features of rows; the same values whether a row is asked for alone or among others.

        Parameters
        ----------
        feature_set : ``FeatureSet`` without features the source lacks the columns for (``drop_unavailable``)

        Returns
        -------
        DataFrame of shape (n_rows, n_features), a RangeIndex, columns in catalogue order: float32, or text for
        categories.
        """
        return feature_set.compute(self, rows)

    def labels(self, rows: Rows) -> pd.DataFrame:
        """Return ids, days, label and return reason of training rows (``label_frame``)."""
        return label_frame(self.lines, self.outcomes, rows)

    def ids(self, rows: Rows) -> pd.DataFrame:
        """Return ids and days of rows (``id_columns``)."""
        return id_columns(self.lines, self.outcomes, rows)
