"""A file or folder is complete or missing, also for readers, and keeps its old content when writing fails."""

import os
import re
import threading
from pathlib import Path

import pytest

from returns_risk.errors import ExportError
from returns_risk.io.files import atomic_directory, atomic_file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_file(path: Path, content: str, error: Exception | None = None) -> None:
    with atomic_file(path) as aside:
        aside.write_text(content)
        if error is not None:
            raise error


def write_folder(path: Path, content: str, error: Exception | None = None) -> None:
    with atomic_directory(path) as aside:
        (aside / "data").mkdir()
        (aside / "data" / "first.txt").write_text(content)
        if error is not None:
            raise error
        (aside / "second.txt").write_text(content)


def read(path: Path) -> str:
    return (path / "data/first.txt" if path.is_dir() else path).read_text()


@pytest.fixture(params=[write_file, write_folder])
def write(request):
    """Write a file or a folder."""
    return request.param


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "exports" / "target"


def test_it_appears_with_its_parents_and_leaves_no_other_name(write, path):
    write(path, "fresh")
    assert read(path) == "fresh"
    assert names(path.parent) == ["target"]


def test_it_is_replaced_completely(write, path):
    write(path, "old")
    if path.is_dir():
        (path / "old.txt").write_text("old")
    write(path, "fresh")
    assert read(path) == "fresh"
    assert path.is_file() or names(path) == ["data", "second.txt"]
    assert names(path.parent) == ["target"]


@pytest.mark.parametrize("atomic", [atomic_file, atomic_directory])
def test_it_does_not_exist_before_the_block_ends(atomic, path):
    with atomic(path) as aside:
        (aside / "first.txt" if aside.is_dir() else aside).write_text("half")
        assert not path.exists()
    assert path.exists()


@pytest.mark.parametrize(
    ("error", "raised"),
    [(ValueError("in the middle"), ValueError), (OSError(28, "No space left on device"), ExportError)],
)
def test_the_old_content_stays_when_the_block_raises(write, path, error, raised):
    write(path, "old")
    with pytest.raises(raised, match=r"in the middle|No space left on device"):
        write(path, "half", error)
    assert read(path) == "old"
    assert names(path.parent) == ["target"]


def test_a_file_instead_of_a_parent_folder_is_an_export_error_in_one_line(write, path):
    write_file(path, "old")
    with pytest.raises(ExportError, match=rf"^{re.escape(str(path))}/deep: cannot be written") as caught:
        write(path / "deep", "fresh")
    assert "\n" not in str(caught.value)
    assert path.read_text() == "old"


@pytest.mark.parametrize(("existing", "other"), [(write_file, write_folder), (write_folder, write_file)])
def test_a_file_does_not_replace_a_folder_nor_a_folder_a_file(path, existing, other):
    existing(path, "old")
    with pytest.raises(ExportError, match=rf"^{re.escape(str(path))}: cannot be written"):
        other(path, "fresh")
    assert read(path) == "old"
    assert names(path.parent) == ["target"]


def test_temporary_files_of_a_killed_run_do_not_get_into_the_folder(path):
    aside = path.with_name(f".target.{os.getpid()}.tmp")
    aside.mkdir(parents=True)
    (aside / "stale.txt").write_text("stale")
    write_folder(path, "fresh")
    assert names(path) == ["data", "second.txt"]
    assert names(path.parent) == ["target"]


def test_a_taken_temporary_name_leaves_the_old_folder(path):
    write_folder(path, "old")
    path.with_name(f".target.{os.getpid()}.tmp").write_text("not ours")
    with pytest.raises(ExportError, match=rf"^{re.escape(str(path))}: cannot be written \(File exists\)"):
        write_folder(path, "fresh")
    assert read(path) == "old"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder where even root cannot write")
def test_a_read_only_folder_is_an_export_error():
    with pytest.raises(ExportError, match=r"^/proc/export: cannot be written"):
        write_folder(Path("/proc/export"), "fresh")


def test_a_reader_never_misses_a_file_while_the_folder_is_exchanged(path):
    write_folder(path, "complete")
    contents: list[str] = []
    ended = threading.Event()

    def read_all():
        while not ended.is_set():
            for name in ("data/first.txt", "second.txt"):
                try:
                    contents.append((path / name).read_text())
                except FileNotFoundError:
                    contents.append("missing")

    reader = threading.Thread(target=read_all)
    reader.start()
    for _ in range(50):
        write_folder(path, "complete")
    ended.set()
    reader.join()
    assert len(contents) > 50
    assert set(contents) == {"complete"}
    assert names(path.parent) == ["target"]
