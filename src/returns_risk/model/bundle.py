"""Bundle: a fitted classifier as two files, ``booster.txt`` and ``bundle.json``."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from returns_risk.config.yaml_files import Frozen
from returns_risk.errors import BundleError
from returns_risk.features import FeatureSet
from returns_risk.io.files import atomic_directory, write_text
from returns_risk.model.booster_text import require_sound
from returns_risk.model.calibration import Calibrator, VennAbers
from returns_risk.model.columns import Column, describe_columns
from returns_risk.model.encoding import Encoding
from returns_risk.model.provenance import Provenance
from returns_risk.model.target import Target

if TYPE_CHECKING:
    import lightgbm as lgb

__all__ = ["BUNDLE_FILES", "FORMAT", "Bundle", "bundle_version", "read_bundle", "write_bundle"]

_BOOSTER = "booster.txt"
_DESCRIPTION = "bundle.json"
FORMAT: Literal[3] = 3
BUNDLE_FILES = (_BOOSTER, _DESCRIPTION)
"""All that a bundle's folder holds."""


class Bundle(Frozen):
    """All of a fitted classifier but its trees."""

    format: Literal[3]
    target: Target
    calibrator: Calibrator
    venn_abers: VennAbers | None = None
    encoding: Encoding
    columns: tuple[Column, ...]
    feature_set: FeatureSet
    reference_values: dict[str, float]
    provenance: Provenance
    booster_sha256: str = ""


def write_bundle(bundle: Bundle, booster: str, folder: Path) -> None:
    """Write a bundle as a folder, which appears as a whole."""
    hashed = bundle.model_copy(update={"booster_sha256": _hash(booster.encode())})
    content = hashed.model_dump(mode="json", exclude_none=True)
    # A parameter may well be null, and has to be there.
    content["provenance"] = bundle.provenance.model_dump(mode="json")
    with atomic_directory(folder) as aside:
        write_text(aside / _BOOSTER, booster)
        write_text(aside / _DESCRIPTION, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read_bundle(folder: Path, version: str = "") -> tuple[Bundle, "lgb.Booster"]:
    """Read a bundle back, or refuse it as ``FittedClassifier.load`` says."""
    import lightgbm as lgb

    try:
        if version and (actual := bundle_version(folder)) != version:
            raise BundleError(f"{folder}: its files give bundle {actual}, not {version}. Fetch or train it again.")
        bundle = _read_description(folder)
        text = (folder / _BOOSTER).read_bytes()
        if _hash(text) != bundle.booster_sha256:
            raise BundleError(
                f"{folder}: {_BOOSTER} is not the one {_DESCRIPTION} belongs to. Run the train stage again."
            )
        # LightGBM ends the process where a text does not hold together, and hashes can be made anew by anybody.
        require_sound(text.decode())
        booster = lgb.Booster(model_str=text.decode())
    except OSError as error:
        raise BundleError(f"{error.filename}: cannot be read ({error.strerror}). Run the train stage.") from error
    except (ValueError, lgb.basic.LightGBMError) as error:
        raise BundleError(f"{folder}: is damaged or of another version. Run the train stage again.") from error
    _require_consistent(bundle, booster, folder)
    return bundle, booster


def _require_consistent(bundle: Bundle, booster: "lgb.Booster", folder: Path) -> None:
    known = {feature.name: feature for feature in bundle.feature_set.features}
    expected = tuple(name for name in known if name in bundle.encoding.columns)
    if not tuple(booster.feature_name()) == bundle.encoding.columns == expected:
        raise BundleError(
            f"{folder}: booster, {_DESCRIPTION} and its feature set name different columns. Run the train stage again."
        )
    columns = describe_columns(booster, bundle.encoding, [known[name] for name in expected])
    if columns != bundle.columns:
        raise BundleError(
            f"{folder}: the schema in {_DESCRIPTION} is not that of its booster and feature set, e.g. column "
            f"{_first_difference(columns, bundle.columns)}. Run the train stage again."
        )


def bundle_version(folder: Path) -> str:
    """Return the version of a bundle: 12 hexadecimal digits of the hash over both files."""
    digest = hashlib.sha256()
    for name in BUNDLE_FILES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]


def _read_description(folder: Path) -> Bundle:
    content: Any = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
    actual = content.get("format") if isinstance(content, dict) else None
    if actual is not None and actual != FORMAT:
        raise BundleError(
            f"{folder}: is a bundle of format {actual}, this version reads format {FORMAT}. Run the train stage again."
        )
    try:
        return Bundle.model_validate_json(json.dumps(content))
    except ValidationError as error:
        raise BundleError(f"{folder}: is damaged or of another version. Run the train stage again.") from error


def _first_difference(actual: tuple[Column, ...], other: tuple[Column, ...]) -> str:
    return next(
        (a.name for a, b in zip(actual, other, strict=False) if a != b), f"number {min(len(actual), len(other)) + 1}"
    )


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
