"""A folder is whole or not there, for readers too."""

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
        (aside / "data" / "one.txt").write_text(content)
        (aside / "two.txt").write_text(content)


def break_off(folder: Path, error: Exception) -> None:
    with atomic_directory(folder) as aside:
        (aside / "one.txt").write_text("half")
        raise error


def test_a_folder_appears_with_its_parents_and_leaves_no_other_name(tmp_path):
    write(tmp_path / "exports" / "as_of", "fresh")
    assert names(tmp_path / "exports") == ["as_of"]
    assert names(tmp_path / "exports" / "as_of") == ["data", "two.txt"]


def test_a_folder_that_is_there_is_replaced_as_a_whole(former_folder):
    write(former_folder, "fresh")
    assert names(former_folder) == ["data", "two.txt"]
    assert names(former_folder.parent) == ["export"]


def test_nothing_is_there_before_the_block_has_ended(tmp_path):
    with atomic_directory(tmp_path / "export") as aside:
        (aside / "one.txt").write_text("half")
        assert not (tmp_path / "export").exists()


def test_the_former_folder_stays_when_the_block_raises(former_folder):
    with pytest.raises(ValueError, match="in the middle"):
        break_off(former_folder, ValueError("in the middle"))
    assert names(former_folder) == ["former.txt"]
    assert names(former_folder.parent) == ["export"]


def test_the_former_folder_stays_when_the_disk_is_full(former_folder):
    with pytest.raises(ExportError, match="No space left on device"):
        break_off(former_folder, OSError(28, "No space left on device"))
    assert names(former_folder) == ["former.txt"]
    assert names(former_folder.parent) == ["export"]


def test_what_an_interrupted_run_left_aside_does_not_get_into_the_folder(tmp_path):
    (tmp_path / f".export.{os.getpid()}.tmp").mkdir()
    (tmp_path / f".export.{os.getpid()}.tmp" / "stale.txt").write_text("stale")
    write(tmp_path / "export", "fresh")
    assert names(tmp_path / "export") == ["data", "two.txt"]
    assert names(tmp_path) == ["export"]


def test_a_file_in_the_place_of_a_parent_folder_is_an_export_error_of_one_line(former_file):
    with pytest.raises(ExportError, match=rf"^{re.escape(str(former_file))}/deep: cannot be written") as caught:
        write(former_file / "deep", "fresh")
    assert "\n" not in str(caught.value)
    assert former_file.read_text() == "former"


def test_a_file_in_the_place_of_the_folder_stays(former_file):
    with pytest.raises(ExportError, match=rf"^{re.escape(str(former_file))}: cannot be written"):
        write(former_file, "fresh")
    assert former_file.read_text() == "former"
    assert names(former_file.parent) == ["page.txt"]


def test_a_temporary_name_that_is_taken_leaves_the_former_folder(former_folder):
    (former_folder.parent / f".export.{os.getpid()}.tmp").write_text("not ours")
    with pytest.raises(ExportError, match=rf"^{re.escape(str(former_folder))}: cannot be written \(File exists\)"):
        write(former_folder, "fresh")
    assert names(former_folder) == ["former.txt"]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a place where even root cannot write")
def test_a_place_where_nothing_can_be_written_is_an_export_error():
    with pytest.raises(ExportError, match=r"^/proc/export: cannot be written"):
        write(Path("/proc/export"), "fresh")


def test_a_reader_never_misses_a_file_while_the_folder_is_exchanged(tmp_path):
    folder = tmp_path / "export"
    write(folder, "whole")
    found: list[str] = []
    ended = threading.Event()

    def read():
        while not ended.is_set():
            for name in ("data/one.txt", "two.txt"):
                try:
                    found.append((folder / name).read_text())
                except FileNotFoundError:
                    found.append("missing")

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        write(folder, "whole")
    ended.set()
    reader.join()
    assert len(found) > 50
    assert set(found) == {"whole"}
    assert names(tmp_path) == ["export"]
