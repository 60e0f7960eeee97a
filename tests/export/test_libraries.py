"""The libraries that a page carries are the published ones."""

import hashlib
import re
from pathlib import Path

import returns_risk.export

FOLDER = Path(returns_risk.export.__file__).parent / "libraries"


def test_each_file_is_the_one_that_is_written_down_and_has_its_licence():
    listed = dict(re.findall(r"\| `([a-z0-9.]+\.js)` .*`([0-9a-f]{64})` \|", (FOLDER / "README.md").read_text()))
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in FOLDER.glob("*.js")}
    assert files == listed
    assert {file.stem for file in FOLDER.glob("*.LICENSE")} == {name.split(".")[0] for name in files}


def test_none_could_end_the_element_it_stands_in():
    assert not [file for file in FOLDER.glob("*.js") if "</" + "script" in file.read_text().lower()]
