"""A night whose registry was moved, is gone, or is another than the one that promoted its champion."""

import sqlite3
from pathlib import Path

AS_OF = "2026-03-02"


def test_a_night_in_a_moved_project_tells_what_is_wrong_with_its_registry_and_goes_on_once_it_is_right(house, call):
    registry = Path("mlflow.db")
    good = registry.read_bytes()

    def night():
        code, _, told = call("nightly", "--as-of", AS_OF)
        return code, [line for line in told.splitlines() if line.startswith("error: ")]

    registry.unlink()
    code, (told,) = night()
    assert (code, registry.exists()) == (13, False)
    assert told.startswith("error: mlflow.db: is missing, while mlruns/")
    registry.write_bytes(good[:100_000])
    assert night()[0] == 13
    registry.write_bytes(good)
    with sqlite3.connect(registry) as database:
        database.execute("UPDATE model_version_tags SET value = 'f00dfeedf00d' WHERE key = 'bundle_version'")
    code, (told,) = night()
    assert code == 8
    assert "became champion with bundle" in told
    registry.write_bytes(good)
    assert not (house / "exports/as_of=2026-03-02").exists()
    assert night() == (0, [])
    assert registry.read_bytes() == good
