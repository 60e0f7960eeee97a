"""Hashes of files."""

from returns_risk.io.files import hash_file, hash_files


def test_the_hash_of_a_file_is_its_sha_256(tmp_path):
    (tmp_path / "abc.txt").write_bytes(b"abc")
    assert hash_file(tmp_path / "abc.txt") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_hashes_come_by_name_in_the_order_given(tmp_path):
    (tmp_path / "b").write_bytes(b"abc")
    (tmp_path / "a").write_bytes(b"")
    assert list(hash_files([tmp_path / "b", tmp_path / "a"]).items()) == [
        ("b", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("a", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ]
