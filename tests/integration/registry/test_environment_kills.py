"""An environment built by many at once, and by builders that are killed."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from environment_kills import Builders


def test_eight_build_one(tmp_path: Path) -> None:
    builders = Builders(tmp_path)
    places = tmp_path / "environments"
    started = [builders.start(places) for _ in range(8)]
    said = [builder.communicate(timeout=300)[0] for builder in started]
    assert [builder.returncode for builder in started] == [0] * 8, said
    (place,) = {Path(text.strip().splitlines()[-1]) for text in said}
    builders.check(place)
    assert {p.name for p in places.iterdir()} == {place.name, f"{place.name}.lock"}
    assert not (place / "pyvenv.cfg").stat().st_mode & 0o222
    before = (place.stat().st_ino, place.stat().st_ctime_ns)
    assert builders.build(places) == place
    assert (place.stat().st_ino, place.stat().st_ctime_ns) == before


@pytest.mark.slow
def test_ten_killed_builders(tmp_path: Path) -> None:
    builders = Builders(tmp_path)
    start = time.monotonic()
    builders.build(tmp_path / "first")
    longest = time.monotonic() - start
    instant = random.Random(20261127)
    for number in range(10):
        builders.round(tmp_path / str(number), instant, longest)
    assert builders.killed > 0
