"""A folder is complete or missing, also for readers."""

import os
import re
import threading
from pathlib import Path

import pytest

from returns_risk.errors import ExportError
from returns_risk.io.files import atomic_directory


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(folder: Path, content: str) -> None:
    with atomic_directory(folder) as aside:
        (aside / "data").mkdir()
        (aside / "data" / "first.txt").write_text(content)
        (aside / "second.txt").write_text(content)


def break_off(folder: Path, error: Exception) -> None:
    with atomic_directory(folder) as aside:
        (aside / "first.txt").write_text("half")
        raise error


def test_a_folder_appears_with_its_parents_and_leaves_no_other_name(tmp_path):
    write(tmp_path / "exports" / "as_of", "fresh")
    assert names(tmp_path / "exports") == ["as_of"]
    assert names(tmp_path / "exports" / "as_of") == ["data", "second.txt"]


def test_an_existing_folder_is_replaced_completely(old_folder):
    write(old_folder, "fresh")
    assert names(old_folder) == ["data", "second.txt"]
    assert names(old_folder.parent) == ["export"]


def test_the_folder_does_not_exist_before_the_block_ends(tmp_path):
    with atomic_directory(tmp_path / "export") as aside:
        (aside / "first.txt").write_text("half")
        assert not (tmp_path / "export").exists()


def test_the_old_folder_stays_when_the_block_raises(old_folder):
    with pytest.raises(ValueError, match="in the middle"):
        break_off(old_folder, ValueError("in the middle"))
    assert names(old_folder) == ["old.txt"]
    assert names(old_folder.parent) == ["export"]


def test_the_old_folder_stays_when_the_disk_is_full(old_folder):
    with pytest.raises(ExportError, match="No space left on device"):
        break_off(old_folder, OSError(28, "No space left on device"))
    assert names(old_folder) == ["old.txt"]
    assert names(old_folder.parent) == ["export"]


def test_temporary_files_of_a_killed_run_do_not_get_into_the_folder(tmp_path):
    (tmp_path / f".export.{os.getpid()}.tmp").mkdir()
    (tmp_path / f".export.{os.getpid()}.tmp" / "stale.txt").write_text("stale")
    write(tmp_path / "export", "fresh")
    assert names(tmp_path / "export") == ["data", "second.txt"]
    assert names(tmp_path) == ["export"]


def test_a_file_instead_of_a_parent_folder_is_an_export_error_in_one_line(old_file):
    with pytest.raises(ExportError, match=rf"^{re.escape(str(old_file))}/deep: cannot be written") as caught:
        write(old_file / "deep", "fresh")
    assert "\n" not in str(caught.value)
    assert old_file.read_text() == "old"


def test_a_file_instead_of_the_folder_stays(old_file):
    with pytest.raises(ExportError, match=rf"^{re.escape(str(old_file))}: cannot be written"):
        write(old_file, "fresh")
    assert old_file.read_text() == "old"
    assert names(old_file.parent) == ["page.txt"]


def test_a_taken_temporary_name_leaves_the_old_folder(old_folder):
    (old_folder.parent / f".export.{os.getpid()}.tmp").write_text("not ours")
    with pytest.raises(ExportError, match=rf"^{re.escape(str(old_folder))}: cannot be written \(File exists\)"):
        write(old_folder, "fresh")
    assert names(old_folder) == ["old.txt"]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder where even root cannot write")
def test_a_read_only_folder_is_an_export_error():
    with pytest.raises(ExportError, match=r"^/proc/export: cannot be written"):
        write(Path("/proc/export"), "fresh")


def test_a_reader_never_misses_a_file_while_the_folder_is_exchanged(tmp_path):
    folder = tmp_path / "export"
    write(folder, "complete")
    contents: list[str] = []
    ended = threading.Event()

    def read():
        while not ended.is_set():
            for name in ("data/first.txt", "second.txt"):
                try:
                    contents.append((folder / name).read_text())
                except FileNotFoundError:
                    contents.append("missing")

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        write(folder, "complete")
    ended.set()
    reader.join()
    assert len(contents) > 50
    assert set(contents) == {"complete"}
    assert names(tmp_path) == ["export"]
