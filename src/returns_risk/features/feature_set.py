"""The feature definitions of ``features/definitions/*.yaml`` as one object."""

import json
import logging
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, ValidationError, model_validator

from returns_risk.config.yaml_files import Frozen, load_yaml
from returns_risk.errors import ParamsError
from returns_risk.errors.findings import finding_of
from returns_risk.features.availability import Definition, available_definitions
from returns_risk.features.belief_definitions import BeliefsDefinition
from returns_risk.features.catalogue import Feature, list_features
from returns_risk.features.fit_definitions import FitDefinition
from returns_risk.features.history_definitions import HistoryDefinition

if TYPE_CHECKING:
    import pandas as pd

    from returns_risk.snapshot import Rows, Snapshot

__all__ = ["FeatureSet"]

_logger = logging.getLogger(__name__)
_Definition = Annotated[Definition, Field(discriminator="kind")]


class _File(Frozen):
    definition: _Definition


class FeatureSet(Frozen):
    """Feature definitions: which columns there are, in which order, what they mean and how they are computed.

    >>> column = {"number": "quantity", "meaning": "units"}
    >>> line = {"kind": "line", "entity": "line", "meaning": "the line", "columns": {"units": column}}
    >>> FeatureSet.model_validate({"definitions": [line]}).names
    ['units']
    """

    definitions: tuple[_Definition, ...]
    """The active ones, parents before those that shrink towards them."""

    @classmethod
    def load(cls, folder: Path = Path("features/definitions")) -> Self:
        """Read and check all ``*.yaml`` of a folder, one entity a file.

        Raises
        ------
        ParamsError
            There is none, a key is unknown or out of range, two entities or columns have one name, or an entity lacks
            its parent.
        """
        files = sorted(folder.glob("*.yaml"))
        if not files:
            raise ParamsError(f"{folder}: holds no *.yaml. Restore the feature definitions from git.")
        active = [definition for definition in map(_load, files) if definition.active]
        try:
            return cls(definitions=tuple(_parents_first(active)))
        except ValidationError as error:
            finding = finding_of(error.errors()[0])
            raise ParamsError(f"{folder}: {finding}. Correct the definitions.") from error

    @cached_property
    def features(self) -> list[Feature]:
        """The features in catalogue order: by definition, and within a definition as they are listed there."""
        return [feature for definition in self.definitions for feature in list_features(definition)]

    @property
    def names(self) -> list[str]:
        """Names of the features in catalogue order."""
        return [feature.name for feature in self.features]

    @property
    def history(self) -> list[HistoryDefinition]:
        """The history definitions, parents first."""
        return [definition for definition in self.definitions if isinstance(definition, HistoryDefinition)]

    def drop_unavailable(self, columns: list[str]) -> "FeatureSet":
        """Leave out the features that need a column which the source does not have, with a warning for each.

        Parameters
        ----------
        columns : names of those it has, ``Snapshot.columns``
        """
        available, left_out = available_definitions(self.definitions, columns)
        for sentence in left_out:
            _logger.warning("%s", sentence)
        return FeatureSet(definitions=tuple(available))

    def fit(self, snapshot: "Snapshot", until: date) -> "FeatureSet":
        """Fill in what definitions learn, such as the priors of beliefs and of fit; the others stay as they are.

        Parameters
        ----------
        until : only outcomes that were known when this day began are learnt from
        """
        definitions = (
            _fit(definition, snapshot, until)
            if isinstance(definition, BeliefsDefinition | FitDefinition)
            else definition
            for definition in self.definitions
        )
        return FeatureSet(definitions=tuple(definitions))

    def compute(self, snapshot: "Snapshot", rows: "Rows") -> "pd.DataFrame":
        """Compute the features of rows, as ``snapshot.features(rows, self)``.

        Raises
        ------
        ParamsError
            The source lacks a column that a definition needs.
        """
        if lacking := available_definitions(self.definitions, snapshot.columns)[1]:
            raise ParamsError(
                f"{lacking[0]}. Add the column to the SELECT, or leave out what needs it: "
                "FeatureSet.drop_unavailable(snapshot.columns)."
            )
        # Brings numba along, which need not be loaded where definitions are only read.
        from returns_risk.features.build import build_features

        return build_features(self.definitions, snapshot, rows)[self.names]

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        _require_unique("entities", [definition.entity for definition in self.definitions])
        _require_unique("columns", self.names)
        with_rates: list[str] = []
        for definition in self.history:
            if definition.parent is not None and definition.parent not in with_rates:
                parent, entity = definition.parent, definition.entity
                raise ValueError(f"parent {parent} of {entity} is missing, inactive or without rates")
            with_rates += [definition.entity] if definition.rates else []
        return self


def _fit(
    definition: BeliefsDefinition | FitDefinition, snapshot: "Snapshot", until: date
) -> BeliefsDefinition | FitDefinition:
    """Fit a definition; six digits are kept, since the last ones of sums differ between kinds of processors."""
    fitted = definition.fit(snapshot, until)
    if fitted.fitted is None:
        return fitted
    rounded = json.loads(fitted.fitted.model_dump_json(), parse_float=lambda text: float(f"{float(text):.6g}"))
    return fitted.model_copy(update={"fitted": type(fitted.fitted).model_validate(rounded)})


def _require_unique(kind: str, names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{kind} {twice} are defined twice")


def _load(file: Path) -> Definition:
    definition = load_yaml(file, _File, wrap="definition").definition
    if definition.entity != file.stem:
        raise ParamsError(f"{file}: entity: is {definition.entity}, the file's name says {file.stem}. Make them equal.")
    return definition


def _parents_first(definitions: list[Definition]) -> list[Definition]:
    """Sort by depth below the root and entity; a cycle stays unordered and is rejected later."""
    parents = {
        definition.entity: definition.parent for definition in definitions if isinstance(definition, HistoryDefinition)
    }

    def depth(entity: str) -> int:
        steps, parent = 0, parents.get(entity)
        while parent is not None and steps <= len(parents):
            steps, parent = steps + 1, parents.get(parent)
        return steps

    return sorted(definitions, key=lambda definition: (depth(definition.entity), definition.entity))
