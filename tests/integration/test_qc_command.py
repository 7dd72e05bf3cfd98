"""cobrex qc: metrics listed, drawn and found by a part of their name."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from toy_world import build

pytestmark = pytest.mark.slow
SVG = "{http://www.w3.org/2000/svg}"


def test_metrics_are_listed_and_drawn(tmp_path: Path) -> None:
    world = build(tmp_path / "w")
    for day, level in ((7, 2.0), (8, 99.0), (9, 3.0)):
        world.frame(f"flat{day}", "FLAT", day=day, hour=3, LEVEL=level)
    world.cobrex("import", str(world.data))
    world.cobrex("reduce", "--frame", "TOY_FLAT_RAW", "-j", "2", code=6)
    rows = json.loads(world.cobrex("qc", "list", "--recipe", "toy_flat", "--json"))
    assert [(r["night"], r["value"], r["verdict"]) for r in rows] == [
        ("2020-03-08", 3.0, "pass"),
        ("2020-03-07", 99.0, "fail"),
        ("2020-03-06", 2.0, "pass"),
    ]
    assert {(r["metric"], r["unit"], r["low"], r["high"]) for r in rows} == {
        ("QC LEVEL", "adu", 0.5, 50.0)
    }
    listed = world.cobrex("qc", "list", "--metric", "level", "--verdict", "fail", "--csv")
    assert [r["night"] for r in csv.DictReader(io.StringIO(listed))] == ["2020-03-07"]
    night = world.cobrex("qc", "list", "--night", "2020-03-08..2020-03-09")
    assert night.count("QC LEVEL") == 1
    picture = tmp_path / "trend.svg"
    said = world.cobrex("qc", "plot", "level", "--recipe", "toy_flat", "-o", str(picture))
    assert str(picture) in said
    drawn = ET.parse(picture).getroot()
    assert len(drawn.findall(f"{SVG}circle")) == 2
    (cross,) = drawn.findall(f"{SVG}path")
    assert "99, fail" in "".join(cross.itertext())
    dashed = [one for one in drawn.findall(f"{SVG}line") if one.get("stroke-dasharray")]
    assert len(dashed) == 2
    words = [one.text for one in drawn.findall(f"{SVG}text")]
    assert "QC LEVEL of toy_flat" in words
    assert "2020-03-08" in words
    assert "did you mean QC LEVEL" in world.cobrex("qc", "plot", "levl", code=4)
    for name in ("trend.png", "", "/"):
        assert ".svg" in world.cobrex("qc", "plot", "level", "-o", name, code=2)
    nowhere = str(picture.parent / "no" / "trend.svg")
    assert "cannot be written" in world.cobrex("qc", "plot", "level", "-o", nowhere, code=2)
    assert "verdicts:" in world.cobrex("qc", "list", "--verdict", "good", code=2)
