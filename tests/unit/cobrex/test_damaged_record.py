"""A record that cannot be read does not end the driver, now and ever after."""

from __future__ import annotations

from pathlib import Path

import pytest

from cobrex.batch.follow import read


@pytest.mark.parametrize("said", [b"", b'{"key": "ab', b"\xff\xfe", b"nothing"])
def test_a_damaged_record_is_moved_out_of_the_way(tmp_path: Path, said: bytes) -> None:
    attempt = tmp_path / "key" / "0001"
    attempt.mkdir(parents=True)
    (attempt / "record.json").write_bytes(said)
    assert read(attempt / "record.json") is None
    (aside,) = attempt.parent.iterdir()
    assert aside.name.startswith("0001.damaged-")
    assert (aside / "record.json").read_bytes() == said
    assert read(attempt / "record.json") is None
