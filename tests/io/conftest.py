"""A file and a folder that stand before each attempt to replace them."""

from pathlib import Path

import pytest


@pytest.fixture
def former_file(tmp_path: Path) -> Path:
    path = tmp_path / "kept" / "page.txt"
    path.parent.mkdir()
    path.write_text("former")
    return path


@pytest.fixture
def former_folder(tmp_path: Path) -> Path:
    path = tmp_path / "kept" / "export"
    path.mkdir(parents=True)
    (path / "former.txt").write_text("former")
    return path
