"""ESO's own association of a FORS2 image, made again: the same files at every node of the tree."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from plan_archive import Need
from rules_archive import read

from cobrex.plan.draft import Draft, PlanFrame
from cobrex.plan.organise import Organiser
from cobrex.plan.pool import Pool

pytestmark = pytest.mark.real

# the calibration plan: biases and sky flats of the nearest night, all standards of the night
RULES = """
levels:
  plan:
    - {window_days: [-1, 1]}
    - {window_days: [-8, 8]}
    - {window_days: [-30, 30], warn: true}
associations:
  bias:
    main: {frame_type: BIAS, group_by: [night], count: {min: 5}}
  flat:
    main: {frame_type: SKY_FLAT_IMG, group_by: [night], count: {min: 3}}
    inputs:
      bias: {from: bias.master, levels: plan}
  standard:
    main: {frame_type: STANDARD_IMG}
    inputs:
      fluxes: {frame_type: FLX_STD_IMG, window_days: [-9000, 0], take: latest}
      table: {frame_type: PHOT_TABLE, window_days: [-9000, 0], take: latest}
      flat: {like: science.flat}
      bias: {like: flat.bias}
  science:
    main: {frame_type: SCIENCE_IMG}
    inputs:
      flat: {from: flat.master, levels: plan}
      standards: {from: standard.zeropoint, match: [night], window_days: [-1, 1], take: all}
      bias: {like: flat.bias}
"""
NEEDS = {
    "bias": (Need("raw", ("BIAS",), max=None, main=True),),
    "flat": (Need("raw", ("SKY_FLAT_IMG",), max=None, main=True), Need("bias", ("MASTER_BIAS",))),
    "standard": (
        Need("raw", ("STANDARD_IMG",), main=True),
        Need("fluxes", ("FLX_STD_IMG",)),
        Need("table", ("PHOT_TABLE",)),
        Need("flat", ("MASTER_FLAT",)),
        Need("bias", ("MASTER_BIAS",)),
    ),
    "science": (
        Need("raw", ("SCIENCE_IMG",), main=True),
        Need("flat", ("MASTER_FLAT",)),
        Need("standards", ("ZEROPOINT",), max=9),
        Need("bias", ("MASTER_BIAS",)),
    ),
}
OUTPUTS = {
    "bias": {"master": "MASTER_BIAS"},
    "flat": {"master": "MASTER_FLAT"},
    "standard": {"zeropoint": "ZEROPOINT"},
}
# as good in all but time
DISTRACTORS = {
    "BIAS": [f"FORS2.2020-12-30T09:{n:02d}:00.000" for n in range(20)],
    "SKY_FLAT_IMG": [f"FORS2.2020-12-20T00:{n:02d}:00.000" for n in range(5)],
    "STANDARD_IMG": ["FORS2.2021-01-03T01:00:00.000"],
    "PHOT_TABLE": ["M.FORS2.2019-12-16T08:22:29.053", "M.FORS2.2021-02-16T08:22:29.053"],
    "FLX_STD_IMG": ["M.FORS2.2014-08-05T11:20:17.466"],
}


class Node(NamedTuple):
    """Files that belong together, and what they need."""

    category: str
    names: tuple[str, ...]
    below: tuple[Node, ...]


def of_eso(association: ET.Element) -> Node:
    files = [(f.get("category"), f.get("name")) for f in association.findall("mainFiles/file")]
    below = [of_eso(one) for one in association.findall("associatedFiles/association")]
    (category,) = {category for category, _ in files}
    return Node(str(category), tuple(sorted(str(n) for _, n in files)), tuple(sorted(below)))


def of_ours(draft: Draft) -> Node:
    below = []
    for one in draft.chosen:
        if one.frame.maker is not None:
            below.append(of_ours(one.frame.maker))
        elif one.frame not in draft.main:
            below.append(Node(one.frame.frame_type, (one.frame.name,), ()))
    names = tuple(sorted(f.name for f in draft.main))
    return Node(draft.main[0].frame_type, names, tuple(sorted(below)))


def walk(node: Node) -> Iterator[Node]:
    yield node
    for one in node.below:
        yield from walk(one)


def depth(node: Node) -> int:
    return 1 + max(map(depth, node.below), default=0)


def archive(tree: Node) -> dict[str, list[PlanFrame]]:
    """Catalogue the files of a tree and those that do not belong: category, time from the name."""
    files = {(node.category, name) for node in walk(tree) for name in node.names}
    files |= {(category, name) for category, names in DISTRACTORS.items() for name in names}
    frames: dict[str, list[PlanFrame]] = {}
    for number, (category, name) in enumerate(sorted(files, key=lambda one: one[::-1]), 1):
        time = datetime.fromisoformat(name.partition("FORS2.")[2]).replace(tzinfo=UTC)
        frame = PlanFrame(
            frame_id=number,
            frame_type=category,
            name=name,
            mjd=time.timestamp() / 86400 + 40587,
            night=(time - timedelta(hours=12)).date(),
            star=None,
            values={},
        )
        frames.setdefault(category, []).append(frame)
    return frames


def test_the_tree_of_eso_is_made_again(test_data: Path) -> None:
    path = test_data / "eso_association_calselector" / "FORS2.2021-01-02T00_59_12.533_raw2raw.xml"
    wanted = of_eso(ET.parse(path).getroot())
    assert (len(list(walk(wanted))), depth(wanted)) == (22, 4)
    rules, frames = read(RULES), archive(wanted)
    organiser = Organiser(Pool(rules, OUTPUTS, frames), NEEDS)
    (draft,) = organiser.organise(rules["science"], frames["SCIENCE_IMG"])
    assert draft.missing == []
    assert of_ours(draft) == wanted
    assert {c.role: c.level for c in draft.chosen} == {
        "raw": None, "flat": 1, "standards": 0, "bias": 0}  # fmt: skip
