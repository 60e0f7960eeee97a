"""The repository's own configuration, to be spoilt line by line."""

from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """Folder of the repository."""
    return ROOT


@pytest.fixture
def spoil(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """Copy a file of the repository with one piece of text replaced."""

    def spoil(name: str, piece: str, by: str) -> Path:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert piece in text
        file = tmp_path / name
        file.write_text(text.replace(piece, by, 1), encoding="utf-8")
        return file

    return spoil
