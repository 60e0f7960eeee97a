"""A booster whose text was changed, and its hash with it, is refused before LightGBM follows its numbers."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from returns_risk.errors import BundleError
from returns_risk.model import load_classifier

ROOT = Path(__file__).parents[2]
LOAD = "from pathlib import Path; from returns_risk.model import load_classifier; load_classifier(Path({!r}))"
HARMS = {
    "a child that is no node": (r"(?m)^left_child=\S+", "left_child=99999999"),
    "a node that is its own parent": (r"(?m)^right_child=\S+", "right_child=0"),
    "a feature that is none": (r"(?m)^split_feature=\S+", "split_feature=70000"),
    "more leaves than values": (r"(?m)^num_leaves=\d+", "num_leaves=900"),
    "fewer trees than are listed": (r"(?s)\nTree=1\n.*?end of trees", "\nend of trees"),
    "a number that is none": (r"(?m)^leaf_value=\S+", "leaf_value=lots"),
    "classes that are none": (r"(?m)^num_tree_per_iteration=1", "num_tree_per_iteration=0"),
    "parameters that are cut": (r"\[num_leaves: ", "[num_le\naves: "),
    "a key of its own": (r"(?m)^shrinkage=", "leaf_const=1\nshrinkage="),
}


@pytest.fixture(scope="module")
def saved(classifier, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "risk"
    classifier.save(folder, ROOT / "policy.yaml")
    return folder


def change(folder, pattern, text):
    """Change the booster and all hashes that follow from it."""
    file, rest = folder / "booster.txt", folder / "bundle.json"
    changed, times = re.subn(pattern, text, file.read_text(), count=1)
    assert times == 1
    file.write_text(changed)
    content = json.loads(rest.read_text()) | {"booster_sha256": hashlib.sha256(changed.encode()).hexdigest()}
    rest.write_text(json.dumps(content))


def test_the_process_survives_a_changed_booster(saved, tmp_path):
    folder = Path(shutil.copytree(saved, tmp_path / "risk"))
    change(folder, *HARMS["a child that is no node"])
    done = subprocess.run([sys.executable, "-c", LOAD.format(str(folder))], capture_output=True, text=True)
    assert done.returncode == 1
    assert "BundleError" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("harm", HARMS)
def test_a_changed_booster_is_refused(saved, tmp_path, harm):
    folder = Path(shutil.copytree(saved, tmp_path / "risk"))
    change(folder, *HARMS[harm])
    with pytest.raises(BundleError, match=r"is damaged or of another version\. Run the train stage again\.$"):
        load_classifier(folder)


def test_a_bundle_of_another_version_than_expected_is_refused(saved):
    with pytest.raises(BundleError, match=r"its files give bundle [0-9a-f]{12}, not f00dfeedf00d"):
        load_classifier(saved, "f00dfeedf00d")
