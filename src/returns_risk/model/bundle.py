"""A classifier as two files: ``booster.txt`` and ``bundle.json``."""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from returns_risk.config.policy import load_policy
from returns_risk.config.yaml_files import Frozen
from returns_risk.errors import BundleError
from returns_risk.features import FeatureSet
from returns_risk.io.files import atomic_directory, write_text
from returns_risk.model.booster_text import require_sound
from returns_risk.model.calibration import Calibrator
from returns_risk.model.columns import Column
from returns_risk.model.encoding import Encoding
from returns_risk.model.model import Classifier, Provenance
from returns_risk.model.target import Target
from returns_risk.model.venn_abers import VennAbers

__all__ = [
    "BUNDLE_FILES",
    "bundle_version",
    "load_classifier",
    "load_classifiers",
    "load_optional",
    "require_same_definitions",
    "save_classifier",
    "save_classifiers",
]

_BOOSTER = "booster.txt"
_REST = "bundle.json"
_FORMAT: Literal[2] = 2
BUNDLE_FILES = (_BOOSTER, _REST)
"""All that a bundle's folder holds."""


class _Bundle(Frozen):
    format: Literal[2]
    target: Target
    calibrator: Calibrator
    venn_abers: VennAbers | None = None
    encoding: Encoding
    columns: tuple[Column, ...]
    definitions: FeatureSet
    typical: dict[str, float]
    provenance: Provenance
    booster_sha256: str


def save_classifier(classifier: Classifier, folder: Path, policy: Path = Path("policy.yaml")) -> None:
    """Write a classifier as a folder, which appears as a whole.

    Parameters
    ----------
    policy : the business's numbers; the hash of what labels follow in them (``Policy.terms_sha256``) is noted unless
        the classifier has one from an earlier save

    Raises
    ------
    ParamsError
        The policy cannot be read.
    ExportError
        The folder cannot be written.
    """
    booster = classifier.booster.model_to_string()
    noted = classifier.provenance.policy or load_policy(policy).terms_sha256
    rest = _Bundle(
        format=_FORMAT,
        target=classifier.target,
        calibrator=classifier.calibrator,
        venn_abers=classifier.venn_abers,
        encoding=classifier.encoding,
        columns=classifier.columns,
        definitions=classifier.definitions,
        typical=classifier.typical,
        provenance=classifier.provenance.model_copy(update={"policy": noted}),
        booster_sha256=_hash(booster.encode()),
    )
    content = rest.model_dump(mode="json", exclude_none=True)
    # A parameter may well be null, and has to be there.
    content["provenance"] = rest.provenance.model_dump(mode="json")
    with atomic_directory(folder) as aside:
        write_text(aside / _BOOSTER, booster)
        write_text(aside / _REST, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def save_classifiers(classifiers: dict[str, Classifier], folder: Path) -> None:
    """Write each classifier as ``<folder>/<name>``; the folder appears as a whole and holds no others."""
    with atomic_directory(folder) as aside:
        for name, classifier in classifiers.items():
            save_classifier(classifier, aside / name)


def load_optional(folder: Path) -> Classifier | None:
    """Read a classifier back as ``load_classifier``, or return None where the source had too little to fit one."""
    return load_classifier(folder) if folder.exists() else None


def load_classifiers(folder: Path) -> dict[str, Classifier]:
    """Read all classifiers of a folder, by name.

    Raises
    ------
    BundleError
        There is none, or as ``load_classifier``.
    """
    names = sorted(place.name for place in folder.glob("*") if place.is_dir())
    if not names:
        raise BundleError(f"{folder}: there is no model. Run the train stage.")
    return {name: load_classifier(folder / name) for name in names}


def load_classifier(folder: Path, version: str = "") -> Classifier:
    """Read a classifier back.

    Parameters
    ----------
    version : the ``bundle_version`` that its files have to give, where that is known from elsewhere

    Raises
    ------
    BundleError
        A file is missing or damaged, the bundle is of another format or version, or booster, definitions and schema do
        not belong together.
    """
    import lightgbm as lgb

    try:
        if version and (found := bundle_version(folder)) != version:
            raise BundleError(f"{folder}: its files give bundle {found}, not {version}. Fetch or train it again.")
        rest = _read_rest(folder)
        text = (folder / _BOOSTER).read_bytes()
        if _hash(text) != rest.booster_sha256:
            raise BundleError(f"{folder}: {_BOOSTER} is not the one {_REST} belongs to. Run the train stage again.")
        # LightGBM ends the process where a text does not hold together, and hashes can be made anew by anybody.
        require_sound(text.decode())
        booster = lgb.Booster(model_str=text.decode())
    except OSError as error:
        raise BundleError(f"{error.filename}: cannot be read ({error.strerror}). Run the train stage.") from error
    except (ValueError, lgb.basic.LightGBMError) as error:
        raise BundleError(f"{folder}: is damaged or of another version. Run the train stage again.") from error
    names = [feature.name for feature in rest.definitions.features]
    learnt = tuple(name for name in names if name in rest.encoding.columns)
    if not tuple(booster.feature_name()) == rest.encoding.columns == learnt:
        raise BundleError(
            f"{folder}: booster, {_REST} and its definitions name different columns. Run the train stage again."
        )
    classifier = Classifier(
        booster,
        rest.target,
        rest.calibrator,
        rest.venn_abers,
        rest.encoding,
        rest.definitions,
        rest.typical,
        rest.provenance,
    )
    if classifier.columns != rest.columns:
        raise BundleError(
            f"{folder}: the schema in {_REST} is not that of its booster and definitions, e.g. column "
            f"{_first_difference(classifier.columns, rest.columns)}. Run the train stage again."
        )
    return classifier


def bundle_version(folder: Path) -> str:
    """Return the version of a bundle: 12 hexadecimal digits of the hash over both files."""
    digest = hashlib.sha256()
    for name in BUNDLE_FILES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]


def require_same_definitions(classifier: Classifier, definitions: FeatureSet) -> None:
    """Refuse features that were computed from other definitions than those frozen at training.

    Raises
    ------
    BundleError
        The definitions differ.
    """
    if classifier.definitions != definitions:
        raise BundleError(
            "features: the candidates were computed from other definitions than the model was trained with. "
            "Run the train stage, or restore features/definitions/*.yaml."
        )


def _read_rest(folder: Path) -> _Bundle:
    content: Any = json.loads((folder / _REST).read_text(encoding="utf-8"))
    found = content.get("format") if isinstance(content, dict) else None
    if found is not None and found != _FORMAT:
        raise BundleError(
            f"{folder}: is a bundle of format {found}, this version reads format {_FORMAT}. Run the train stage again."
        )
    try:
        return _Bundle.model_validate_json(json.dumps(content))
    except ValidationError as error:
        raise BundleError(f"{folder}: is damaged or of another version. Run the train stage again.") from error


def _first_difference(one: tuple[Column, ...], other: tuple[Column, ...]) -> str:
    return next((a.name for a, b in zip(one, other, strict=False) if a != b), f"number {min(len(one), len(other)) + 1}")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
