"""An existing file and an existing folder, for tests that replace them."""

from pathlib import Path

import pytest


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    path = tmp_path / "existing" / "page.txt"
    path.parent.mkdir()
    path.write_text("old")
    return path


@pytest.fixture
def old_folder(tmp_path: Path) -> Path:
    path = tmp_path / "existing" / "export"
    path.mkdir(parents=True)
    (path / "old.txt").write_text("old")
    return path
