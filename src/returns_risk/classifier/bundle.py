"""A classifier as two files: ``booster.txt`` and ``bundle.json``."""

import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from returns_risk.classifier.calibration import Calibrator
from returns_risk.classifier.encoding import Encoding
from returns_risk.classifier.model import Classifier, Provenance
from returns_risk.errors import BundleError
from returns_risk.feature_groups import Definitions
from returns_risk.files import atomic_directory, write_text
from returns_risk.params import Frozen

__all__ = ["bundle_version", "load_classifier", "require_same_definitions", "save_classifier"]

_BOOSTER = "booster.txt"
_REST = "bundle.json"


class _Bundle(Frozen):
    format: Literal[1]
    calibrator: Calibrator
    encoding: Encoding
    definitions: Definitions
    typical: dict[str, float]
    provenance: Provenance
    booster_sha256: str


def save_classifier(classifier: Classifier, folder: Path) -> None:
    """Write a classifier as a folder, which appears as a whole."""
    booster = classifier.booster.model_to_string()
    rest = _Bundle(
        format=1,
        calibrator=classifier.calibrator,
        encoding=classifier.encoding,
        definitions=classifier.definitions,
        typical=classifier.typical,
        provenance=classifier.provenance,
        booster_sha256=_hash(booster.encode()),
    )
    content = rest.model_dump(mode="json", exclude_none=True)
    with atomic_directory(folder) as aside:
        write_text(aside / _BOOSTER, booster)
        write_text(aside / _REST, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def load_classifier(folder: Path) -> Classifier:
    """Read a classifier back.

    Raises
    ------
    BundleError
        A file is missing or damaged, or booster and definitions do not belong together.
    """
    import lightgbm as lgb

    try:
        rest = _Bundle.model_validate_json((folder / _REST).read_text(encoding="utf-8"))
        text = (folder / _BOOSTER).read_bytes()
        if _hash(text) != rest.booster_sha256:
            # LightGBM ends the process, or loads fewer trees, where its file is cut short.
            raise BundleError(f"{folder}: {_BOOSTER} is not the one {_REST} belongs to. Run the train stage again.")
        booster = lgb.Booster(model_str=text.decode())
    except OSError as error:
        raise BundleError(f"{error.filename}: cannot be read ({error.strerror}). Run the train stage.") from error
    except (ValidationError, UnicodeDecodeError, lgb.basic.LightGBMError) as error:
        raise BundleError(f"{folder}: is damaged or of another version. Run the train stage again.") from error
    if tuple(booster.feature_name()) != rest.encoding.columns:
        raise BundleError(f"{folder}: booster and bundle.json name different columns. Run the train stage again.")
    return Classifier(booster, rest.calibrator, rest.encoding, rest.definitions, rest.typical, rest.provenance)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def bundle_version(folder: Path) -> str:
    """Return the version of a bundle: 12 hexadecimal digits of the hash over both files."""
    digest = hashlib.sha256()
    for name in (_BOOSTER, _REST):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]


def require_same_definitions(classifier: Classifier, definitions: Definitions) -> None:
    """Refuse features that were computed from other definitions than those frozen at training.

    Raises
    ------
    BundleError
        The definitions differ.
    """
    if classifier.definitions != definitions:
        raise BundleError(
            "features: the candidates were computed from other definitions than the model was trained with. "
            "Run the train stage, or restore features/*.yaml."
        )
