"""Only an export that is whole, and of a night that was acted on, is for others."""

import json
from datetime import date

import pytest

from returns_risk.errors import DeliveryError
from returns_risk.export.manifest import read_manifest, verified_file
from tests.small_exports import MANIFEST, write_night


@pytest.fixture
def export(tmp_path):
    return write_night(tmp_path / "export")


def test_a_manifest_names_source_and_night(export):
    manifest = read_manifest(export)
    assert (manifest.source, manifest.as_of, manifest.backfill) == ("tests", date(2026, 3, 2), False)
    assert verified_file(export, "digest.json", manifest) == export / "digest.json"


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", r"the file: Invalid JSON: EOF while parsing"),
        ('{"source": "tests", "as_of', r"the file: Invalid JSON: EOF while parsing a string at line 1"),
        ("[]", r"the file: a block of keys is expected"),
        ('{"source": "tests", "as_of": "2026-03-02"}', r"files: the key is missing"),
        ('{"source": "tests", "as_of": "soon", "files": {}}', r"as_of: Input should be a valid date"),
        ("\udcff", r"the file: Invalid JSON"),
    ],
)
def test_a_damaged_manifest_is_refused_with_the_finding(export, text, finding):
    (export / "manifest.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DeliveryError, match=rf"manifest\.json: is damaged: {finding}.* Rebuild it: ") as caught:
        read_manifest(export)
    assert "\n" not in str(caught.value)


def test_a_manifest_that_is_gone_is_refused(export):
    (export / "manifest.json").unlink()
    with pytest.raises(DeliveryError, match=r"manifest\.json: cannot be read \(No such file or directory\)"):
        read_manifest(export)


def test_a_backfill_is_never_delivered(tmp_path):
    export = write_night(tmp_path / "export", manifest=MANIFEST | {"backfill": True})
    assert json.loads((export / "manifest.json").read_text())["backfill"] is True
    with pytest.raises(DeliveryError, match="export: backfill exports are never delivered"):
        read_manifest(export)


def test_the_chains_rehearsal_is_refused(tmp_path):
    export = write_night(tmp_path / "export", manifest=MANIFEST | {"rehearsal": True})
    with pytest.raises(DeliveryError, match="export: is the chain's rehearsal, which nobody acts on"):
        read_manifest(export)


def test_a_file_that_was_changed_is_refused(export):
    with (export / "scores.parquet").open("ab") as file:
        file.write(b" ")
    with pytest.raises(DeliveryError, match=r"scores\.parquet: does not match its hash in manifest\.json"):
        verified_file(export, "scores.parquet", read_manifest(export))
